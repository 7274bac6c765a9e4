// A mouse, a finger or a pen on the image: it draws with the chosen tool, and drags shapes and their corners.
import { painted, rubbed } from "./brush.js";
import { corners, isWithin, ordered, reshaped, ringsOf, shifted } from "./geometry.js";
import { area } from "./outline.js";
import { grip } from "./sketch.js";

export class Pen {
  /** editor: has the shapes, and does every change of them. */
  constructor(viewer, editor) {
    this.viewer = viewer;
    this.editor = editor;
    this.drop();
    const handlers = {
      pointerdown: e => this.down(e), pointermove: e => this.moved(e), pointerup: () => this.up(),
      pointercancel: () => this.cancel(),
      dblclick: e => { if (this.draft?.kind === "polygon") { e.stopImmediatePropagation(); this.finishPolygon(); } },
      contextmenu: e => { if (this.draft) { e.preventDefault(); this.finishPolygon(); } },
    };
    for (const [name, handler] of Object.entries(handlers)) viewer.stage.addEventListener(name, handler);
  }

  /** Forgets what was being drawn or dragged. */
  drop() {
    this.draft = null;        // what is being drawn: { kind, points }
    this.drag = null;
  }

  /** The pointer belongs to the shapes, except for the middle button and two fingers. */
  busy(e) { return this.editor.image !== null && e.button !== 1
    && !(this.editor.tool === "select" && this.hit(e) === null && !this.draft); }

  down(e) {
    const { editor } = this;
    if (!editor.image || e.button === 1 || (e.button === 2 && this.draft)) return;
    if (e.button !== 0) return;
    const point = this.at(e), hit = this.hit(e);
    const erases = editor.tool === "brush" && e.altKey;
    const draws = editor.tool !== "select" && !(hit?.corner >= 0 && hit.shape === editor.selected);
    if (!this.draft && !draws && hit) {
      editor.select(hit.shape);
      if (editor.refuses()) return;
      this.drag = { ...hit, from: point, original: structuredClone(editor.shapes[hit.shape]),
        before: structuredClone(editor.shapes) };
    } else if (editor.tool !== "select" && !erases && editor.lacksClass()) {
      return;
    } else if (editor.tool === "box") {
      this.draft = { kind: "box", points: [point, point] };
    } else if (editor.tool === "brush") {
      this.draft = { kind: "brush", points: [this.viewer.toImage(e.clientX, e.clientY)],
        radius: editor.brushSize / 2 / this.viewer.scale(), erase: erases };
    } else if (editor.tool === "polygon") {
      if (this.draft && this.draft.points.length > 2
        && this.near(this.draft.points[0], e)) return void this.finishPolygon();
      this.draft ??= { kind: "polygon", points: [], free: point };
      const last = this.draft.points.at(-1);
      if (!last || last[0] !== point[0] || last[1] !== point[1]) this.draft.points.push(point);
    } else {
      editor.select(-1);
      return;
    }
    try { this.viewer.stage.setPointerCapture(e.pointerId); } catch { /* a pointer that is gone already */ }
    editor.redraw();
  }

  moved(e) {
    if (!this.editor.image) return;
    const point = this.at(e);
    if (this.drag) this.dragTo(point);
    else if (this.draft?.kind === "box" && e.buttons) this.draft.points[1] = point;
    else if (this.draft?.kind === "brush" && e.buttons) this.draft.points.push(this.viewer.toImage(e.clientX,
      e.clientY));
    else if (this.draft?.kind === "polygon") this.draft.free = point;
    else return;
    this.editor.redraw();
  }

  up() {
    if (this.drag) {
      const { before } = this.drag;
      this.drag = null;
      this.editor.dragged(before);
    } else if (this.draft?.kind === "box") {
      const box = ordered(this.draft.points);
      this.draft = null;
      if (box[1][0] - box[0][0] >= 1 && box[1][1] - box[0][1] >= 1)
        this.editor.add({ kind: "box", class: this.editor.className, points: box });
      else this.editor.select(-1);
    } else if (this.draft?.kind === "brush") this.finishStroke();
    this.editor.show();
  }

  cancel() {
    if (this.drag) this.editor.shapes = this.drag.before;
    if (this.draft?.kind !== "polygon") this.draft = null;
    this.drag = null;
    this.editor.redraw();
  }

  finishPolygon() {
    const points = this.draft?.points ?? [];
    this.draft = null;
    if (points.length > 2) this.editor.add({ kind: "polygon", class: this.editor.className, points });
    this.editor.redraw();
  }

  /** A stroke becomes its outline; with Alt it takes its pixels out of the painted shapes. */
  finishStroke() {
    const { draft, editor } = this;
    const asShapes = (outlines, name) => outlines.map(points => ({ kind: "brush", class: name, points }));
    this.draft = null;
    if (!draft.erase) {
      if (editor.lacksClass()) return;
      editor.change(() => editor.shapes.push(...asShapes(painted(draft, editor.image), editor.className)));
      editor.selected = editor.shapes.length - 1;
      return;
    }
    editor.change(() => {
      editor.shapes = editor.shapes.flatMap(shape => shape.kind !== "brush" ? [shape]
        : asShapes(rubbed(shape, draft, editor.image), shape.class));
    });
    editor.selected = -1;
  }

  dragTo(point) {
    const { shape, corner, from, original } = this.drag, { shapes, image } = this.editor;
    shapes[shape] = corner < 0 ? shifted(original, point[0] - from[0], point[1] - from[1], image)
      : reshaped(original, corner, point);
  }

  // ---- what lies under the pointer

  at(e) {
    const [x, y] = this.viewer.toImage(e.clientX, e.clientY);
    return this.clamp([x, y]);
  }

  /** Inside the image, at the nearest corner of a pixel. */
  clamp([x, y]) {
    const { width, height } = this.editor.image;
    return [Math.max(0, Math.min(width, Math.round(x))), Math.max(0, Math.min(height, Math.round(y)))];
  }

  near([x, y], e) {
    const [px, py] = this.viewer.toImage(e.clientX, e.clientY);
    return Math.hypot(px - x, py - y) * this.viewer.scale() <= grip;
  }

  /** The shape and its corner under the pointer: the selected one first, then the smallest. */
  hit(e) {
    const { image, shapes, selected } = this.editor;
    if (!image || !this.viewer.slot) return null;
    if (shapes[selected]) {
      const corner = corners(shapes[selected]).findIndex(p => p && this.near(p, e));
      if (corner >= 0) return { shape: selected, corner };
    }
    const p = this.viewer.toImage(e.clientX, e.clientY);
    const under = shapes.map((shape, i) => [i, shape]).filter(([, shape]) => isWithin(ringsOf(shape), p));
    under.sort(([, a], [, b]) => area(ringsOf(a)[0]) - area(ringsOf(b)[0]));
    return under.length ? { shape: under[0][0], corner: -1 } : null;
  }
}
