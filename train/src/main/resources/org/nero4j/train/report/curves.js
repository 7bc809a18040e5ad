// Lines over epochs and over learning rates, as ECharts draws them.

/** Room at the right for labels at the ends of lines. */
function labelRoom(view, labels) {
  const longest = Math.max(0, ...labels.map((l) => l.length));
  return Math.min(Math.ceil(longest * 7) + 24, Math.max(136, Math.min(0.42 * view.width, 230)));
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

/** Where a value stands on an axis: 0 at its lower end, 1 at its upper. */
function fraction(value, { min, max }, log) {
  const scale = log ? Math.log10 : (v) => v;
  return (scale(value) - scale(min)) / (scale(max) - scale(min));
}

/** How far each end label moves so that none covers another, when it starts `aside` pixels from its line where there is room. */
function labelShifts(values, bounds, log, view, aside = 0) {
  const height = view.height - (view.title ? 90 : 40) - 20;
  const places = values.map((v) => 1 - fraction(v, bounds, log));
  const wanted = places.map((p) => height * p + (p < 0.5 ? aside : -aside));
  return apart(wanted, 14, height).map((y, i) => Math.round(y - height * places[i]));
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

/** "87.30 % (86.90 to 87.60 %)" */
function ranged(mean, low, high, format) {
  const [m, l, h] = [mean, low, high].map(format);
  return l === h ? m : `${m} (${l.replace(/ %$/, "")} to ${h})`;
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
  // Labels at the right edge, and those of lines that end within the plot, which stand clear of it.
  const shifts = new Map();
  for (const [its, aside] of [[labelled.filter((l) => l.curve.epoch.at(-1) === last), 0], [labelled.filter((l) => l.curve.epoch.at(-1) < last), 9]]) {
    const moved = labelShifts(its.map((l) => shown(l.curve.mean.at(-1))), bounds, log, view, aside);
    its.forEach((line, k) => shifts.set(line, moved[k]));
  }
  lines.forEach((line, i) => {
    const { epoch, mean, low, high } = line.curve;
    if (low.some((v, k) => v !== high[k])) option.series.push(band(epoch.map((x, k) => [x, shown(low[k]), shown(high[k])]), line.look));
    const stride = Math.max(1, Math.ceil(epoch.length / 6));
    const points = epoch.map((x, k) => ({
      value: [x, shown(mean[k])],
      // Some points only; one without a symbol would be complained about when it is pointed at.
      symbolSize: k % stride === i % stride || k === epoch.length - 1 ? 8 : 0,
      label: k === epoch.length - 1 && labelled.includes(line) ? endLabel(line.name, room, theme, shifts.get(line)) : { show: false },
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
    if (failed.length) option.series.push({ type: "scatter", data: failed, symbol: CROSS, symbolSize: 12, itemStyle: { color: line.look.colour, opacity: 1 }, tooltip: { show: false }, clip: false });
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
