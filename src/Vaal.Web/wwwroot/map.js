// The pool as points: near ones look alike. Points are written into the pixels of one picture, which takes
// about a millisecond for 50,000 of them, so that moving and zooming draw every frame.
import { get, post, tile } from "./api.js";
import { swatch } from "./classes.js";
import { h, plural, sentence, toast } from "./dom.js";
import { takeKeys } from "./keys.js";
import { undo } from "./label.js";
import { colorOf, on, project } from "./store.js";

export class MapView {
  constructor(root) {
    this.canvas = h("canvas", { tabindex: "0", role: "img", "aria-label": "Map of the images" });
    this.hover = h(".hover", { hidden: true }, h("img", { alt: "" }), h("span"));
    this.said = h("p.said", { "aria-live": "polite" });
    this.mode = "lasso";
    this.lasso = [];
    this.selected = null;
    const tool = (mode, text) => h("button.tool.quiet",
      { type: "button", "aria-pressed": String(this.mode === mode), "data-mode": mode, onclick: () =>
        this.setMode(mode) }, text);
    this.modes = [tool("lasso", "Lasso"), tool("move", "Move")];
    this.legend = h("ul.legend");
    this.toGrid = h("button.primary", { type: "button", disabled: true, onclick: () =>
      this.openSelection("grid", "value") },
      "Open the selection in the grid");
    this.oneByOne = h("button", { type: "button", disabled: true, onclick: () =>
      this.openSelection("label", "selection") },
      "Label the selection one by one");
    this.inView = h("button", { type: "button", onclick: () => this.takeView() }, "Select what is in view");
    root.className = "map";
    root.replaceChildren(h("section.work", { "aria-label": "Map" },
      h(".bar", h(".texts", h("p.title", "Map of the images"), this.said),
        h(".stage-tools", { role: "toolbar", "aria-label": "Map" }, this.modes,
        h("button.quiet", { type: "button", onclick: () => this.fit() }, "Fit"),
          h("button.quiet", { type: "button", "aria-label": "Zoom in", onclick: () => this.zoom(1.5) }, "+"),
        h("button.quiet", { type: "button", "aria-label": "Zoom out", onclick: () => this.zoom(1 / 1.5) }, "−"))),
      this.plane = h(".plane", this.canvas, this.hover)),
    h("aside.side", { "aria-label": "Legend and selection" },
      h("section", h("header", h("h2", "Classes")), this.legend),
      h("section.act", this.toGrid, this.oneByOne, this.inView,
        h("p.soft", "Near points look alike. Draw a line around points to select them, or choose a class above. ",
          "Arrow keys move the map, + and − zoom, a click opens an image."))));
    this.off = [on("theme", () => this.recolor()), on("told", () => this.load())];
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.plane);
    this.listen();
    takeKeys(({ action, key }) => this.key(action, key));
    this.load();
  }

  close() {
    this.closed = true;
    clearTimeout(this.again);
    this.resizing.disconnect();
    this.off.forEach(off => off());
  }

  async load() {
    if (!this.ids) this.said.textContent = "Loading…";
    clearTimeout(this.again);
    const asked = this.asked = (this.asked ?? 0) + 1, isGone = () => this.closed || asked !== this.asked;
    try {
      const { ids, x, y, state, classes } = await get("map");
      if (isGone()) return;
      const same = this.ids?.length === ids.length && ids.every((id, i) => id === this.ids[i]);
      Object.assign(this, { ids, xs: Float32Array.from(x), ys: Float32Array.from(y), states: state, classes });
      this.canvas.setAttribute("aria-label", `Map of ${plural(ids.length, "image")}`);
      this.recolor();
      if (same) return;                              // zoom and selection stay
      this.take(() => false);
      this.fit();
    } catch (e) {
      if (typeof e.status !== "number") throw e;
      if (isGone()) return;
      this.said.textContent = `There is no map yet: ${sentence(e.message)}`;
      this.again = setTimeout(() => this.load(), 3000);
    }
  }

  classNameOf(i) {
    const c = this.classes[i];
    return c === null || c === undefined || c === -1 || c === "" ? null : typeof c === "number"
      ? project.classes[c]?.name ?? null : c;
  }

  /** A colour a point, as the bytes of a pixel. */
  recolor() {
    if (!this.ids) return;
    const plain = getComputedStyle(this.canvas).getPropertyValue("--point").trim();
    const counts = new Map();
    this.colors = new Uint32Array(this.ids.length);
    this.marked = new Uint8Array(this.ids.length);
    for (let i = 0; i < this.ids.length; i++) {
      const name = this.classNameOf(i);
      this.colors[i] = pixel(name === null ? plain : colorOf(name));
      this.marked[i] = name === null ? 0 : 1;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    this.legend.replaceChildren(...[...counts].sort((a, b) => b[1] - a[1]).slice(0, 30).map(([name, n]) =>
      h("li", h("button.quiet", { type: "button", title: "Select these images",
        onclick: () => this.take(i => this.classNameOf(i) === name) },
      name === null ? h("span.swatch", { css: { "--c": plain } }) : swatch(name),
      h("span.what", name ?? "no label"), h("span.count.soft", n.toLocaleString("en"))))));
    this.draw();
  }

  fit() {
    if (!this.ids?.length) return;
    let l = Infinity, r = -Infinity, t = Infinity, b = -Infinity;
    for (let i = 0; i < this.xs.length; i++) {
      const x = this.xs[i], y = this.ys[i];
      if (x < l) l = x;
      if (x > r) r = x;
      if (y < t) t = y;
      if (y > b) b = y;
    }
    const { clientWidth: w, clientHeight: v } = this.plane;
    this.k = 0.92 * Math.min(w / Math.max(r - l, 1e-6), v / Math.max(b - t, 1e-6));
    this.ox = w / 2 - this.k * (l + r) / 2;
    this.oy = v / 2 - this.k * (t + b) / 2;
    this.first = this.k;
    this.draw();
  }

  zoom(factor, x = this.plane.clientWidth / 2, y = this.plane.clientHeight / 2) {
    const k = Math.max(this.first * 0.5, Math.min(this.first * 200, this.k * factor));
    this.ox = x - (x - this.ox) * k / this.k;
    this.oy = y - (y - this.oy) * k / this.k;
    this.k = k;
    this.draw();
  }

  /** Once a frame, however often it is asked. */
  draw() {
    if (this.waits || !this.colors) return;
    this.waits = true;
    requestAnimationFrame(() => {
      this.waits = false;
      if (!this.closed) this.paint();
    });
  }

  /** Points are large where there are few, and grow with the zoom. */
  sizeOf(scale) {
    const few = this.ids.length < 2000 ? 5 : this.ids.length < 10000 ? 3 : this.ids.length < 20000 ? 2 : 1;
    return Math.max(1, Math.round(scale * Math.min(7, few * Math.sqrt(this.k / this.first))));
  }

  paint() {
    const scale = Math.min(2, devicePixelRatio), w = Math.round(this.plane.clientWidth * scale),
      v = Math.round(this.plane.clientHeight * scale);
    if (!w || !v) return;
    if (this.canvas.width !== w || this.canvas.height !== v) {
      (this.canvas.width = w), (this.canvas.height = v);
      this.context = this.canvas.getContext("2d");
      this.buffer = this.context.createImageData(w, v);
      this.pixels = new Uint32Array(this.buffer.data.buffer);
    }
    this.pixels.fill(0);
    const small = this.sizeOf(scale);
    for (const marked of [0, 1]) this.points(marked, marked ? small + Math.round(2 * scale) : small, scale, w, v);
    this.context.putImageData(this.buffer, 0, 0);
    this.line(scale);
  }

  points(marked, size, scale, w, v) {
    const { xs, ys, colors, pixels, k, ox, oy, selected } = this, before = size >> 1, skip = discOf(size);
    for (let i = 0; i < xs.length; i++) {
      if (this.marked[i] !== marked) continue;
      const x = ((xs[i] * k + ox) * scale - before) | 0, y = ((ys[i] * k + oy) * scale - before) | 0;
      if (x < 0 || y < 0 || x + size >= w || y + size >= v) continue;
      const color = selected && !selected[i] ? (colors[i] & 0xffffff) | 0x38000000 : colors[i];
      for (let dy = 0, at = y * w + x; dy < size; dy++, at += w)
        for (let dx = skip[dy], end = size - dx; dx < end; dx++) pixels[at + dx] = color;
    }
  }

  line(scale) {
    if (this.lasso.length < 2) return;
    const c = this.context;
    c.beginPath();
    this.lasso.forEach(([x, y], i) => i ? c.lineTo(x * scale, y * scale) : c.moveTo(x * scale, y * scale));
    c.closePath();
    c.lineWidth = 2 * scale;
    c.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--accent");
    c.stroke();
  }

  setMode(mode) {
    this.mode = mode;
    this.canvas.classList.toggle("moving", mode === "move");
    this.modes.forEach(b => b.setAttribute("aria-pressed", String(b.dataset.mode === mode)));
  }

  listen() {
    const c = this.canvas;
    let from = null, moved = 0;
    const at = e => [e.offsetX, e.offsetY];
    c.addEventListener("wheel", e => { e.preventDefault(); this.zoom(Math.exp(-e.deltaY * 0.0016), ...at(e)); },
      { passive: false });
    c.addEventListener("pointerdown", e => {
      if (!this.k) return;
      (from = at(e)), (moved = 0);
      c.setPointerCapture(e.pointerId);
      if (this.mode === "lasso" && e.button === 0) this.lasso = [from];
    });
    c.addEventListener("pointermove", e => {
      const p = at(e);
      if (!from) return this.look(p);
      moved += Math.abs(p[0] - from[0]) + Math.abs(p[1] - from[1]);
      if (this.lasso.length) this.lasso.push(p);
      else (this.ox += p[0] - from[0]), (this.oy += p[1] - from[1]);
      from = p;
      this.draw();
    });
    c.addEventListener("pointerup", e => {
      if (!from) return;
      from = null;
      if (moved < 5) this.pick(at(e));
      else if (this.lasso.length > 2) this.take(i =>
        within(this.lasso, this.xs[i] * this.k + this.ox, this.ys[i] * this.k + this.oy));
      this.lasso = [];
      this.draw();
    });
    c.addEventListener("pointerleave", () => { this.hover.hidden = true; });
  }

  key(action, key) {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[key];
    if (action === "undo") return undo(), true;
    if (!this.k) return false;
    if (step) (this.ox += step[0]), (this.oy += step[1]), this.draw();
    else if (action === "zoomIn") this.zoom(1.5);
    else if (action === "zoomOut") this.zoom(1 / 1.5);
    else if (action === "fit") this.fit();
    else if (key === "Escape") this.take(() => false);
    else if (action === "confirm" && this.selected) this.openSelection("grid", "value");
    else return false;
    return true;
  }

  nearest([x, y], within = 12) {
    let best = within * within, found = -1;
    for (let i = 0; i < this.xs.length; i++) {
      const d = (this.xs[i] * this.k + this.ox - x) ** 2 + (this.ys[i] * this.k + this.oy - y) ** 2;
      if (d < best) (best = d), (found = i);
    }
    return found;
  }

  look(p) {
    if (!this.k) return;
    const i = this.nearest(p);
    this.hover.hidden = i < 0;
    if (i < 0) return;
    const [img, text] = this.hover.children;
    const src = tile({ id: this.ids[i] });
    if (img.getAttribute("src") !== src) img.setAttribute("src", src);
    text.textContent = this.classNameOf(i) ?? "no label";
    this.hover.style.setProperty("left", `${Math.min(p[0] + 14, this.plane.clientWidth - 134)}px`);
    this.hover.style.setProperty("top", `${Math.min(p[1] + 14, this.plane.clientHeight - 156)}px`);
  }

  pick(p) {
    const i = this.nearest(p);
    if (i >= 0) location.hash = `#label?image=${encodeURIComponent(this.ids[i])}`;
    else this.take(() => false);
  }

  takeView() {
    const { clientWidth: w, clientHeight: v } = this.plane;
    this.take(i => {
      const x = this.xs[i] * this.k + this.ox, y = this.ys[i] * this.k + this.oy;
      return x >= 0 && y >= 0 && x < w && y < v;
    });
  }

  take(inside) {
    const chosen = Uint8Array.from(this.ids, (_, i) => inside(i) ? 1 : 0);
    const n = chosen.reduce((a, b) => a + b, 0);
    this.selected = n ? chosen : null;
    this.toGrid.disabled = this.oneByOne.disabled = n === 0;
    this.said.textContent = n ? `${plural(n, "image")} selected of ${this.ids.length.toLocaleString("en")}`
      : this.ids.length ? plural(this.ids.length, "image") : "There are no images.";
    this.draw();
  }

  /** Goes on with the selected images in another view. */
  async openSelection(view, name) {
    try {
      const { id } = await post("selection", { images: this.ids.filter((_, i) => this.selected[i]) });
      if (this.closed) return;
      const values = view === "grid" ? { by: "selection", [name]: id } : { [name]: id };
      location.hash = `#${view}?${new URLSearchParams(values)}`;
    } catch (e) { toast(e.message, "bad"); }
  }
}

/** "#rrggbb" as the 32 bits of a canvas pixel on a little-endian machine. */
function pixel(color) {
  const n = parseInt(color.slice(1, 7), 16);
  return (0xff000000 | (n & 0xff) << 16 | (n & 0xff00) | n >> 16) >>> 0;
}

/** How many pixels at each end of a row of a square are outside its disc; small points stay squares. */
function discOf(size) {
  const r = size / 2;
  return Int32Array.from({ length: size }, (_, i) => size < 4 ? 0
    : Math.round(r - Math.sqrt(Math.max(0, r * r - (i + 0.5 - r) ** 2))));
}

function within(line, x, y) {
  let inside = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
    const [ax, ay] = line[i], [bx, by] = line[j];
    if (ay > y !== by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
