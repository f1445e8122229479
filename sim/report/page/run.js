// The page of one run.
const run = data.run, frames = data.frames, N = data.nodes, F = frames.end.length, T = frames.end[F - 1] || 0;
const failed = run.verdict !== "ok";
document.title = data.scenario + " seed " + run.seed + " – tutti-sim";

// --- the shared time: plots, slider and topology show the same frame ---
const watchers = [];
let frame = 0;
function show(f) {
  frame = Math.max(0, Math.min(F - 1, f));
  for (const watch of watchers) watch();
}
function frameAt(t) {
  let low = 0, high = F - 1;
  while (low < high) { const mid = (low + high) >> 1; if (frames.end[mid] < t) low = mid + 1; else high = mid; }
  return low;
}

// --- a plot over time, with the faults under it ---
const kinds = [...new Set(data.faults.map(f => f.kind))].sort();
const ROW = 13;
function margins(width) { return {left: width < 560 ? 78 : 96, right: 12}; }

function faultRows(group, x, x0, x1, top) {
  if (kinds.length === 0) return group.append(text(x0, top + 10, "no faults in this run"));
  kinds.forEach((kind, row) => {
    const y = top + row * ROW;
    group.append(text(x0 - 6, y + 10, kind, {"text-anchor": "end", "font-size": 11}),
                 make("line", {x1: x0, x2: x1, y1: y + 6, y2: y + 6, stroke: "var(--line)"}));
    for (const f of data.faults) {
      if (f.kind !== kind) continue;
      group.append(make("rect", {x: x(f.from), y: y + 1, width: Math.max(1.5, x(f.to) - x(f.from)), height: ROW - 3, fill: "var(--fault)"},
        make("title", {}, `${kind}${f.target === null ? "" : " of n" + f.target}, ${f.from.toFixed(2)} to ${f.to.toFixed(2)} s` + (f.amount ? `, amount ${short(f.amount)}` : ""))));
    }
  });
}

// content(group, x, y0, y1, x0, x1) draws into the box; the rest is the same for all.
function timePlot(label, height, content) {
  let cursor = null, x = null;
  const box = drawn({class: "plot"}, width => {
    const {left, right} = margins(width), x0 = left, x1 = width - right, top = 8, bottom = top + height;
    const rows = Math.max(1, kinds.length) * ROW, total = bottom + 22 + rows + 6;
    x = t => x0 + (T > 0 ? t / T : 0) * (x1 - x0);
    const svg = make("svg", {viewBox: `0 0 ${width} ${total}`, height: total, role: "img", "aria-label": label});
    content(svg, x, bottom, top, x0, x1);
    for (const at of ticks(0, T, width < 560 ? 4 : 8)) svg.append(text(x(at), bottom + 15, short(at) + " s", {"text-anchor": "middle"}));
    if (data.healing !== null) {
      svg.append(make("line", {x1: x(data.healing), x2: x(data.healing), y1: top, y2: total, stroke: "var(--ink)", "stroke-dasharray": "2 4"},
        make("title", {}, "faults and clients stop")));
    }
    faultRows(svg, x, x0, x1, bottom + 22);
    cursor = make("line", {y1: top, y2: total, stroke: "var(--b)", "stroke-width": 1.5});
    svg.append(cursor);
    const pick = event => {
      if (event.type === "pointermove" && event.buttons === 0) return;
      const place = (event.clientX - svg.getBoundingClientRect().left) / svg.getBoundingClientRect().width * width;
      show(frameAt((place - x0) / (x1 - x0) * T));
    };
    svg.addEventListener("pointerdown", pick);
    svg.addEventListener("pointermove", pick);
    move();
    return svg;
  });
  const move = () => { if (cursor) { const at = x(frames.end[frame]); cursor.setAttribute("x1", at); cursor.setAttribute("x2", at); } };
  watchers.push(move);
  return box;
}
// A value a frame, as steps from the frame's beginning to its end.
function steps(values, x, y) {
  const points = [];
  values.forEach((value, f) => { points.push([x(f ? frames.end[f - 1] : 0), y(value)], [x(frames.end[f]), y(value)]); });
  return points;
}
function band(low, high, x, y, attributes) {
  return path([...steps(high, x, y), ...steps(low, x, y).reverse()], {stroke: "none", ...attributes});
}
function perFrame(values, pick) {
  const made = [];
  for (let f = 0; f < F; ++f) made.push(pick(values.slice(f * N, (f + 1) * N).sort((a, b) => a - b)));
  return made;
}

// --- parts ---
function header() {
  const m = run.metrics, t = run.totals;
  const figure = (name, value) => make("div", {}, make("dt", {}, name), make("dd", {}, value));
  return [
    make("h1", {}, `${data.scenario}, seed ${run.seed}`, make("span", {class: "verdict" + (failed ? " failed" : "")}, failed ? "a checker failed" : "all held")),
    failed ? make("p", {class: "failure"}, run.failure) : null,
    make("p", {class: "soft"}, make("code", {}, data.command), ` · tutti ${data.tutti} · configuration ${data.configuration_hash} · trace ${run.trace_hash}`),
    make("dl", {class: "figures"},
      figure("nodes", t.nodes), figure("simulated", +run.virtual_seconds.toFixed(1) + " s"), figure("operations written", t.operations.toLocaleString("en")),
      figure("converged after the last write or heal", m.converge_s === null ? "did not" : m.converge_s === 0 ? "at once" : milliseconds(m.converge_s * 1000)),
      figure("visible on another node, median", milliseconds(m.latency_p50_ms)), figure("visible on another node, 99 %", milliseconds(m.latency_p99_ms)),
      figure("visible on all nodes, 99 %", milliseconds(m.all_p99_ms)),
      figure("sent per operation", withUnit(m.bytes_per_operation, "B")), figure("sent per node", withUnit(m.bytes_per_node_s, "B/s")),
      figure("packets per node", withUnit(m.packets_per_node_s, "1/s")), figure("faults", t.faults), figure("starts, transfers", `${t.starts}, ${t.joins}`))];
}

function convergence() {
  const share = [];
  for (let f = 0; f < F; ++f) {
    let complete = 0;
    for (let i = f * N; i < (f + 1) * N; ++i) complete += frames.behind[i] === 0 && frames.state[i] !== 2 ? 1 : 0;
    share.push(complete / N);
  }
  const low = perFrame(frames.behind, s => s[0]), middle = perFrame(frames.behind, s => s[s.length >> 1]), high = perFrame(frames.behind, s => s[s.length - 1]);
  const most = Math.max(1, ...high);
  const parts = [make("h2", {}, "Convergence"),
    make("p", {class: "soft"}, "Click or drag in any plot to move the common moment. The dashed line: faults and clients stop."),
    make("h3", {}, "Nodes that are up and lack nothing"),
    timePlot("Share of nodes that are up and hold every operation, over time", 110, (svg, x, y0, y1, x0, x1) => {
      const y = v => y0 - v * (y0 - y1);
      yAxis(svg, 0, 1, y0, y1, x0, x1, v => Math.round(v * 100) + " %");
      svg.append(band(share.map(() => 0), share, x, y, {fill: "var(--band)"}), path(steps(share, x, y), {stroke: "var(--ok)"}));
    })];
  if (run.totals.operations === 0) return [...parts, empty("No operation was written in this run, so no node can be behind.")];
  return [...parts, make("h3", {}, "Operations a node lacks: fewest, median, most"),
    timePlot("Operations that nodes lack, over time: median and range over nodes", 130, (svg, x, y0, y1, x0, x1) => {
      const y = v => y0 - v / most * (y0 - y1);
      yAxis(svg, 0, most, y0, y1, x0, x1, short);
      svg.append(band(low, high, x, y, {fill: "var(--band)"}), path(steps(high, x, y), {stroke: "var(--bad)", "stroke-width": 1}), path(steps(middle, x, y), {stroke: "var(--a)"}));
    }),
    make("div", {class: "legend"}, make("span", {style: "--c:var(--a)"}, "median node"), make("span", {style: "--c:var(--bad)"}, "the node furthest behind"), make("span", {style: "--c:var(--band)"}, "range"))];
}

function topology() {
  const view = new Topology(data);
  let timer = null;
  const slider = make("input", {type: "range", min: 0, max: F - 1, value: 0, "aria-label": "moment of the run", oninput: () => show(+slider.value)});
  const play = make("button", {type: "button", "aria-pressed": "false", onclick: () => toggle()}, "Play");
  const readout = make("p", {class: "readout"});
  const toggle = () => {
    if (timer) { clearInterval(timer); timer = null; }
    else {
      if (frame === F - 1) show(0);
      timer = setInterval(() => { if (frame >= F - 1) toggle(); else show(frame + 1); }, Math.max(40, 12000 / F));
    }
    play.textContent = timer ? "Pause" : "Play";
    play.setAttribute("aria-pressed", timer ? "true" : "false");
  };
  const keys = event => {
    const move = {ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -F, End: F}[event.key];
    if (event.key === " " && event.target !== play) toggle();
    else if (move !== undefined && event.target !== slider) show(frame + move);
    else return;
    event.preventDefault();
  };
  watchers.push(() => {
    const from = frame ? frames.end[frame - 1] : 0, to = frames.end[frame];
    let up = 0, complete = 0, cut = 0, most = 0;
    for (let i = frame * N; i < (frame + 1) * N; ++i) {
      if (frames.state[i] !== 2) { ++up; if (frames.behind[i] === 0) ++complete; }
      if (frames.state[i] === 1) ++cut;
      most = Math.max(most, frames.behind[i]);
    }
    const faults = [...new Set(data.faults.filter(f => f.from <= to && f.to >= from).map(f => f.kind))];
    const words = `${to.toFixed(2)} s: ${up} of ${N} nodes up, ${complete} lack nothing, the furthest behind lacks ${short(most)}` +
      (cut ? `, ${cut} sent into cut links` : "") + (faults.length ? `. Faults: ${faults.join(", ")}` : "");
    readout.textContent = words;
    slider.value = frame;
    slider.setAttribute("aria-valuetext", to.toFixed(2) + " seconds");
    view.canvas.setAttribute("aria-label", "The cluster at " + words);
    view.draw(frame);
  });
  return [make("h2", {}, "Topology"),
    make("div", {onkeydown: keys, tabindex: 0, role: "group", "aria-label": "The cluster at one moment; space plays, arrow keys step"},
      view.canvas, make("div", {class: "bar"}, play, slider), readout),
    make("div", {class: "legend"},
      make("span", {class: "ramp", style: "--from:var(--ok);--via:var(--mid);--to:var(--bad)"}, `lacks nothing … ${short(view.behindMax)} operations`),
      make("span", {class: "ring", style: "--c:var(--down)"}, "down for some of the moment"), make("span", {class: "ring", style: "--c:var(--bad)"}, "sent into a cut link"),
      make("span", {style: "--c:var(--soft)"}, "line: packets; dashed red: cut"), make("span", {class: "soft", style: "--c:transparent"}, "space plays, arrows step"))];
}

function latency() {
  const curves = [["each", "var(--a)", "on each other node"], ["all", "var(--b)", "on every node"]].filter(([name]) => data.latency[name].count > 0);
  const parts = [make("h2", {}, "Propagation: from a write to its being visible")];
  if (curves.length === 0) return [...parts, empty(N < 2 ? "There is one node alone: nothing has to propagate." : "No operation reached a second node in this run.")];
  if (run.totals.operations > data.reached_all)
    parts.push(make("p", {class: "soft"}, `${short(data.reached_all)} of ${short(run.totals.operations)} operations reached every node before the run ended; the rest are not in the second curve.`));
  const all = curves.flatMap(([name]) => data.latency[name].steps.map(s => Math.max(0.001, s[0])));
  const low = Math.min(...all), high = Math.max(...all, low * 10);
  parts.push(drawn({}, width => {
    const {left, right} = margins(width), x0 = left, x1 = width - right, top = 24, bottom = 252;
    const svg = make("svg", {viewBox: `0 0 ${width} 276`, height: 276, role: "img", "aria-label": "Share of operations visible within a time; the table below has the marks"});
    const x = ms => x0 + Math.log(Math.max(ms, low) / low) / Math.log(high / low) * (x1 - x0), y = s => bottom - s * (bottom - top);
    yAxis(svg, 0, 1, bottom, top, x0, x1, v => Math.round(v * 100) + " %");
    for (const at of logTicks(low, high)) {
      svg.append(make("line", {x1: x(at), x2: x(at), y1: top, y2: bottom, stroke: "var(--line)"}), text(x(at), bottom + 16, milliseconds(at), {"text-anchor": "middle"}));
    }
    for (const [name, stroke] of curves) {
      const points = [];
      let before = 0;
      for (const [ms, share] of data.latency[name].steps) { points.push([x(ms), y(before)], [x(ms), y(share)]); before = share; }
      svg.append(path(points, {stroke, "stroke-width": 2}));
      let labelled = -100;
      data.latency[name].marks.forEach((ms, i) => {
        const share = [0.5, 0.9, 0.99, 0.999][i];
        svg.append(make("circle", {cx: x(ms), cy: y(share), r: 4, fill: stroke, stroke: "var(--back)"}, make("title", {}, `${share * 100} %: ${milliseconds(ms)}`)));
        // Before the first curve, behind the second; marks too near each other share one label.
        if (x(ms) - labelled < 40) return;
        labelled = x(ms);
        svg.append(text(x(ms) + (name === "each" ? -8 : 8), y(share) + (name === "each" ? -6 : 14), "p" + share * 100, {"text-anchor": name === "each" || x(ms) > x1 - 40 ? "end" : "start"}));
      });
    }
    return svg;
  }));
  parts.push(table(["", "50 %", "90 %", "99 %", "99.9 %", "samples"],
    curves.map(([name, c, words]) => [make("span", {class: "legend", style: "margin:0"}, make("span", {style: `--c:${c}`}, words)), ...data.latency[name].marks.map(milliseconds), short(data.latency[name].count)])));
  return parts;
}

function traffic() {
  if (run.totals.packets_sent === 0) return [make("h2", {}, "Traffic"), empty("No node sent anything in this run.")];
  const length = f => frames.end[f] - (f ? frames.end[f - 1] : 0);
  const rates = name => frames[name].map((v, i) => v / Math.max(1e-9, length(Math.floor(i / N))));
  const all = {bytes: rates("bytes"), packets: rates("packets")};
  let what = "bytes";
  const unit = () => what === "bytes" ? "B/s" : "packets/s";
  const peaks = {}, tops = {}, medians = {}, maxima = {};
  for (const name of ["bytes", "packets"]) {
    medians[name] = perFrame(all[name], s => s[s.length >> 1]);
    maxima[name] = perFrame(all[name], s => s[s.length - 1]);
    // A burst at the start, when all meet, must not flatten the rest.
    const most = Math.max(1, ...maxima[name]), usual = [...maxima[name]].sort((a, b) => a - b)[Math.floor(F * 0.97)];
    peaks[name] = most;
    tops[name] = most > 3 * usual && usual > 0 ? 1.5 * usual : most;
  }
  const lines = timePlot("Bytes or packets sent and received per node and second, over time", 120, (svg, x, y0, y1, x0, x1) => {
    const y = v => y0 - Math.min(1, v / tops[what]) * (y0 - y1);
    yAxis(svg, 0, tops[what], y0, y1, x0, x1, short);
    svg.append(path(steps(maxima[what], x, y), {stroke: "var(--b)", "stroke-width": 1}), path(steps(medians[what], x, y), {stroke: "var(--a)"}));
  });
  const height = Math.round(Math.max(120, Math.min(520, N * 24)));
  const heat = timePlot("Heat map: every node's traffic over time, a row for each node", height, (svg, x, y0, y1, x0, x1) => {
    const canvas = document.createElement("canvas"), g = canvas.getContext("2d");
    canvas.width = F, canvas.height = N;
    const low = colour("heat-low"), high = colour("heat-high"), down = colour("down"), shades = Array.from({length: 65}, (_, i) => mix(low, high, i / 64));
    for (let f = 0; f < F; ++f) {
      for (let i = 0; i < N; ++i) {
        g.fillStyle = frames.state[f * N + i] === 2 ? down : shades[Math.round(64 * Math.sqrt(Math.min(1, all[what][f * N + i] / tops[what])))];
        g.fillRect(f, i, 1, 1);
      }
    }
    // Frames are of one length but for the last.
    const step = F > 1 ? frames.end[0] : T;
    const image = document.createElementNS(svg.namespaceURI, "image");
    for (const [name, value] of Object.entries({x: x0, y: y1, width: x(Math.max(T, step * F)) - x0, height: y0 - y1, href: canvas.toDataURL(), preserveAspectRatio: "none", style: "image-rendering:pixelated"})) image.setAttribute(name, value);
    svg.append(image, make("rect", {x: x1, y: y1, width: 12, height: y0 - y1, fill: "var(--back)"}));
    const rows = (y0 - y1) / N, every = Math.ceil(16 / rows);
    for (let i = 0; i < N; i += every) svg.append(text(x0 - 6, y1 + (i + 0.5) * rows + 4, "n" + i, {"text-anchor": "end"}));
  });
  const legend = () => `0 … ${withUnit(tops[what], unit())} (by square root)` + (peaks[what] > tops[what] ? `; above it, up to ${withUnit(peaks[what], unit())}, both plots are cut off` : "");
  const ramp = make("span", {class: "ramp", style: "--from:var(--heat-low);--to:var(--heat-high)"});
  const buttons = ["bytes", "packets"].map(name => make("button", {type: "button", onclick: () => pick(name)}, name === "bytes" ? "Bytes" : "Packets"));
  const pick = name => {
    what = name;
    buttons.forEach((b, i) => b.setAttribute("aria-pressed", ["bytes", "packets"][i] === name ? "true" : "false"));
    ramp.textContent = legend();
    lines.redraw();
    heat.redraw();
  };
  buttons.forEach((b, i) => b.setAttribute("aria-pressed", i === 0 ? "true" : "false"));
  ramp.textContent = legend();
  return [make("h2", {}, "Traffic per node"), make("p", {class: "soft"}, "Sent and received together, per second."),
    make("div", {class: "bar", role: "group", "aria-label": "what is shown"}, ...buttons), lines,
    make("div", {class: "legend"}, make("span", {style: "--c:var(--a)"}, "median node"), make("span", {style: "--c:var(--b)"}, "busiest node")),
    make("h3", {}, "Every node"), heat, make("div", {class: "legend"}, ramp, make("span", {style: "--c:var(--down)"}, "down for some of the moment"))];
}

function events() {
  const rows = data.entries.filter(e => e.kind !== "member joined");
  const shown = rows.slice(0, 300);
  return [make("h2", {}, "Events and configuration"),
    rows.length === 0 ? empty("No node told of a transfer, an alarm or a member that it lost.") :
    make("details", {}, make("summary", {}, `What nodes told of (${rows.length}${shown.length < rows.length ? ", the first 300" : ""})`),
      table(["time", {content: "node", class: "text"}, {content: "what", class: "text"}, {content: "", class: "text"}],
        shown.map(e => [e.t.toFixed(3) + " s", {content: e.node === undefined ? "" : "n" + e.node, class: "text"}, {content: e.kind, class: "text"}, {content: e.text ?? "", class: "text"}]))),
    make("details", {}, make("summary", {}, "Configuration"), make("pre", {tabindex: 0}, data.configuration.join("\n"))),
    make("p", {class: "soft"}, "Beside this page: manifest.json, convergence.csv, latency.csv, nodes.csv, events.jsonl (everything, faults and node starts too).")];
}

page.append(...header().filter(p => p), ...(F === 0 ? [empty("The run ended before any time had passed: there is nothing to draw.")]
  : [...convergence(), ...topology(), ...latency(), ...traffic()]), ...events());
drawAll();
if (F > 0) show(location.hash ? frameAt(+location.hash.slice(1)) : Math.min(F - 1, F >> 1));
