// Contenders below one another on a common axis, as ECharts draws them.

const nameRoom = (view) => (view.width < 440 ? 92 : 150);

/** Height of a chart whose names, broken into lines, have room. */
function rowsHeight(rows, view) {
  const lines = Math.max(1, ...rows.map((r) => Math.ceil((r.name.length * 7.2) / nameRoom(view))));
  return 60 + Math.max(38, 16 + 14 * lines) * rows.length;
}

/** One row a contender: what `rows` ({name, look, spread}) have on a common axis. */
function rowsOption(rows, view, { log, format, text, reference }) {
  const { theme } = view;
  const option = baseOption(view, log ? 44 : labelRoom(view, rows.map(text)));
  option.grid.bottom = view.title ? 20 : 8;
  option.grid.left = 20;
  const values = rows.map((r) => r.spread[0]).concat(reference ? [reference.value] : []);
  const bounds = log ? byteBounds(values) : { min: 0, max: niceBounds(0, Math.max(...rows.map((r) => r.spread[2]))).max };
  // Nothing at all has no place on a logarithmic axis: it stands at the edge and says 0.
  const shown = (v) => (log && !(v > 0) ? bounds.min : v);
  option.yAxis = axis(view, "", { type: "category", data: rows.map((r) => r.name), inverse: true, splitLine: { show: false } });
  option.yAxis.axisLabel = { ...option.yAxis.axisLabel, color: theme.text, width: nameRoom(view), overflow: "break", lineHeight: 14, interval: 0, hideOverlap: false };
  option.xAxis = axis(view, "", { type: log ? "log" : "value", ...bounds });
  option.xAxis.axisLabel = { ...option.xAxis.axisLabel, formatter: format };
  if (log) {
    const middle = Math.sqrt(bounds.min * bounds.max);
    const label = (r) => ({
      show: true,
      position: r.spread[0] > middle ? "left" : "right",
      distance: 8,
      formatter: () => text(r),
      color: theme.text,
      fontSize: 12,
      backgroundColor: theme.card,
      padding: [1, 3],
    });
    option.series = [
      {
        type: "scatter",
        symbolSize: 13,
        data: rows.map((r, i) => ({ value: [shown(r.spread[0]), i], symbol: r.look.marker, itemStyle: { color: r.look.colour, opacity: 1 }, label: label(r) })),
        markLine: reference && {
          silent: true,
          symbol: "none",
          data: [{ xAxis: reference.value }],
          lineStyle: { color: theme.edge, type: [3, 3], width: 1.5 },
          label: { formatter: reference.name, color: theme.quiet, position: "start", distance: 4 },
        },
      },
    ];
    if (reference) option.grid.top += 14;
  } else {
    option.series = [
      {
        type: "bar",
        barWidth: "52%",
        data: rows.map((r) => ({ value: r.spread[0], itemStyle: { color: r.look.colour } })),
      },
      {
        type: "custom",
        silent: true,
        z: 5,
        data: rows.map((r, i) => [r.spread[2], i, r.spread[1]]),
        encode: { x: 0, y: 1 },
        renderItem(params, api) {
          const r = rows[params.dataIndex];
          const [high, y] = api.coord([r.spread[2], params.dataIndex]);
          const [low] = api.coord([r.spread[1], params.dataIndex]);
          const stroke = { stroke: theme.text, lineWidth: 1.5, fill: null };
          const lineTo = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: stroke });
          const words = { type: "text", x: high + 8, y, style: { text: text(r), fill: theme.text, font: `12px ${FONT}`, verticalAlign: "middle" } };
          if (high - low < 1) return { type: "group", children: [words] };
          return { type: "group", children: [lineTo(low, y, high, y), lineTo(low, y - 4, low, y + 4), lineTo(high, y - 4, high, y + 4), words] };
        },
      },
    ];
  }
  option.tooltip.show = false;
  return option;
}
