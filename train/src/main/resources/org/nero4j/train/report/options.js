// From data to what ECharts draws. `view` holds the theme's colours, the width in pixels, and a title where the chart stands alone.

/** Round bounds and a step for a linear axis. */
function niceBounds(low, high) {
  if (!(high > low)) {
    const pad = Math.abs(low) * 0.05 || 0.05;
    low -= pad;
    high += pad;
  }
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((f) => f * power).find((s) => s >= rough * 0.999);
  const round = (v) => Number(v.toPrecision(12));
  return { min: round(Math.floor(low / step + 1e-9) * step), max: round(Math.ceil(high / step - 1e-9) * step), interval: round(step) };
}

/** Whole decades around the positive values. */
function decadeBounds(values) {
  const positive = values.filter((v) => v > 0);
  if (positive.length === 0) return { min: 1e-9, max: 1 };
  const low = Math.floor(Math.log10(Math.min(...positive)) + 1e-9);
  const high = Math.ceil(Math.log10(Math.max(...positive)) - 1e-9);
  return { min: Number(`1e${low}`), max: Number(`1e${Math.max(high, low + 1)}`) };
}

/** Whole powers of 32 around the positive values: 1, 32 KiB, 1 MiB, 32 MiB and so on. */
function byteBounds(values) {
  const powers = values.filter((v) => v > 0).map((v) => Math.log2(v) / 5);
  if (powers.length === 0) return { min: 1, max: 1024, logBase: 32 };
  const low = Math.floor(Math.min(...powers) - 0.1);
  return { min: 32 ** low, max: 32 ** Math.max(low + 1, Math.ceil(Math.max(...powers) + 0.1)), logBase: 32 };
}

function baseOption(view, labelRoom) {
  const { theme } = view;
  return {
    animation: false,
    backgroundColor: view.title ? theme.card : "transparent",
    textStyle: { fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif', color: theme.text },
    title: view.title ? { text: view.title, left: 12, top: 10, textStyle: { fontSize: 16, color: theme.text } } : undefined,
    grid: { left: 10, right: labelRoom, top: view.title ? 56 : 14, bottom: view.title ? 34 : 26, containLabel: true },
    tooltip: {
      confine: true,
      backgroundColor: theme.card,
      borderColor: theme.edge,
      textStyle: { color: theme.text, fontSize: 12 },
      axisPointer: { lineStyle: { color: theme.edge } },
    },
  };
}

function axis(view, name, more) {
  const { theme } = view;
  return {
    name,
    nameLocation: "middle",
    nameGap: 26,
    nameTextStyle: { color: theme.quiet, fontSize: 12 },
    axisLine: { show: true, lineStyle: { color: theme.edge } },
    axisTick: { show: false },
    axisLabel: { color: theme.quiet, fontSize: 12, hideOverlap: true },
    splitLine: { lineStyle: { color: theme.grid } },
    minorSplitLine: { show: false },
    ...more,
  };
}

/** Room at the right for labels at the ends of lines. */
function labelRoom(view, labels) {
  const longest = Math.max(0, ...labels.map((l) => l.length));
  return Math.min(Math.ceil(longest * 7) + 24, view.width < 520 ? 118 : 190);
}

/** The range over seeds as a band from low to high. */
function band(points, look) {
  return {
    type: "custom",
    silent: true,
    clip: true,
    z: 1,
    tooltip: { show: false },
    data: points.flatMap(([x, low, high]) => [[x, low], [x, high]]),
    renderItem(params, api) {
      if (params.dataIndex !== 0) return null;
      const lows = points.map(([x, low]) => api.coord([x, low]));
      const highs = points.map(([x, , high]) => api.coord([x, high])).reverse();
      return { type: "polygon", shape: { points: [...lows, ...highs] }, style: { fill: look.colour, opacity: 0.14 } };
    },
  };
}

/** Moves label positions (pixels from the top) apart by at least `gap`, as little as possible, within 0 and `height`. */
function apart(positions, gap, height) {
  const order = positions.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y);
  for (let k = 1; k < order.length; k++) order[k].y = Math.max(order[k].y, order[k - 1].y + gap);
  const over = order.length ? order.at(-1).y - height : 0;
  if (over > 0) {
    order.at(-1).y -= over;
    for (let k = order.length - 2; k >= 0; k--) order[k].y = Math.min(order[k].y, order[k + 1].y - gap);
  }
  const moved = [];
  order.forEach(({ y, i }) => (moved[i] = y));
  return moved;
}

/** How far each end label moves so that none covers another. */
function labelShifts(values, { min, max }, log, view) {
  const height = view.height - (view.title ? 90 : 40) - 20;
  const scale = log ? Math.log10 : (v) => v;
  const ys = values.map((v) => height * (1 - (scale(v) - scale(min)) / (scale(max) - scale(min))));
  return apart(ys, 14, height).map((y, i) => Math.round(y - ys[i]));
}

function endLabel(text, room, theme, shift) {
  return {
    show: true,
    position: "right",
    distance: 8,
    offset: [0, shift],
    formatter: () => text,
    color: theme.text,
    fontSize: 12,
    width: room - 14,
    overflow: "truncate",
  };
}

function lineSeries(points, line, look, view, more) {
  return {
    type: "line",
    name: line.name,
    data: points,
    clip: true,
    z: line.winner ? 4 : 3,
    symbol: look.marker,
    symbolSize: 8,
    showAllSymbol: true,
    lineStyle: { color: look.colour, width: line.winner ? 3 : 2, type: look.dash.length ? look.dash : "solid" },
    itemStyle: { color: look.colour, borderWidth: 0 },
    emphasis: { disabled: true, scale: false },
    ...more,
  };
}

function tip(head, rows) {
  const box = el("div", { class: "tip" }, el("b", {}, head));
  for (const { look, name, value } of rows) box.append(el("div", {}, swatch(look), el("span", {}, name), el("span", {}, value)));
  return box;
}

/** "87.30 % (86.90 to 87.60)" */
function ranged(mean, low, high, format) {
  const [m, l, h] = [mean, low, high].map(format);
  return l === h ? m : `${m} (${l} to ${h})`;
}

/**
 * A measure over epochs. `lines` have name, look, curve (epoch, mean, low, high) and winner; `bounds` is the y axis.
 */
function curveOption(lines, { format, log, bounds }, view) {
  const { theme } = view;
  const labelled = lines.length <= 12 ? lines : lines.filter((l) => l.best);
  const room = labelRoom(view, labelled.map((l) => l.name));
  const option = baseOption(view, room);
  const epochs = lines.flatMap((l) => l.curve.epoch);
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  const shown = (v) => (log && !(v > 0) ? bounds.min : v);
  option.xAxis = axis(view, "epoch", { type: "value", min: first === last ? first - 1 : first, max: first === last ? last + 1 : last, minInterval: 1, splitLine: { show: false } });
  option.yAxis = axis(view, "", { type: log ? "log" : "value", ...bounds });
  option.yAxis.axisLabel = { ...option.yAxis.axisLabel, formatter: log ? decade : format.axis ?? format };
  option.series = [];
  const shifts = labelShifts(labelled.map((l) => shown(l.curve.mean.at(-1))), bounds, log, view);
  lines.forEach((line, i) => {
    const { epoch, mean, low, high } = line.curve;
    if (low.some((v, k) => v !== high[k])) option.series.push(band(epoch.map((x, k) => [x, shown(low[k]), shown(high[k])]), line.look));
    const stride = Math.max(1, Math.ceil(epoch.length / 6));
    const points = epoch.map((x, k) => ({
      value: [x, shown(mean[k])],
      symbol: k % stride === i % stride || k === epoch.length - 1 ? line.look.marker : "none",
      label: k === epoch.length - 1 && labelled.includes(line) ? endLabel(line.name, room, theme, shifts[labelled.indexOf(line)]) : { show: false },
    }));
    option.series.push(lineSeries(points, line, line.look, view, { id: `line-${i}` }));
  });
  option.tooltip = {
    ...option.tooltip,
    trigger: "axis",
    formatter: (items) => {
      const x = items[0].axisValue;
      const rows = [];
      lines.forEach((line) => {
        const k = line.curve.epoch.indexOf(x);
        if (k >= 0) rows.push({ look: line.look, name: line.name, value: ranged(line.curve.mean[k], line.curve.low[k], line.curve.high[k], format), order: line.curve.mean[k] });
      });
      rows.sort((a, b) => b.order - a.order);
      return tip(`Epoch ${x}`, rows.slice(0, 14));
    },
  };
  return option;
}

/** Test accuracy over learning rate, on a logarithmic axis. `lines` have points ({rate, spread, failed, best}). */
function rateOption(lines, view) {
  const { theme } = view;
  const room = labelRoom(view, lines.map((l) => l.name));
  const option = baseOption(view, room);
  const points = lines.flatMap((l) => l.points);
  const known = points.filter((p) => p.spread);
  const bounds = niceBounds(Math.min(...known.map((p) => p.spread[1]), 1), Math.max(...known.map((p) => p.spread[2]), 0));
  option.xAxis = axis(view, "learning rate", { type: "log", ...decadeBounds(points.map((p) => p.rate)) });
  option.xAxis.axisLabel = { ...option.xAxis.axisLabel, formatter: decade };
  option.yAxis = axis(view, "", { type: "value", ...bounds });
  option.yAxis.axisLabel = { ...option.yAxis.axisLabel, formatter: percent.axis };
  option.series = [];
  const shifts = labelShifts(lines.map((l) => l.points.findLast((p) => p.spread)?.spread[0] ?? 0), bounds, false, view);
  lines.forEach((line, i) => {
    const its = line.points.filter((p) => p.spread);
    if (its.some((p) => p.spread[1] !== p.spread[2])) option.series.push(band(its.map((p) => [p.rate, p.spread[1], p.spread[2]]), line.look));
    const data = its.map((p, k) => ({
      value: [p.rate, p.spread[0]],
      symbolSize: p.best ? 15 : 8,
      label: k === its.length - 1 ? endLabel(line.name, room, theme, shifts[i]) : { show: false },
    }));
    option.series.push(lineSeries(data, line, line.look, view, { id: `line-${i}` }));
    const failed = line.points.filter((p) => p.failed).map((p) => [p.rate, bounds.min]);
    if (failed.length) option.series.push({ type: "scatter", data: failed, symbol: CROSS, symbolSize: 12, itemStyle: { color: line.look.colour }, tooltip: { show: false }, clip: false });
  });
  option.tooltip = {
    ...option.tooltip,
    trigger: "axis",
    formatter: (items) => {
      const x = items[0].axisValue;
      const rows = lines.flatMap((line) =>
        line.points
          .filter((p) => p.rate === x)
          .map((p) => ({ look: line.look, name: line.name, value: (p.spread ? ranged(...p.spread, percent) : "no result") + (p.failed ? `, ${p.failed} failed` : "") })),
      );
      return tip(`Learning rate ${x}`, rows);
    },
  };
  return option;
}

/** One row a contender: what `rows` ({name, look, spread}) have on a common axis. */
function rowsOption(rows, view, { log, format, text, reference }) {
  const { theme } = view;
  const option = baseOption(view, log ? 24 : labelRoom(view, rows.map(text)));
  option.grid.bottom = view.title ? 20 : 8;
  const values = rows.map((r) => r.spread[0]).concat(reference ? [reference.value] : []);
  const bounds = log ? byteBounds(values) : { min: 0, max: niceBounds(0, Math.max(...rows.map((r) => r.spread[2]))).max };
  // Nothing at all has no place on a logarithmic axis: it stands at the edge and says 0.
  const shown = (v) => (log && !(v > 0) ? bounds.min : v);
  option.yAxis = axis(view, "", { type: "category", data: rows.map((r) => r.name), inverse: true, splitLine: { show: false } });
  option.yAxis.axisLabel = { ...option.yAxis.axisLabel, color: theme.text, width: view.width < 520 ? 92 : 150, overflow: "truncate", interval: 0, hideOverlap: false };
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
        data: rows.map((r, i) => ({ value: [shown(r.spread[0]), i], symbol: r.look.marker, itemStyle: { color: r.look.colour }, label: label(r) })),
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
          const words = { type: "text", x: high + 8, y, style: { text: text(r), fill: theme.text, fontSize: 12, verticalAlign: "middle" } };
          if (high - low < 1) return { type: "group", children: [words] };
          return { type: "group", children: [lineTo(low, y, high, y), lineTo(low, y - 4, low, y + 4), lineTo(high, y - 4, high, y + 4), words] };
        },
      },
    ];
  }
  option.tooltip.show = false;
  return option;
}

percent.axis = (v) => `${Number((100 * v).toFixed(6))} %`;
