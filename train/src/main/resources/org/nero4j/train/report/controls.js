// What is in view, and the controls that change it.
class State {
  constructor(comparisons) {
    this.comparisons = comparisons;
    this.curve = "accuracy";
    this.show(0);
  }

  show(index) {
    this.comparison = index;
    this.hidden = new Set();
    this.rate = "best";
    this.recolour();
  }

  recolour() {
    this.theme = themeColours();
    // Nero keeps the first look; the others keep theirs whatever is hidden.
    const all = this.comparisons[this.comparison].contenders;
    const order = [...all.keys()].sort((a, b) => all[b].label.startsWith("Nero") - all[a].label.startsWith("Nero") || all[a].label.localeCompare(all[b].label));
    order.forEach((which, place) => (all[which].look = lookOf(place, this.theme)));
    all.forEach((contender, i) => (contender.winner = i === 0 && contender.best >= 0));
  }

  all() {
    return this.comparisons[this.comparison].contenders;
  }

  contenders() {
    return this.all().filter((c) => !this.hidden.has(c.label));
  }

  rates() {
    const rates = new Map(this.all().flatMap((c) => c.groups).map((g) => [g.rateText, g.rate]));
    return [...rates].sort((a, b) => a[1] - b[1]).map(([text]) => text);
  }

  /** The learning curves in view: one a contender and rate. */
  lines() {
    return this.contenders().flatMap((c) => {
      const best = c.groups[c.best] ?? c.groups.find((g) => Object.keys(g.curves).length) ?? c.groups[0];
      const groups = this.rate === "all" ? c.groups : this.rate === "best" ? [best] : c.groups.filter((g) => g.rateText === this.rate);
      return groups.map((group) => ({
        group,
        look: c.look,
        winner: c.winner && group === best,
        best: group === best,
        name: this.rate === "best" || this.rate === "all" ? `${c.label} at ${group.rateText}` : c.label,
      }));
    });
  }
}

function selectField(label, id, options, change) {
  const select = el("select", { id, onchange: () => change(select.value) }, ...options.map(([value, text]) => el("option", { value }, text)));
  return el("div", { class: "field" }, el("label", { for: id }, label), select);
}

/** The buttons that show and hide contenders, and the choice of rates. */
function lineControls(place, state, changed) {
  const buttons = state.all().map((c) => {
    const button = el("button", {
      type: "button",
      "aria-pressed": String(!state.hidden.has(c.label)),
      onclick: () => {
        if (!state.hidden.delete(c.label)) state.hidden.add(c.label);
        button.setAttribute("aria-pressed", String(!state.hidden.has(c.label)));
        changed();
      },
    }, swatch(c.look), el("span", {}, c.label));
    return button;
  });
  place.replaceChildren(el("div", { class: "lines", role: "group", "aria-label": "Lines shown" }, ...buttons));
  const rates = state.rates();
  if (rates.length > 1) {
    const options = [["best", "best of each"], ["all", "all"], ...rates.map((r) => [r, r])];
    const field = selectField("Curves at rate", "rate", options, (value) => {
      state.rate = value;
      changed();
    });
    field.querySelector("select").value = state.rate;
    place.append(field);
  }
}

/** Sorting by any column, and the choice between best rates and all. */
function tableControls(table) {
  const body = table.tBodies[0];
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.mean ?? cell.dataset.sort ?? cell.textContent;
    return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  };
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const sort = () => {
      const rising = head.getAttribute("aria-sort") === "descending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [valueOf(a, column), valueOf(b, column)];
        // What has no figure comes last either way.
        if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
        const order = typeof x === "number" ? x - y : x.localeCompare(y);
        return rising ? order : -order;
      });
      body.append(...rows);
    };
    head.replaceChildren(el("button", { type: "button", onclick: sort }, ...head.childNodes));
  });
  const others = [...body.rows].filter((row) => row.classList.contains("other"));
  if (others.length) {
    const box = el("input", { type: "checkbox", onchange: () => others.forEach((row) => (row.hidden = !box.checked)) });
    others.forEach((row) => (row.hidden = true));
    table.closest(".scroll").after(el("div", { class: "table-tools" }, el("label", {}, box, `Show all ${body.rows.length} rows, not only the best rate of each`)));
  }
}

function start() {
  const state = new State(JSON.parse(document.getElementById("run-data").textContent));
  const figures = [...document.querySelectorAll("figure")].map((place) => new Figure(place, state));
  const lines = document.getElementById("line-choice");
  const draw = () => figures.forEach((figure) => figure.render());
  const redraw = () => {
    state.recolour();
    lineControls(lines, state, draw);
    draw();
  };
  const show = (index) => {
    state.show(index);
    for (const section of document.querySelectorAll("section.comparison")) section.hidden = Number(section.dataset.comparison) !== index;
    redraw();
  };
  if (state.comparisons.length > 1) {
    const choice = document.getElementById("comparison-choice");
    choice.hidden = false;
    choice.append(selectField("Show", "comparison", state.comparisons.map((c, i) => [i, c.title]), (value) => show(Number(value))));
  }
  document.querySelectorAll("table.results").forEach(tableControls);
  for (const input of document.querySelectorAll("input[name=curve]")) {
    input.addEventListener("change", () => {
      state.curve = input.value;
      draw();
    });
  }
  for (const input of document.querySelectorAll("input[name=theme]")) {
    input.addEventListener("change", () => {
      document.documentElement.dataset.theme = input.value;
      redraw();
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  show(0);
  let width = document.documentElement.clientWidth;
  new ResizeObserver(() => {
    if (width === document.documentElement.clientWidth) return;
    width = document.documentElement.clientWidth;
    draw();
  }).observe(document.documentElement);
  document.documentElement.dataset.ready = "true";
}

start();
