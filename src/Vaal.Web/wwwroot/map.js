// The pool as points: near ones look alike. A line around points selects them, for the grid or one by one.
import { get, tile } from "./api.js";
import { swatch } from "./classes.js";
import { h, plural, sentence } from "./dom.js";
import { takeKeys } from "./keys.js";
import { Plot } from "./plot.js";
import { openSelection } from "./selection.js";
import { undo } from "./steps.js";
import { colorOf, isShapes, on, project } from "./store.js";

export class MapView {
  constructor(root) {
    this.canvas = h("canvas", { tabindex: "0", role: "img", "aria-label": "Map of the images" });
    this.hover = h(".hover", { hidden: true }, h("img", { alt: "" }), h("span"));
    this.said = h("p.said", { "aria-live": "polite" });
    this.mode = "lasso";
    const tool = (mode, text) => h("button.tool.quiet",
      { type: "button", "aria-pressed": String(this.mode === mode), "data-mode": mode, onclick: () =>
        this.setMode(mode) }, text);
    this.modes = [tool("lasso", "Lasso"), tool("move", "Move")];
    this.legend = h("ul.legend");
    // the grid gives classes to whole images
    this.toGrid = h("button.primary", { type: "button", disabled: true, hidden: isShapes(), onclick: () =>
      openSelection(this.selected, { oneByOne: false }) }, "Open the selection in the grid");
    this.oneByOne = h(isShapes() ? "button.primary" : "button", { type: "button", disabled: true, onclick: () =>
      openSelection(this.selected, { oneByOne: true }) }, "Label the selection one by one");
    this.inView = h("button", { type: "button", onclick: () => this.take(this.plot.inView()) },
      "Select what is in view");
    const plane = h(".plane", this.canvas, this.hover);
    root.className = "map";
    root.replaceChildren(h("section.work", { "aria-label": "Map" },
      h(".bar", h(".texts", h("p.title", "Map of the images"), this.said),
        h(".stage-tools", { role: "toolbar", "aria-label": "Map" }, this.modes,
          h("button.quiet", { type: "button", onclick: () => this.plot.fit() }, "Fit"),
          h("button.quiet", { type: "button", "aria-label": "Zoom in", onclick: () => this.plot.zoom(1.5) }, "+"),
          h("button.quiet", { type: "button", "aria-label": "Zoom out", onclick: () => this.plot.zoom(1 / 1.5) },
            "−"))),
      plane),
    h("aside.side", { "aria-label": "Legend and selection" },
      h("section", h("header", h("h2", "Classes")), this.legend),
      h("section.act", this.toGrid, this.oneByOne, this.inView,
        h("p.soft", "Near points look alike. Draw a line around points to select them, or choose a class above. ",
          "Arrow keys move the map, + and − zoom, a click opens an image."))));
    this.off = [on("theme", () => this.recolor()), on("told", () => this.load())];
    this.plot = new Plot(plane, this.canvas);
    this.listen();
    takeKeys(({ action, key }) => this.key(action, key));
    this.load();
  }

  close() {
    this.closed = true;
    clearTimeout(this.again);
    this.plot.close();
    this.off.forEach(off => off());
  }

  async load() {
    if (!this.ids) this.said.textContent = "Loading…";
    clearTimeout(this.again);
    const asked = this.asked = (this.asked ?? 0) + 1, isGone = () => this.closed || asked !== this.asked;
    try {
      const { ids, x, y, classes } = await get("map");
      if (isGone()) return;
      const same = this.ids?.length === ids.length && ids.every((id, i) => id === this.ids[i]);
      Object.assign(this, { ids, classes });
      Object.assign(this.plot, { xs: Float32Array.from(x), ys: Float32Array.from(y) });
      this.canvas.setAttribute("aria-label", `Map of ${plural(ids.length, "image")}`);
      this.recolor();
      if (same) return;                              // zoom and selection stay
      this.take(() => false);
      this.plot.fit();
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

  /** A colour a point, by its class, and what the colours mean. */
  recolor() {
    if (!this.ids) return;
    const plain = getComputedStyle(this.canvas).getPropertyValue("--point").trim();
    const counts = new Map();
    const names = this.ids.map((_, i) => this.classNameOf(i));
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    this.legend.replaceChildren(...[...counts].sort((a, b) => b[1] - a[1]).slice(0, 30).map(([name, n]) =>
      h("li", h("button.quiet", { type: "button", title: "Select these images",
        onclick: () => this.take(i => this.classNameOf(i) === name) },
      name === null ? h("span.swatch", { css: { "--c": plain } }) : swatch(name),
      h("span.what", name ?? "no label"), h("span.count.soft", n.toLocaleString("en"))))));
    this.plot.color(names.map(name => name === null ? plain : colorOf(name)), names.map(name => name !== null));
  }

  setMode(mode) {
    this.mode = mode;
    this.canvas.classList.toggle("moving", mode === "move");
    this.modes.forEach(b => b.setAttribute("aria-pressed", String(b.dataset.mode === mode)));
  }

  listen() {
    const { canvas: c, plot } = this;
    let from = null, moved = 0;
    const at = e => [e.offsetX, e.offsetY];
    c.addEventListener("wheel", e => { e.preventDefault(); plot.zoom(Math.exp(-e.deltaY * 0.0016), ...at(e)); },
      { passive: false });
    c.addEventListener("pointerdown", e => {
      if (!plot.ready) return;
      (from = at(e)), (moved = 0);
      c.setPointerCapture(e.pointerId);
      if (this.mode === "lasso" && e.button === 0) plot.lasso = [from];
    });
    c.addEventListener("pointermove", e => {
      const p = at(e);
      if (!from) return this.look(p);
      moved += Math.abs(p[0] - from[0]) + Math.abs(p[1] - from[1]);
      if (plot.lasso.length) plot.lasso.push(p), plot.draw();
      else plot.move(p[0] - from[0], p[1] - from[1]);
      from = p;
    });
    c.addEventListener("pointerup", e => {
      if (!from) return;
      from = null;
      if (moved < 5) this.pick(at(e));
      else if (plot.lasso.length > 2) this.take(plot.inside(plot.lasso));
      plot.lasso = [];
      plot.draw();
    });
    c.addEventListener("pointerleave", () => { this.hover.hidden = true; });
  }

  key(action, key) {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[key];
    if (action === "undo") return undo(), true;
    if (!this.plot.ready) return false;
    if (step) this.plot.move(...step);
    else if (action === "zoomIn") this.plot.zoom(1.5);
    else if (action === "zoomOut") this.plot.zoom(1 / 1.5);
    else if (action === "fit") this.plot.fit();
    else if (key === "Escape") this.take(() => false);
    else if (action === "confirm" && this.plot.selected) openSelection(this.selected);
    else return false;
    return true;
  }

  look(p) {
    if (!this.plot.ready) return;
    const i = this.plot.nearest(p);
    this.hover.hidden = i < 0;
    if (i < 0) return;
    const [img, text] = this.hover.children;
    const src = tile({ id: this.ids[i] });
    if (img.getAttribute("src") !== src) img.setAttribute("src", src);
    text.textContent = this.classNameOf(i) ?? "no label";
    this.hover.style.setProperty("left", `${Math.min(p[0] + 14, this.plot.plane.clientWidth - 134)}px`);
    this.hover.style.setProperty("top", `${Math.min(p[1] + 14, this.plot.plane.clientHeight - 156)}px`);
  }

  pick(p) {
    const i = this.plot.nearest(p);
    if (i >= 0) location.hash = `#label?image=${encodeURIComponent(this.ids[i])}`;
    else this.take(() => false);
  }

  take(inside) {
    const chosen = Uint8Array.from(this.ids, (_, i) => inside(i) ? 1 : 0);
    const n = chosen.reduce((a, b) => a + b, 0);
    this.plot.selected = n ? chosen : null;
    this.toGrid.disabled = this.oneByOne.disabled = n === 0;
    this.said.textContent = n ? `${plural(n, "image")} selected of ${this.ids.length.toLocaleString("en")}`
      : this.ids.length ? plural(this.ids.length, "image") : "There are no images.";
    this.plot.draw();
  }

  /** Ids of the selected images. */
  get selected() { return this.ids.filter((_, i) => this.plot.selected[i]); }
}
