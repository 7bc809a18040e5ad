// What all charts have in common. A `view` holds the theme's colours, width and height in pixels, and a title where a chart stands alone.

const FONT = "system-ui, -apple-system, Roboto, Arial, sans-serif";

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
    textStyle: { fontFamily: FONT, color: theme.text },
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
