// How lines look and numbers read. Each contender has a colour, a dash and a marker, whose numbers are coprime, so that any two
// can be told apart without colour.
const DASHES = [[], [9, 4], [2, 3], [11, 3, 2, 3], [5, 3], [14, 5], [7, 2, 2, 2, 2, 2]];
const MARKERS = [
  "circle",
  "rect",
  "triangle",
  "diamond",
  "path://M0,0 L10,0 L5,9 Z",
  "path://M3.5,0 h3 v3.5 h3.5 v3 h-3.5 v3.5 h-3 v-3.5 h-3.5 v-3 h3.5 Z",
  "path://M0,2 L2,0 L5,3 L8,0 L10,2 L7,5 L10,8 L8,10 L5,7 L2,10 L0,8 L3,5 Z",
  "path://M5,0 L6.5,3.5 L10,4 L7.5,6.5 L8,10 L5,8.2 L2,10 L2.5,6.5 L0,4 L3.5,3.5 Z",
  "path://M0,3 L5,0 L10,3 L8,10 L2,10 Z",
];
const CROSS = MARKERS[6];

/** The colour that a custom property of the style sheet stands for in the theme in force. */
function colour(name) {
  const probe = document.body.appendChild(document.createElement("span"));
  probe.style.color = `var(--${name})`;
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function themeColours() {
  const theme = {};
  for (const name of ["page", "card", "text", "quiet", "line", "grid", "edge"]) theme[name] = colour(name);
  theme.series = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => colour(`series-${i}`));
  return theme;
}

function lookOf(index, theme) {
  return {
    colour: theme.series[index % theme.series.length],
    dash: DASHES[index % DASHES.length],
    marker: MARKERS[index % MARKERS.length],
  };
}

const percent = (v) => `${(100 * v).toFixed(2)} %`;

/** For the ticks of an axis. */
percent.axis = (v) => `${Number((100 * v).toFixed(6))} %`;

/** At most four significant digits. */
function plain(v) {
  if (v === 0) return "0";
  const size = Math.abs(v);
  if (size < 1e-3 || size >= 1e7) return v.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
  if (size >= 1000) return Math.round(v).toLocaleString("en");
  return String(Number(v.toPrecision(4)));
}

function bytes(v) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  while (v >= 1024 && unit < units.length - 1) {
    v /= 1024;
    unit++;
  }
  return `${plain(v)} ${units[unit]}`;
}

/** A power of ten as an axis has it. */
function decade(v) {
  const power = Math.round(Math.log10(v));
  return power >= -4 && power <= 4 ? String(Number(`1e${power}`)) : `1e${power}`;
}

/** An element with properties and children; text is text, never markup. */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A short piece of the line with its marker. */
function swatch(look) {
  const svg = (tag, attributes, parent) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    parent?.append(node);
    return node;
  };
  const root = svg("svg", { width: 34, height: 12, viewBox: "0 0 34 12", "aria-hidden": "true" });
  svg("line", { x1: 0, y1: 6, x2: 34, y2: 6, stroke: look.colour, "stroke-width": 2, "stroke-dasharray": look.dash.join(" ") || "none" }, root);
  const shapes = { circle: "M5,0 a5,5 0 1,0 .01,0 Z", rect: "M0,0 h10 v10 h-10 Z", triangle: "M5,0 L10,10 L0,10 Z", diamond: "M5,0 L10,5 L5,10 L0,5 Z" };
  const path = shapes[look.marker] ?? look.marker.replace("path://", "");
  svg("path", { d: path, fill: look.colour, transform: "translate(12.5 1.5) scale(.9)" }, root);
  return root;
}
