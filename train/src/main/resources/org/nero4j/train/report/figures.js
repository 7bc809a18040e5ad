// The figures: what each shows of the lines in view, its words for those who do not see it, its table, its download.
const CURVES = {
  test: { accuracy: ["testAccuracy", "Test accuracy"], loss: ["testLoss", "Test loss"], partner: "train" },
  train: { accuracy: ["trainAccuracy", "Training accuracy"], loss: ["trainLoss", "Training loss"], partner: "test" },
  mean: { measure: ["meanAbsMean", "|mean| of a neuron's weights, mean over neurons"], log: true },
  norm: { measure: ["maxNormError", "| |w| − 1 |, largest of a neuron"], log: true },
  turn: { measure: ["meanAngle", "Mean angle"], log: true },
  widest: { measure: ["maxAngle", "Largest angle"], log: true },
};

/** What a figure shows now: title, option for a view, words, table; or why there is nothing to show. */
function contentOf(id, state) {
  if (id in CURVES) return curveContent(id, state);
  return { rates: rateContent, state: stateContent, time: timeContent }[id](state);
}

function curveContent(id, state) {
  const spec = CURVES[id];
  const [measure, title] = spec.measure ?? spec[state.curve];
  const all = state.lines();
  const of = (name) => all.filter((l) => l.group.curves[name]).map((l) => ({ ...l, curve: l.group.curves[name] }));
  const lines = of(measure);
  if (lines.length === 0) return { title, empty: all.length ? "No run in view has recorded this." : "Nothing is selected." };
  const values = (its) => its.flatMap((l) => [...l.curve.low, ...l.curve.high]);
  const partner = spec.partner ? of(CURVES[spec.partner][state.curve][0]) : [];
  const scale = values(lines.concat(partner));
  const bounds = spec.log ? decadeBounds(scale) : niceBounds(Math.min(...scale), Math.max(...scale));
  const format = measure.endsWith("Accuracy") ? percent : plain;
  const last = lines.map((l) => `${l.name} ${format(l.curve.mean.at(-1))}`);
  return {
    title,
    height: () => 300,
    option: (view) => curveOption(lines, { format, log: spec.log, bounds }, view),
    words: `${title} by epoch. At the last epoch: ${last.slice(0, 12).join("; ")}.`,
    table: () => {
      const epochs = [...new Set(lines.flatMap((l) => l.curve.epoch))].sort((a, b) => a - b);
      return {
        head: ["Epoch", ...lines.map((l) => l.name)],
        rows: epochs.map((e) => [String(e), ...lines.map(({ curve }) => {
          const k = curve.epoch.indexOf(e);
          return k < 0 ? "–" : ranged(curve.mean[k], curve.low[k], curve.high[k], format);
        })]),
      };
    },
  };
}

function rateContent(state) {
  const title = "Test accuracy against learning rate";
  const lines = state.contenders().map((c) => ({
    name: c.label,
    look: c.look,
    winner: c.winner,
    points: c.groups.filter((g) => g.rate > 0).map((g) => ({ rate: g.rate, text: g.rateText, spread: g.testAccuracy, failed: g.failed, best: c.groups[c.best] === g })),
  })).filter((l) => l.points.some((p) => p.spread || p.failed));
  const rates = new Map(lines.flatMap((l) => l.points).map((p) => [p.rate, p.text]));
  if (lines.length === 0) return { title, empty: "No run in view has a result yet." };
  if (rates.size < 2) return { title, empty: `Only one learning rate has results: ${[...rates.values()][0]}. Runs at several rates draw this chart.` };
  if (!lines.some((l) => l.points.some((p) => p.spread))) return { title, empty: "Every run in view failed." };
  const best = lines.flatMap((l) => l.points.filter((p) => p.best).map((p) => `${l.name} ${percent(p.spread[0])} at ${p.text}`));
  return {
    title,
    height: () => 380,
    option: (view) => rateOption(lines, view),
    words: `${title}, ${rates.size} rates. Best: ${best.join("; ")}.`,
    note: `Rates within five points of each one's best: ${lines.filter((l) => l.points.some((p) => p.best)).map(plateau).join("; ")}.`,
    table: () => ({
      head: ["Rate", ...lines.map((l) => l.name)],
      rows: [...rates].sort((a, b) => a[0] - b[0]).map(([rate, text]) => [text, ...lines.map((l) => {
        const p = l.points.find((q) => q.rate === rate);
        return !p ? "–" : (p.spread ? ranged(...p.spread, percent) : "no result") + (p.failed ? `, ${p.failed} failed` : "");
      })]),
    }),
  };
}

/** "Nero 0.003 to 0.03 (1 decade)": the rates next to the best one at which little is lost. */
function plateau({ name, points }) {
  const its = points.filter((p) => p.spread);
  const best = its.findIndex((p) => p.best);
  const good = (p) => p && !p.failed && p.spread[0] >= its[best].spread[0] - 0.05;
  let [low, high] = [best, best];
  while (good(its[low - 1])) low--;
  while (good(its[high + 1])) high++;
  const edge = its.length > 1 && (best === 0 || best === its.length - 1) ? ", best at the edge of what was tried" : "";
  if (low === high) return `${name} ${its[best].text} only${edge}`;
  const decades = Math.log10(its[high].rate / its[low].rate).toFixed(1);
  return `${name} ${its[low].text} to ${its[high].text} (${decades} decades${edge})`;
}

function rowsContent(title, rows, empty, settings) {
  if (rows.length === 0) return { title, empty };
  return {
    title,
    height: (view) => rowsHeight(rows, view),
    option: (view) => rowsOption(rows, view, settings),
    words: `${title}: ${rows.map((r) => `${r.name} ${settings.text(r)}`).join("; ")}.`,
    table: () => ({
      head: ["Optimiser", "Mean", "Lowest", "Highest"],
      rows: rows.map((r) => [r.name, ...r.spread.map(settings.format)]),
    }),
  };
}

const spreadRows = (state, field) => state.contenders().filter((c) => c[field]).map((c) => ({ name: c.label, look: c.look, spread: c[field], adam: c.adamStateBytes?.[0] }));

function stateContent(state) {
  const rows = spreadRows(state, "stateBytes");
  const adam = Math.max(0, ...rows.map((r) => r.adam ?? 0));
  const beside = (r) => (!r.adam || !r.spread[0] ? "" : r.spread[0] === r.adam ? ", Adam's" : r.spread[0] < r.adam ? `, 1/${plain(Math.round(r.adam / r.spread[0]))} of Adam's` : `, ${plain(r.spread[0] / r.adam)} × Adam's`);
  return rowsContent("Optimiser state beside Adam's", rows, "No run in view has recorded its state.", {
    log: true,
    format: bytes,
    text: (r) => bytes(r.spread[0]) + beside(r),
    reference: adam > 0 ? { value: adam, name: `Adam's ${bytes(adam)}` } : undefined,
  });
}

function timeContent(state) {
  const micros = (v) => (v >= 1000 ? `${plain(v / 1000)} ms` : `${plain(v)} µs`);
  return rowsContent("Time in the optimiser a step", spreadRows(state, "stepMicros"), "No run in view has recorded its step time.", { log: false, format: micros, text: (r) => micros(r.spread[0]) });
}

/** A figure of the page: draws itself into its place, again whenever the state or the theme changes. */
class Figure {
  constructor(place, state) {
    this.place = place;
    this.state = state;
    this.id = place.dataset.figure;
    this.heading = el("h4", { id: `figure-${this.id}` });
    this.empty = el("p", { class: "empty" });
    this.canvas = el("div", { class: "chart", role: "img" });
    this.table = el("details", { ontoggle: () => this.fillTable() }, el("summary", {}, "Data"));
    const button = (kind) => el("button", { type: "button", "data-export": kind, onclick: () => this.download(kind) }, `Save ${kind.toUpperCase()}`);
    this.tools = el("div", { class: "tools" }, this.table, button("png"), button("svg"));
    place.setAttribute("aria-labelledby", this.heading.id);
    this.note = el("p", { class: "quiet" });
    place.append(el("figcaption", {}, this.heading), this.empty, this.canvas, this.note, this.tools);
  }

  render() {
    this.content = contentOf(this.id, this.state);
    const { title, empty } = this.content;
    this.heading.textContent = title;
    this.empty.hidden = !empty;
    this.canvas.hidden = this.tools.hidden = Boolean(empty);
    this.tools.style.display = empty ? "none" : "";
    this.empty.textContent = empty ?? "";
    this.note.textContent = this.content.note ?? "";
    this.note.hidden = !this.content.note;
    if (empty) return;
    const view = { theme: this.state.theme, width: this.canvas.clientWidth };
    view.height = this.content.height(view);
    this.canvas.style.height = `${view.height}px`;
    this.canvas.setAttribute("aria-label", this.content.words);
    for (const control of this.tools.querySelectorAll("button")) control.setAttribute("aria-label", `${control.textContent} of ${title}`);
    this.table.firstChild.setAttribute("aria-label", `Data of ${title}`);
    this.chart ??= echarts.init(this.canvas, null, { renderer: "svg" });
    this.chart.resize();
    this.chart.setOption(this.content.option(view), { notMerge: true });
    this.fillTable();
  }

  fillTable() {
    this.table.querySelector(".scroll")?.remove();
    if (!this.table.open) return;
    const { head, rows } = this.content.table();
    const body = rows.map(([first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, first), ...rest.map((v) => el("td", {}, v))));
    const table = el("table", {}, el("thead", {}, el("tr", {}, ...head.map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, ...body));
    this.table.append(el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": `Data of ${this.content.title}` }, table));
  }

  /** The chart on its own, with its title, as SVG text. */
  svg(width, height) {
    const place = el("div", { style: "position: fixed; left: -9999px" });
    document.body.append(place);
    const alone = echarts.init(place, null, { renderer: "svg", width, height });
    alone.setOption(this.content.option({ theme: this.state.theme, width, height, title: this.content.title }));
    // ECharts can write the text itself, but leaves quotes in attributes as they are.
    const text = new XMLSerializer().serializeToString(place.querySelector("svg"));
    alone.dispose();
    place.remove();
    return text;
  }

  async download(kind) {
    const width = 960;
    const height = Math.max(360, this.content.height({ width }) + 100);
    const svg = this.svg(width, height);
    const blob = kind === "svg" ? new Blob([svg], { type: "image/svg+xml" }) : await rasterised(svg, width, height);
    const link = el("a", { href: URL.createObjectURL(blob), download: `${this.id}.${kind}` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
}

async function rasterised(svg, width, height) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = el("canvas", { width: 2 * width, height: 2 * height });
  canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
