// What every page draws with: elements, numbers, axes. SVG, made by hand.
const data = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("page");

function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "line", "rect", "circle", "text", "title"].includes(tag);
  const node = svg ? document.createElementNS("http:/" + "/www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter(c => c !== null));
  return node;
}

function short(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size >= 1e9) return +(value / 1e9).toPrecision(3) + " G";
  if (size >= 1e6) return +(value / 1e6).toPrecision(3) + " M";
  if (size >= 1e4) return +(value / 1e3).toPrecision(3) + " k";
  return String(+value.toPrecision(3));
}
function milliseconds(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms === 0) return "0";
  return ms >= 1000 ? +(ms / 1000).toPrecision(3) + " s" : ms >= 1 ? +ms.toPrecision(3) + " ms" : +(ms * 1000).toPrecision(3) + " µs";
}
function withUnit(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "ms") return milliseconds(value);
  const number = short(value);
  return unit ? (/[kMG]$/.test(number) && unit.startsWith("B") ? number + unit : number + " " + unit.replace(/^1/, "")) : number;
}
const colour = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

// About `wanted` round numbers from low to high.
function ticks(low, high, wanted) {
  if (!(high > low)) return [low];
  const rough = (high - low) / wanted, decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(f => f * decade).find(s => s >= rough);
  const made = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-9); ++i) made.push(+(i * step).toPrecision(12));
  return made;
}
function logTicks(low, high) {
  const made = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); ++e) {
    const at = 10 ** e;
    if (at >= low * 0.999 && at <= high * 1.001) made.push(at);
  }
  return made;
}

// A box that is drawn anew whenever its width or the theme changes: draw(width) makes its content.
// Drawn first by drawAll(), once everything stands on the page: observers may speak late.
const boxes = [];
function drawAll() { for (const box of boxes) box.redraw(); }
function drawn(attributes, draw) {
  const box = make("div", attributes);
  let last = 0;
  const redraw = () => { last = box.clientWidth; if (last > 0) box.replaceChildren(draw(last)); };
  new ResizeObserver(() => { if (box.clientWidth !== last) requestAnimationFrame(redraw); }).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  box.redraw = redraw;
  boxes.push(box);
  return box;
}

const path = (points, attributes) =>
  make("path", {d: points.map((p, i) => (i ? "L" : "M") + p[0].toFixed(1) + " " + p[1].toFixed(1)).join(""), fill: "none", "stroke-width": 1.6, "stroke-linejoin": "round", ...attributes});
const text = (x, y, words, attributes = {}) => make("text", {x, y, ...attributes}, words);

function empty(words) { return make("p", {class: "empty"}, words); }

// Horizontal lines with their numbers, in a plot from x0 to x1, y1 (top) to y0.
function yAxis(group, low, high, y0, y1, x0, x1, format) {
  for (const at of ticks(low, high, 4)) {
    const y = y0 - (at - low) / (high - low) * (y0 - y1);
    group.append(make("line", {x1: x0, x2: x1, y1: y, y2: y, stroke: "var(--line)"}),
                 text(x0 - 6, y + 4, format(at), {"text-anchor": "end"}));
  }
}

function table(head, rows) {
  const row = (cells, tag) => make("tr", {}, ...cells.map(c => {
    const cell = c !== null && typeof c === "object" && !(c instanceof Node) ? c : {content: c};
    return make(tag, {class: cell.class, scope: tag === "th" ? "col" : null}, cell.content instanceof Node ? cell.content : String(cell.content ?? "–"));
  }));
  return make("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "table"},
    make("table", {}, make("thead", {}, row(head, "th")), make("tbody", {}, ...rows.map(r => row(r, "td")))));
}
