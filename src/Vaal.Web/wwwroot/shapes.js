// Boxes, polygons and brush strokes over one image, in pixels of the original image.
// A mouse, a finger and the keys all do the same few changes; each goes through `change`, which a step back undoes.
import { swatch } from "./classes.js";
import { h, plural, s, toast } from "./dom.js";
import { drawingOf, keepDrawing } from "./drawings.js";
import { inside, isEmpty, resized, shifted } from "./geometry.js";
import { firstKeyOf, lettersSearch, shown, tooltip } from "./keys.js";
import { Pen } from "./pen.js";
import { drawDraft, drawShapes } from "./sketch.js";
import { on, project } from "./store.js";

const tools = { select: "Select", box: "Box", polygon: "Polygon", brush: "Brush" };
let brushSize = 24;       // in screen pixels: a finer brush is a deeper zoom
let lastShapes = [];      // of the image that was saved last, for "copy"
let chosenClass = null, chosenTool = "box", names = [];
on("project", () => {
  const before = names;
  names = project.classes.map(c => c.name);
  // somebody has renamed the class, where there is a new one in its place
  if (!names.includes(chosenClass)) chosenClass = names.find(name => !before.includes(name)) ?? names[0] ?? null;
});

/** What Z takes back of a drawing that was kept: one added shape after the other, down to those that are saved. */
function stepsTo(drawn, saved) {
  const common = Math.min(saved.length, drawn.length);
  const added = drawn.slice(common).map((_, i) => structuredClone(drawn.slice(0, common + i)));
  return JSON.stringify(added[0]) === JSON.stringify(saved) ? added : [saved, ...added];
}

export class Editor {
  /** owner: the view; it is told what changed by describe(). */
  constructor(viewer, owner) {
    this.viewer = viewer;
    this.owner = owner;
    this.shapes = [];
    this.past = [];
    this.selected = -1;
    this.image = null;
    this.layer = s("g");
    this.pen = new Pen(viewer, this);
    viewer.stage.addEventListener("keydown", e => this.keyDown(e));
  }

  get className() { return this.shapes[this.selected]?.class ?? chosenClass; }
  get dirty() { return this.past.length > 0; }
  /** What is not saved; null: nothing. */
  get drawn() { return this.dirty ? structuredClone(this.shapes) : null; }
  get tool() { return chosenTool; }
  get brushSize() { return brushSize; }
  busy(e) { return this.pen.busy(e); }

  open(image) {
    this.image = image;
    this.shapes = structuredClone(image?.shapes ?? []);
    this.past = [];
    const kept = image && drawingOf(image.id);
    this.refused = kept?.refused === true;               // by the server, and not changed since
    if (kept && image.masks > 0) this.keep();            // it can never be saved, and would be opened first for ever
    else if (kept) (this.past = stepsTo(kept.shapes, this.shapes)), (this.shapes = kept.shapes);
    this.selected = -1;
    this.pen.drop();
    if (image) this.viewer.slot.overlay.append(this.layer);
    this.redraw();
  }

  saved(image) {
    lastShapes = structuredClone(this.shapes);
    this.past = [];
    this.keep(image);
  }

  keep({ id } = this.image) { keepDrawing(id, this.dirty ? this.shapes : null); }

  /** After each change: what the server refused may now be what it takes. */
  changed() {
    this.refused = false;
    this.keep();
  }

  /** Shapes that are saved replace the whole label, and its masks would be lost: such an image is not edited. */
  refuses() {
    if (!(this.image.masks > 0)) return false;
    const masks = plural(this.image.masks, "mask");
    toast(`This image has ${masks} of pixels, which this page cannot edit.`, "bad");
    return true;
  }

  /** A shape without a class is not kept: it would be in no export. */
  lacksClass() {
    if (this.className) return false;
    const find = firstKeyOf("find");
    toast(`Add a class first${find ? `, with ${shown(find)}` : ""}.`);
    return true;
  }

  /** Does a change that Z takes back before the image is left. */
  change(what) {
    if (this.refuses()) return;
    const before = structuredClone(this.shapes);
    what();
    this.past.push(before);
    this.changed();
    this.show();
  }

  /** Shapes were dragged in place: a step back shows them as before. */
  dragged(before) {
    const shape = this.shapes[this.selected];
    if (shape && isEmpty(shape)) this.shapes = before;
    if (JSON.stringify(before) === JSON.stringify(this.shapes)) return;
    this.past.push(before);
    this.changed();
  }

  // ---- tools and keys

  tools() {
    this.buttons = Object.entries(tools).map(([tool, text]) =>
      h("button.tool.quiet", { type: "button", "aria-pressed": String(chosenTool === tool), "data-tool": tool,
      ...tooltip(text, tool), onclick: e =>
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
    this.pen.draft = null;
    this.buttons?.forEach(b => b.setAttribute("aria-pressed", String(b.dataset.tool === tool)));
    if (this.size) this.size.hidden = tool !== "brush";
    this.hint?.replaceChildren(...hintOf(tool));
    this.viewer.stage.dataset.tool = tool;
    this.redraw();
  }

  setClass(name) {
    chosenClass = name;
    if (this.shapes[this.selected]) this.change(() => { this.shapes[this.selected].class = name; });
    this.show();
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
        this.copy();
        return true;
      case "undo":
        if (this.pen.draft) return this.pen.draft = null, this.redraw(), true;
        if (!this.past.length) return false;
        this.shapes = this.past.pop();
        this.changed();
        this.selected = -1;
        this.show();
        return true;
      case "confirm":
        if (this.pen.draft?.kind !== "polygon") return false;
        this.pen.finishPolygon();
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
      this.change(() => { this.shapes[this.selected] = (e.altKey ? resized : shifted)(shape, dx, dy, this.image); });
    } else if ((e.key === "n" && !e.ctrlKey && !lettersSearch()) || (e.altKey && e.code === "KeyN")) {
      const { width, height } = this.image;
      this.add({ kind: "box", class: this.className,
        points: [[Math.round(width * 0.3), Math.round(height * 0.3)],
          [Math.round(width * 0.7), Math.round(height * 0.7)]] });
    } else if (e.key === "[" || e.key === "]") {
      const n = this.shapes.length;
      if (n) this.select((this.selected + (e.key === "]" ? 1 : n - 1) + (this.selected < 0 && e.key === "[" ? 1
        : 0)) % n);
    } else if (e.key === "Escape" && (this.pen.draft || this.selected >= 0)) {
      this.pen.draft = null;
      this.select(-1);
    } else return;
    e.preventDefault();
    e.stopPropagation();
  }

  select(index) {
    this.selected = index;
    this.show();
  }

  add(shape) {
    if (this.lacksClass() || isEmpty(shape)) return;
    this.change(() => this.shapes.push(shape));
    this.select(this.shapes.length - 1);
  }

  /** Those of the last image, as far as they lie on this one. */
  copy() {
    if (!lastShapes.length || this.refuses()) return;
    const copies = structuredClone(lastShapes).map(x => inside(x, this.image)).filter(x => !isEmpty(x));
    const left = lastShapes.length - copies.length;
    if (copies.length) this.change(() => this.shapes.push(...copies));
    if (left) toast(`${plural(left, "shape")} left out: ${left === 1 ? "it lies" : "they lie"} outside this image.`);
  }

  // ---- drawing

  /** What the view says of the shapes changes with them. */
  show() {
    this.redraw();
    this.owner.describe();
  }

  redraw() {
    if (!this.image || !this.viewer.slot) return;
    const k = this.viewer.scale();
    this.layer.replaceChildren(...drawShapes(this.shapes, this.selected, k, this.image),
      ...this.pen.draft ? drawDraft(this.pen.draft, this.className, k) : []);
    this.viewer.stage.dataset.shapes = this.shapes.length;
    this.viewer.stage.dataset.tool = chosenTool;
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
  box: ["Drag to draw a box; ", h("kbd", lettersSearch() ? "Alt N" : "N"), " draws one by keys"],
  polygon: ["Click the corners; ", ...firstKeyOf("confirm") ? [h("kbd", shown(firstKeyOf("confirm"))), " or "] : [],
    "a double click closes the polygon"],
  brush: ["Drag to paint; with ", h("kbd", "Alt"), " it erases"],
})[tool];
