// The cluster at one frame: nodes on rings, coloured by how far behind they are, and who spoke to whom. Nodes of a region
// stand together under its name.
function mix(from, to, share) {
  const part = (c, i) => parseInt(c.slice(1 + 2 * i, 3 + 2 * i), 16);
  return "rgb(" + [0, 1, 2].map(i => Math.round(part(from, i) + (part(to, i) - part(from, i)) * share)).join(",") + ")";
}

class Topology {
  constructor(run) {
    this.run = run;
    this.n = run.nodes;
    this.regions = run.regions;
    this.behindMax = run.frames.behind.reduce((a, b) => Math.max(a, b), 1);
    this.packetsMax = 1;
    for (const links of run.frames.links) for (let i = 0; i < links.length; i += 4) this.packetsMax = Math.max(this.packetsMax, links[i + 2]);
    this.canvas = make("canvas", {role: "img"});
    this.frame = 0;
    new ResizeObserver(() => requestAnimationFrame(() => this.draw(this.frame))).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw(this.frame));
  }

  // Rings of at most 200 nodes, the outer ones longer.
  places(size) {
    if (this.regions.length > 0) return this.placesByRegion(size);
    const rings = Math.ceil(this.n / 200), room = this.n === 1 ? 0 : size / 2 - (this.n <= 40 ? 34 : 14), made = [];
    const radii = Array.from({length: rings}, (_, r) => room * (1 - r * 0.5 / rings));
    const around = radii.reduce((a, b) => a + b, 0);
    let placed = 0;
    radii.forEach((radius, r) => {
      const here = r === rings - 1 ? this.n - placed : Math.round(this.n * radius / around);
      for (let i = 0; i < here; ++i) {
        const angle = 2 * Math.PI * i / here - Math.PI / 2;
        made.push([size / 2 + radius * Math.cos(angle), size / 2 + radius * Math.sin(angle), angle]);
      }
      placed += here;
    });
    return made;
  }

  // One ring with a gap before each region.
  placesByRegion(size) {
    const gap = Math.min(0.35, 1.2 / this.regions.length), step = (2 * Math.PI - gap * this.regions.length) / this.n;
    const radius = size / 2 - 84;
    return this.run.region_of.map((region, i) => {
      const angle = step * (i + 0.5) + gap * (region + 0.5) - Math.PI / 2;
      return [size / 2 + radius * Math.cos(angle), size / 2 + radius * Math.sin(angle), angle];
    });
  }

  drawRegions(g, at, size) {
    const radius = size / 2 - 30;
    g.strokeStyle = colour("soft");
    g.fillStyle = colour("ink");
    g.lineWidth = 3;
    g.font = "600 13px system-ui, sans-serif";
    g.textBaseline = "middle";
    this.regions.forEach((name, region) => {
      const angles = at.filter((_, i) => this.run.region_of[i] === region).map(place => place[2]);
      if (angles.length === 0) return;
      const first = angles[0] - 0.05, last = angles[angles.length - 1] + 0.05, middle = (first + last) / 2;
      g.beginPath();
      g.arc(size / 2, size / 2, radius, first, last);
      g.stroke();
      g.textAlign = Math.abs(Math.cos(middle)) < 0.3 ? "center" : Math.cos(middle) > 0 ? "left" : "right";
      g.fillText(name, size / 2 + (radius + 14) * Math.cos(middle), size / 2 + (radius + 16) * Math.sin(middle));
    });
  }

  draw(frame) {
    this.frame = frame;
    const size = Math.min(this.canvas.clientWidth || 0, this.n === 1 ? 120 : 640);
    if (size === 0) return;
    const scale = window.devicePixelRatio || 1, width = this.canvas.clientWidth;
    this.canvas.style.height = size + "px";
    this.canvas.width = width * scale;
    this.canvas.height = size * scale;
    const g = this.canvas.getContext("2d");
    g.setTransform(scale, 0, 0, scale, (width - size) / 2 * scale, 0);
    g.clearRect(-width, 0, 3 * width, size);
    const at = this.places(size);
    this.drawLinks(g, at, this.run.frames.links[frame]);
    this.drawNodes(g, at, frame);
    if (this.regions.length > 0) this.drawRegions(g, at, size);
  }

  drawLinks(g, at, links) {
    const plain = colour("soft"), cut = colour("bad");
    for (const blocked of [false, true]) {
      for (let i = 0; i < links.length; i += 4) {
        const [from, to, packets, lost] = links.slice(i, i + 4);
        if (blocked ? lost === 0 : packets === 0) continue;
        g.globalAlpha = blocked ? 0.75 : 0.12 + 0.5 * Math.sqrt(packets / this.packetsMax);
        g.strokeStyle = blocked ? cut : plain;
        g.lineWidth = blocked ? 1.4 : 0.6 + 2 * Math.sqrt(packets / this.packetsMax);
        g.setLineDash(blocked ? [5, 5] : []);
        g.beginPath();
        g.moveTo(at[from][0], at[from][1]);
        g.lineTo(at[to][0], at[to][1]);
        g.stroke();
      }
    }
    g.setLineDash([]);
    g.globalAlpha = 1;
  }

  behindColour(behind, [ok, mid, bad]) {
    if (behind === 0) return ok;
    const share = Math.log1p(behind) / Math.log1p(this.behindMax);
    return share < 0.5 ? mix(ok, mid, 0.35 + share * 1.3) : mix(mid, bad, share * 2 - 1);
  }

  drawNodes(g, at, frame) {
    const colours = ["ok", "mid", "bad"].map(colour), down = colour("down"), back = colour("back"), ink = colour("ink"), cut = colour("bad");
    const usual = Math.max(3, Math.min(13, 380 / this.n));
    g.font = "12px system-ui, sans-serif";
    g.textBaseline = "middle";
    for (let i = 0; i < this.n; ++i) {
      const [x, y, angle] = at[i], behind = this.run.frames.behind[frame * this.n + i], state = this.run.frames.state[frame * this.n + i];
      // Among many, the few in trouble must show.
      const radius = usual < 6 && (state === 2 || behind > 0) ? usual * 1.6 : usual;
      g.beginPath();
      g.arc(x, y, radius, 0, 2 * Math.PI);
      g.fillStyle = state === 2 ? back : this.behindColour(behind, colours);
      g.fill();
      g.lineWidth = state === 2 ? Math.max(1.2, radius / 4) : radius > 5 ? 2 : 0.8;
      g.strokeStyle = state === 2 ? down : cut;
      if (state > 0) g.stroke();
      if (state === 2 && radius > 4) {
        g.beginPath();
        const r = radius * 0.5;
        g.moveTo(x - r, y - r), g.lineTo(x + r, y + r), g.moveTo(x + r, y - r), g.lineTo(x - r, y + r);
        g.stroke();
      }
      if (this.n > 40) continue;
      g.fillStyle = ink;
      g.textAlign = Math.abs(Math.cos(angle)) < 0.3 ? "center" : Math.cos(angle) > 0 ? "left" : "right";
      g.fillText("n" + i, x + (radius + 7) * Math.cos(angle), y + (radius + 9) * Math.sin(angle));
    }
  }
}
