// Boxes, polygons and brush strokes over one image, in pixels of the original image.
// A mouse, a finger and the keys all do the same few changes; each goes through `change`, which a step back undoes.
import { h, plural, s, toast } from "./dom.js";
import { swatch } from "./classes.js";
import { firstKeyOf, shown } from "./keys.js";
import { colorOf, project, remember, remembered } from "./store.js";
import { area, outlineOf, raster, simplified } from "./outline.js";

const tools = { select: "Select", box: "Box", polygon: "Polygon", brush: "Brush" };
const grip = 9;           // how near the pointer must be, in screen pixels
let brushSize = 24;       // in screen pixels: a finer brush is a deeper zoom
let lastShapes = [];      // of the image that was saved last, for "copy"
let chosenClass = null, chosenTool = "box";

/** What an earlier page has drawn and not saved: { image, shapes }, or null. */
export const unsaved = () => remembered(`drawn.${project.id}`, null);

export class Editor {
  /** owner: the view; it is told what changed by describe(). */
  constructor(viewer, owner) {
    this.viewer = viewer;
    this.owner = owner;
    this.shapes = [];
    this.past = [];
    this.selected = -1;
    this.draft = null;        // what is being drawn: { kind, points }
    this.drag = null;
    this.image = null;
    chosenClass ??= project.classes[0]?.name ?? null;
    this.layer = s("g");
    const stage = viewer.stage;
    this.handlers = {
      pointerdown: e => this.down(e), pointermove: e => this.moved(e), pointerup: e => this.up(e),
        pointercancel: () => this.cancel(),
      dblclick: e => { if (this.draft?.kind === "polygon") { e.stopImmediatePropagation(); this.finishPolygon(); } },
      contextmenu: e => { if (this.draft) { e.preventDefault(); this.finishPolygon(); } },
      keydown: e => this.keyDown(e),
    };
    for (const [name, handler] of Object.entries(this.handlers)) stage.addEventListener(name, handler);
  }

  get className() { return this.shapes[this.selected]?.class ?? chosenClass; }
  get dirty() { return this.past.length > 0; }

  open(image) {
    this.image = image;
    this.shapes = structuredClone(image?.shapes ?? []);
    this.past = [];
    const kept = unsaved();
    if (image && kept?.image === image.id) (this.past = [this.shapes]), (this.shapes = kept.shapes);
    this.selected = -1;
    this.draft = this.drag = null;
    if (image) this.viewer.slot.overlay.append(this.layer);
    this.redraw();
  }

  saved(image) {
    lastShapes = structuredClone(this.shapes);
    this.past = [];
    this.keep();
  }

  /** Shapes that are drawn and not yet saved outlive a reload of the page. */
  keep() { remember(`drawn.${project.id}`, this.dirty ? { image: this.image.id, shapes: this.shapes } : null); }

  /** The pointer belongs to the editor, except for the middle button and two fingers. */
  busy(e) { return this.image !== null && e.button !== 1
    && !(chosenTool === "select" && this.hit(e) === null && !this.draft); }

  /** Does a change that Z takes back before the image is left. */
  change(what) {
    if (this.image.masks > 0) {
      const masks = plural(this.image.masks, "mask");
      return void toast(`This image has ${masks} of pixels, which this page cannot edit.`, "bad");
    }
    const before = structuredClone(this.shapes);
    what();
    this.past.push(before);
    this.keep();
    this.redraw();
    this.owner.describe();
  }

  // ---- tools and keys

  tools() {
    this.buttons = Object.entries(tools).map(([tool, text]) =>
      h("button.tool.quiet", { type: "button", "aria-pressed": String(chosenTool === tool), "data-tool": tool,
      title: `${text} (${shown(firstKeyOf(tool))})`, onclick: e =>
        { if (e.detail) e.currentTarget.blur(); this.setTool(tool); } }, text));
    this.size = h("input", { type: "range", min: 4, max: 80, value: brushSize, "aria-label": "Size of the brush",
      hidden: chosenTool !== "brush",
      oninput: () => { brushSize = Number(this.size.value); } });
    const button = (label, text, action) => h("button.quiet",
      { type: "button", title: label, "aria-label": label, onclick: e =>
        { if (e.detail) e.currentTarget.blur(); this.key(action); } }, text);
    return [...this.buttons, this.size, button("Copy last image's shapes", "Copy last", "copy"),
      button("Delete the shape", "Delete", "remove"), this.hint = h("span.soft.hint", hintOf(chosenTool))];
  }

  setTool(tool) {
    chosenTool = tool;
    this.draft = null;
    this.buttons?.forEach(b => b.setAttribute("aria-pressed", String(b.dataset.tool === tool)));
    if (this.size) this.size.hidden = tool !== "brush";
    this.hint?.replaceChildren(...hintOf(tool));
    this.viewer.stage.dataset.tool = tool;
    this.redraw();
  }

  setClass(name) {
    chosenClass = name;
    if (this.shapes[this.selected]) this.change(() => { this.shapes[this.selected].class = name; });
    this.owner.describe();
    this.redraw();
  }

  /** An action of the keys; true when it was used here. */
  key(action) {
    if (!this.image) return false;
    if (tools[action]) return this.setTool(action), true;
    switch (action) {
      case "remove":
        if (this.selected < 0) return false;
        this.change(() => this.shapes.splice(this.selected, 1));
        this.selected = -1;
        this.redraw();
        return true;
      case "copy":
        if (!lastShapes.length) return true;
        this.change(() => this.shapes.push(...structuredClone(lastShapes).map(x => this.inside(x))));
        return true;
      case "undo":
        if (this.draft) return this.draft = null, this.redraw(), true;
        if (!this.past.length) return false;
        this.shapes = this.past.pop();
        this.keep();
        this.selected = -1;
        this.redraw();
        this.owner.describe();
        return true;
      case "confirm":
        if (this.draft?.kind !== "polygon") return false;
        this.finishPolygon();
        return true;
    }
    return false;
  }

  // With the stage in focus: arrows move the selected shape, Alt and arrows resize it, N draws a box in the middle,
  // [ and ] go through the shapes.
  keyDown(e) {
    if (!this.image) return;
    const step = e.ctrlKey ? 10 : 1;
    const [dx, dy] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step],
      ArrowDown: [0, step] }[e.key] ?? [0, 0];
    const shape = this.shapes[this.selected];
    if ((dx || dy) && shape && !e.shiftKey) {
      this.change(() => { this.shapes[this.selected] = e.altKey ? this.resized(shape, dx, dy)
        : this.shifted(shape, dx, dy); });
    } else if (e.key === "n" && !e.ctrlKey) {
      const { width, height } = this.image;
      this.add({ kind: "box", class: this.className,
        points: [[Math.round(width * 0.3), Math.round(height * 0.3)],
          [Math.round(width * 0.7), Math.round(height * 0.7)]] });
    } else if (e.key === "[" || e.key === "]") {
      const n = this.shapes.length;
      if (n) this.select((this.selected + (e.key === "]" ? 1 : n - 1) + (this.selected < 0 && e.key === "[" ? 1
        : 0)) % n);
    } else if (e.key === "Escape" && (this.draft || this.selected >= 0)) {
      this.draft = null;
      this.select(-1);
    } else return;
    e.preventDefault();
    e.stopPropagation();
  }

  select(index) {
    this.selected = index;
    this.redraw();
    this.owner.describe();
  }

  add(shape) {
    if (!shape.class) return;
    this.change(() => this.shapes.push(shape));
    this.select(this.shapes.length - 1);
  }

  // ---- the pointer

  at(e) {
    const [x, y] = this.viewer.toImage(e.clientX, e.clientY);
    return this.clamp([x, y]);
  }

  /** Inside the image, at the nearest corner of a pixel. */
  clamp([x, y]) {
    const { width, height } = this.image;
    return [Math.max(0, Math.min(width, Math.round(x))), Math.max(0, Math.min(height, Math.round(y)))];
  }

  down(e) {
    if (!this.image || e.button === 1 || (e.button === 2 && this.draft)) return;
    if (e.button !== 0) return;
    const point = this.at(e), hit = this.hit(e);
    const draws = chosenTool !== "select" && !(hit?.corner >= 0 && hit.shape === this.selected);
    if (!this.draft && !draws && hit) {
      this.select(hit.shape);
      this.drag = { ...hit, from: point, original: structuredClone(this.shapes[hit.shape]),
        before: structuredClone(this.shapes) };
    } else if (chosenTool === "box") {
      this.draft = { kind: "box", points: [point, point] };
    } else if (chosenTool === "brush") {
      this.draft = { kind: "brush", points: [this.viewer.toImage(e.clientX, e.clientY)],
        radius: brushSize / 2 / this.viewer.scale(), erase: e.altKey };
    } else if (chosenTool === "polygon") {
      if (this.draft && this.draft.points.length > 2
        && this.near(this.draft.points[0], e)) return void this.finishPolygon();
      this.draft ??= { kind: "polygon", points: [], free: point };
      const last = this.draft.points.at(-1);
      if (!last || last[0] !== point[0] || last[1] !== point[1]) this.draft.points.push(point);
    } else {
      this.select(-1);
      return;
    }
    try { this.viewer.stage.setPointerCapture(e.pointerId); } catch { /* a pointer that is gone already */ }
    this.redraw();
  }

  moved(e) {
    if (!this.image) return;
    const point = this.at(e);
    if (this.drag) this.dragTo(point);
    else if (this.draft?.kind === "box" && e.buttons) this.draft.points[1] = point;
    else if (this.draft?.kind === "brush" && e.buttons) this.draft.points.push(this.viewer.toImage(e.clientX,
      e.clientY));
    else if (this.draft?.kind === "polygon") this.draft.free = point;
    else return;
    this.redraw();
  }

  up() {
    if (this.drag) {
      const { before } = this.drag;
      this.drag = null;
      if (JSON.stringify(before) !== JSON.stringify(this.shapes)) this.past.push(before);
      this.keep();
    } else if (this.draft?.kind === "box") {
      const box = ordered(this.draft.points);
      this.draft = null;
      if (box[1][0] - box[0][0] >= 1 && box[1][1] - box[0][1] >= 1) this.add({ kind: "box", class: this.className,
        points: box });
      else this.select(-1);
    } else if (this.draft?.kind === "brush") this.finishStroke();
    this.redraw();
    this.owner.describe();
  }

  cancel() {
    if (this.drag) this.shapes = this.drag.before;
    if (this.draft?.kind !== "polygon") this.draft = null;
    this.drag = null;
    this.redraw();
  }

  finishPolygon() {
    const points = this.draft?.points ?? [];
    this.draft = null;
    if (points.length > 2 && area(points) > 0) this.add({ kind: "polygon", class: this.className, points });
    else this.redraw();
  }

  /** A stroke becomes its outline; with Alt it takes its pixels out of the painted shapes. */
  finishStroke() {
    const { points, radius, erase } = this.draft, { width, height } = this.image;
    this.draft = null;
    if (!erase) {
      const outlines = outlineOf(raster(width, height, c => stroke(c, points, radius)));
      this.change(() => this.shapes.push(...outlines.map(p => ({ kind: "brush", class: this.className, points: p }))));
      this.selected = this.shapes.length - 1;
      return;
    }
    this.change(() => {
      this.shapes = this.shapes.flatMap(shape => shape.kind !== "brush" ? [shape]
        : outlineOf(raster(width, height, c => {
        fill(c, ringsOf(shape));
        c.globalCompositeOperation = "destination-out";
        stroke(c, points, radius);
      })).map(p => ({ kind: "brush", class: shape.class, points: p })));
    });
    this.selected = -1;
  }

  dragTo(point) {
    const { shape, corner, from, original } = this.drag;
    const dx = point[0] - from[0], dy = point[1] - from[1];
    if (corner < 0) return void (this.shapes[shape] = this.shifted(original, dx, dy));
    const next = structuredClone(original);
    if (original.kind === "box") {
      const [[l, t], [r, b]] = original.points;
      const [x, y] = point, [h, v] = sides[corner];
      next.points = ordered([[h < 0 ? x : l, v < 0 ? y : t], [h > 0 ? x : r, v > 0 ? y : b]]);
    } else next.points[corner] = point;
    this.shapes[shape] = next;
  }

  shifted(shape, dx, dy) {
    const { xs, ys } = sidesOf(shape), { width, height } = this.image;
    dx = Math.max(-Math.min(...xs), Math.min(width - Math.max(...xs), dx));
    dy = Math.max(-Math.min(...ys), Math.min(height - Math.max(...ys), dy));
    return moved(shape, ([x, y]) => [x + dx, y + dy]);
  }

  /** The right lower corner of a box; other shapes grow about their left upper corner. */
  resized(shape, dx, dy) {
    const { xs, ys } = sidesOf(shape);
    const l = Math.min(...xs), t = Math.min(...ys), w = Math.max(...xs) - l, v = Math.max(...ys) - t;
    const fx = Math.max(1, w + dx) / w, fy = Math.max(1, v + dy) / v;
    return this.inside(moved(shape, ([x, y]) => [l + (x - l) * fx, t + (y - t) * fy]));
  }

  inside(shape) {
    const { width, height } = this.image;
    return moved(shape, ([x, y]) => [Math.max(0, Math.min(width, x)), Math.max(0, Math.min(height, y))]);
  }

  // ---- what lies under the pointer

  near([x, y], e) {
    const [px, py] = this.viewer.toImage(e.clientX, e.clientY);
    return Math.hypot(px - x, py - y) * this.viewer.scale() <= grip;
  }

  /** The shape and its corner under the pointer: the selected one first, then the smallest. */
  hit(e) {
    if (!this.image || !this.viewer.slot) return null;
    const chosen = this.shapes[this.selected];
    if (chosen) {
      const corner = corners(chosen).findIndex(p => p && this.near(p, e));
      if (corner >= 0) return { shape: this.selected, corner };
    }
    const p = this.viewer.toImage(e.clientX, e.clientY);
    const under = this.shapes.map((shape, i) => [i, shape]).filter(([, shape]) => contains(shape, p));
    under.sort(([, a], [, b]) => area(ringsOf(a)[0]) - area(ringsOf(b)[0]));
    return under.length ? { shape: under[0][0], corner: -1 } : null;
  }

  // ---- drawing

  redraw() {
    if (!this.image || !this.viewer.slot) return;
    const k = this.viewer.scale(), size = grip / k;
    const parts = this.shapes.map((shape, i) => s("g",
      { class: i === this.selected ? "shape on" : "shape", "data-class": shape.class },
      s("path", { d: ringsOf(shape).map(ring => `M${ring.map(p => p.join(" ")).join("L")}Z`).join(""),
        stroke: colorOf(shape.class), fill: colorOf(shape.class), "fill-rule": "evenodd" }), this.nameOf(shape, k)));
    const chosen = this.shapes[this.selected];
    if (chosen && chosen.kind !== "brush") {
      parts.push(...corners(chosen).map(([x, y]) =>
        s("rect", { class: "grip", x: x - size / 2, y: y - size / 2, width: size, height: size,
          stroke: colorOf(chosen.class) })));
    }
    if (this.draft) parts.push(...this.drawDraft(k));
    this.layer.replaceChildren(...parts);
    const n = this.shapes.length;
    this.viewer.stage.dataset.shapes = n;
    this.viewer.stage.dataset.tool = chosenTool;
  }

  /** The class, at the upper end of the shape, as large at each zoom. */
  nameOf(shape, k) {
    const { xs, ys } = sidesOf(shape), top = Math.min(...ys), size = 12 / k, x = xs[ys.indexOf(top)];
    return s("text", { x: Math.min(x + 2 / k, this.image.width - 4 * size), y: Math.max(top - size / 3, size),
      "font-size": size, "stroke-width": 3 / k }, shape.class);
  }

  drawDraft(k) {
    const { kind, points, free, radius, erase } = this.draft, color = colorOf(this.className);
    const list = pts => pts.map(p => p.join(",")).join(" ");
    if (kind === "box") return [s("polygon", { class: "draft",
      points: list(ringsOf({ kind, points: ordered(points) })[0]), stroke: color, fill: "none" })];
    if (kind === "brush") return [s("polyline", { class: erase ? "stroke erase" : "stroke",
      points: list(points.length > 1 ? points : [points[0], points[0]]), stroke: color, "stroke-width": 2 * radius,
        fill: "none" })];
    return [s("polyline", { class: "draft", points: list([...points, free]), stroke: color, fill: "none" }),
      ...points.map(([x, y]) => s("circle", { class: "grip", cx: x, cy: y, r: grip / 2 / k, stroke: color }))];
  }

  /** For the line below the image. */
  words() {
    const counts = new Map();
    for (const shape of this.shapes) counts.set(shape.class, (counts.get(shape.class) ?? 0) + 1);
    return [...counts].map(([name, n]) => h("span.chip", swatch(name), n > 1 ? `${name} × ${n}` : name));
  }
}

const hintOf = tool => ({
  select: ["Arrows move a shape, ", h("kbd", "Alt"), " and arrows resize it, ", h("kbd", "["), " ", h("kbd", "]"),
    " choose another"],
  box: ["Drag to draw a box; ", h("kbd", "N"), " draws one by keys"],
  polygon: ["Click the corners; ", h("kbd", shown(firstKeyOf("confirm"))), " or a double click closes the polygon"],
  brush: ["Drag to paint; with ", h("kbd", "Alt"), " it erases"],
})[tool];

/** Corners and middles of the sides of a box, as (left or right, top or bottom). */
const sides = [[-1, -1], [0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0]];

function corners(shape) {
  if (shape.kind !== "box") return shape.kind === "brush" ? [] : shape.points;
  const [[l, t], [r, b]] = shape.points;
  return sides.map(([x, y]) => [x < 0 ? l : x > 0 ? r : (l + r) / 2, y < 0 ? t : y > 0 ? b : (t + b) / 2]);
}

const ordered = ([[ax, ay], [bx, by]]) => [[Math.min(ax, bx), Math.min(ay, by)], [Math.max(ax, bx), Math.max(ay, by)]];

/** The closed lines of a shape; an imported one may have several. */
function ringsOf({ kind, points, rings }) {
  if (kind !== "box") return rings ?? [points];
  const [[l, t], [r, b]] = points;
  return [[[l, t], [r, t], [r, b], [l, b]]];
}

const moved = (shape, move) =>
  ({ ...shape, points: shape.points?.map(move) ?? null, rings: shape.rings?.map(ring => ring.map(move)) });

function sidesOf(shape) {
  const points = ringsOf(shape).flat();
  return { xs: points.map(p => p[0]), ys: points.map(p => p[1]) };
}

/** Even and odd crossings of a ray to the right. */
function contains(shape, [x, y]) {
  let inside = false;
  for (const points of ringsOf(shape)) for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [ax, ay] = points[i], [bx, by] = points[j];
    if (ay > y !== by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

function stroke(c, points, radius) {
  c.lineCap = c.lineJoin = "round";
  c.lineWidth = Math.max(1, 2 * radius);
  c.beginPath();
  c.moveTo(...points[0]);
  for (const p of simplified(points, radius / 8)) c.lineTo(...p);
  c.lineTo(points.at(-1)[0] + 1e-3, points.at(-1)[1]);
  c.stroke();
}

function fill(c, rings) {
  c.beginPath();
  for (const points of rings) {
    points.forEach(([x, y], i) => i ? c.lineTo(x, y) : c.moveTo(x, y));
    c.closePath();
  }
  c.fill("evenodd");
}
