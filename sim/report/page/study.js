// The page of several runs: seeds of one scenario, or a sweep.
const sweep = data.kind === "sweep";
const runs = data.cells.flatMap(c => c.runs), failedRuns = runs.filter(r => r.verdict !== "ok").length;
document.title = data.scenario + " – tutti-sim " + data.kind;

// What is swept: the settings before "=", each with its values in the order they came.
const axes = [];
for (const cell of data.cells) for (const setting of cell.settings) {
  const [key, value] = [setting.slice(0, setting.indexOf("=")), setting.slice(setting.indexOf("=") + 1)];
  let axis = axes.find(a => a.key === key);
  if (!axis) axes.push(axis = {key, values: []});
  if (!axis.values.includes(value)) axis.values.push(value);
}
const valueOf = (cell, key) => { const s = cell.settings.find(c => c.startsWith(key + "=")); return s === undefined ? "" : s.slice(key.length + 1); };

function header() {
  return [make("h1", {}, data.scenario + (sweep ? ", sweep" : ", seeds"), make("span", {class: "verdict" + (failedRuns ? " failed" : "")}, failedRuns ? `${failedRuns} of ${runs.length} runs failed` : `all ${runs.length} runs held`)),
    make("p", {class: "soft"}, make("code", {}, data.command), ` · tutti ${data.tutti} · configuration ${data.configuration_hash}`),
    failedRuns ? make("p", {class: "failure"}, runs.find(r => r.verdict !== "ok").failure) : null];
}

const interval = (m, unit) => m.median === null ? "–" : withUnit(m.median, unit) + (m.low === null ? "" : ` (${withUnit(m.low, unit)} – ${withUnit(m.high, unit)})`);

const stacked = (m, unit) => make("span", {}, withUnit(m.median, unit), ...(m.low === null ? [] : [make("br"), make("small", {class: "soft"}, `${withUnit(m.low, unit)} – ${withUnit(m.high, unit)}`)]));

function cellTable() {
  const kinds = data.metric_kinds.filter(k => k.headline);
  return [make("h2", {}, sweep ? "Cells" : "All seeds"), make("p", {class: "soft"}, "Medians over the seeds that passed, and their 95 % interval (bootstrap; none below three seeds)."),
    table([...axes.map(a => a.key), "runs", "failed", ...kinds.map(k => k.what)],
      data.cells.map(c => [...axes.map(a => valueOf(c, a.key)), c.runs.length, {content: c.failed, class: c.failed ? "bad" : ""}, ...kinds.map(k => stacked(c.metrics[k.name], k.unit))]))];
}

// One metric against the first axis with more than one value; a line for each combination of the others.
function metricPlot(kind) {
  const axis = axes.find(a => a.values.length > 1) ?? axes[0];
  const rest = axes.filter(a => a !== axis);
  const groups = new Map();
  for (const cell of data.cells) {
    const name = rest.map(a => `${a.key.split(".").pop()} ${valueOf(cell, a.key)}`).join(", ");
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(cell);
  }
  const known = data.cells.filter(c => c.metrics[kind.name].median !== null);
  const title = make("h3", {}, kind.what + (kind.unit ? `, ${kind.unit}` : ""));
  if (known.length === 0) return make("div", {}, title, empty("No run has this figure."));
  const top = Math.max(...known.map(c => c.metrics[kind.name].high ?? c.metrics[kind.name].median), 1e-9) * 1.05;
  const numeric = axis.values.every(v => v !== "" && isFinite(v)), numbers = axis.values.map(Number), least = Math.min(...numbers), most = Math.max(...numbers);
  const colours = ["var(--a)", "var(--b)", "var(--ok)", "var(--fault)", "var(--bad)", "var(--mid)"];
  const plot = drawn({}, width => {
    const x0 = 62, x1 = width - 26, y1 = 10, y0 = 190, svg = make("svg", {viewBox: `0 0 ${width} 232`, height: 232, role: "img", "aria-label": `${kind.what} against ${axis.key}; the table has the numbers`});
    const x = v => x0 + 14 + (axis.values.length < 2 ? 0.5 : numeric ? (Number(v) - least) / (most - least) : axis.values.indexOf(v) / (axis.values.length - 1)) * (x1 - x0 - 28), y = v => y0 - v / top * (y0 - y1);
    yAxis(svg, 0, top, y0, y1, x0, x1, v => kind.unit === "ms" ? milliseconds(v) : short(v));
    let last = -100;
    for (const v of [...axis.values].sort((a, b) => x(a) - x(b))) if (x(v) - last > 34) { last = x(v); svg.append(text(x(v), y0 + 17, v, {"text-anchor": "middle"})); }
    svg.append(text((x0 + x1) / 2, y0 + 36, axis.key, {"text-anchor": "middle", class: "strong"}));
    [...groups].forEach(([name, cells], g) => {
      const stroke = colours[g % colours.length], shift = (g - (groups.size - 1) / 2) * 4;
      const points = cells.filter(c => c.metrics[kind.name].median !== null).map(c => ({m: c.metrics[kind.name], x: x(valueOf(c, axis.key)) + shift})).sort((a, b) => a.x - b.x);
      svg.append(path(points.map(p => [p.x, y(p.m.median)]), {stroke}));
      for (const p of points) {
        if (p.m.low !== null) svg.append(make("path", {d: `M${p.x - 4} ${y(p.m.low)}h8M${p.x} ${y(p.m.low)}V${y(p.m.high)}M${p.x - 4} ${y(p.m.high)}h8`, stroke, fill: "none", "stroke-width": 1.3}));
        svg.append(make("circle", {cx: p.x, cy: y(p.m.median), r: 4, fill: stroke}, make("title", {}, `${name} ${interval(p.m, kind.unit)}, ${p.m.n} runs`)));
      }
    });
    return svg;
  });
  const legend = groups.size < 2 ? null : make("div", {class: "legend"}, ...[...groups.keys()].map((name, g) => make("span", {style: `--c:${colours[g % colours.length]}`}, name)));
  return make("div", {}, title, plot, legend);
}

// Of seeds alone: each run's figure as a point.
function seedPlot(kind) {
  const m = data.cells[0].metrics[kind.name], title = make("h3", {}, kind.what + (kind.unit ? `, ${kind.unit}` : ""));
  if (m.n === 0) return make("div", {}, title, empty("No run has this figure."));
  const sorted = [...m.values].sort((a, b) => a - b), top = Math.max(sorted[sorted.length - 1], 1e-9) * 1.05;
  return make("div", {}, title, drawn({}, width => {
    const x0 = 62, x1 = width - 12, y1 = 10, y0 = 150, svg = make("svg", {viewBox: `0 0 ${width} 176`, height: 176, role: "img", "aria-label": `${kind.what}: every run, ascending; median ${interval(m, kind.unit)}`});
    const x = i => x0 + (i + 0.5) / sorted.length * (x1 - x0), y = v => y0 - v / top * (y0 - y1);
    yAxis(svg, 0, top, y0, y1, x0, x1, v => kind.unit === "ms" ? milliseconds(v) : short(v));
    if (m.low !== null) svg.append(make("rect", {x: x0, width: x1 - x0, y: y(m.high), height: Math.max(1, y(m.low) - y(m.high)), fill: "var(--band)"}));
    svg.append(make("line", {x1: x0, x2: x1, y1: y(m.median), y2: y(m.median), stroke: "var(--b)"}));
    sorted.forEach((v, i) => svg.append(make("circle", {cx: x(i), cy: y(v), r: sorted.length > 100 ? 2 : 3.5, fill: "var(--a)"}, make("title", {}, withUnit(v, kind.unit)))));
    svg.append(text((x0 + x1) / 2, y0 + 18, "runs, ascending", {"text-anchor": "middle"}));
    return svg;
  }));
}

function runTable() {
  const kinds = data.metric_kinds.filter(k => k.headline), rows = [];
  for (const cell of data.cells) for (const r of cell.runs) {
    const name = sweep ? String(r.seed) : make("a", {href: `seed-${r.seed}/index.html`}, `seed ${r.seed}`);
    rows.push([name, ...axes.map(a => valueOf(cell, a.key)), {content: r.verdict, class: r.verdict === "ok" ? "" : "bad"}, r.totals.nodes, r.totals.operations, r.totals.faults,
      ...kinds.map(k => withUnit(r.metrics[k.name], k.unit)), ...(failedRuns ? [{content: r.failure ?? "", class: "text"}] : [])]);
  }
  const shown = rows.slice(0, 2000);
  return [make("h2", {}, "Runs"), rows.length > shown.length ? make("p", {class: "soft"}, "The first 2,000; runs.csv has all.") : null,
    table(["seed", ...axes.map(a => a.key), "verdict", "nodes", "operations", "faults", ...kinds.map(k => k.what), ...(failedRuns ? [{content: "failure", class: "text"}] : [])], shown)];
}

const legend = make("p", {class: "soft"}, sweep ? "Point: the median over seeds. Bar: its 95 % interval." : "Point: one run. Line: the median. Band: its 95 % interval.");
page.append(...header().filter(p => p), ...cellTable(), make("h2", {}, "Figures"), legend,
  make("div", {class: "multiples"}, ...data.metric_kinds.map(k => sweep ? metricPlot(k) : seedPlot(k))), ...runTable().filter(p => p),
  make("details", {}, make("summary", {}, "Configuration"), make("pre", {tabindex: 0}, data.configuration.join("\n"))));
drawAll();
