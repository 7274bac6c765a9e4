// One image at a time: a key labels it and shows the next.
import { get } from "./api.js";
import { chosenOf, keepChosen, keptOf } from "./choices.js";
import { chip, ClassList, swatch } from "./classes.js";
import { h, percent, plural, toast } from "./dom.js";
import { keepDrawing, unsaved } from "./drawings.js";
import { factsOf, stateText, suggestionsOf } from "./facts.js";
import { firstKeyOf, lettersSearch, shown, takeKeys, tooltip } from "./keys.js";
import { Panel } from "./panel.js";
import { Queue } from "./queue.js";
import { openSimilar } from "./selection.js";
import { Editor } from "./shapes.js";
import { save, undo } from "./steps.js";
import { isMulti, isShapes, on, project } from "./store.js";
import { Viewer } from "./viewer.js";

const panStep = 80, ofGrid = ["fan", "all"];

let queue = null, viewer = null;      // kept while another view is shown: the images stay decoded
on("decided", images => {
  queue?.decided(images);
  if (isMulti()) images.forEach(i => keepChosen(i, null));
});

export class LabelView {
  constructor(root, { image = null, split = "pool", selection = null } = {}) {
    this.stage = h("div.stage", { tabindex: "0", role: "group", "aria-label": "Image to label" });
    this.stage.id = "stage";
    this.title = h("p.title");
    this.facts = h("p.facts");
    this.given = h("p.given", { "aria-live": "polite" });
    this.list = new ClassList(name => this.choose(name), { of: () => queue.current?.image.id });
    this.panel = new Panel();
    this.note = h(".empty", { hidden: true });
    this.start = this.chosen = new Set();
    this.drawing = h(".bar.drawing", { role: "toolbar", "aria-label": "Shapes", hidden: !isShapes() });
    this.tools = h(".stage-tools", { role: "toolbar", "aria-label": "Image" });
    const side = h("aside.side", { "aria-label": "Classes and progress" }, this.list.element, this.panel.element);
    root.className = "label";
    root.replaceChildren(h("section.work", { "aria-label": "Image" },
      h(".bars", h(".bar", h(".texts", this.title, this.facts), this.tools), this.drawing),
        h(".stage-box", this.stage, this.note), this.given), side);

    viewer = new Viewer(this.stage);
    if (queue && queue.split === split && queue.selection === selection) queue.viewer = viewer;
    else {
      queue?.close();
      queue = new Queue(viewer, { split, selection });
    }
    this.editor = isShapes() ? new Editor(viewer, this) : null;
    viewer.changed = () => this.editor?.redraw();
    viewer.busy = e => this.editor?.busy(e) ?? false;
    this.fillTools();
    this.off = [
      on("queue", () => this.arrived()), on("undone", images => this.undone(images)),
      on("refused", images => this.undone(images)), on("project", () => this.classesChanged()),
      on("told", images => { images.forEach(i => queue.update(i)); this.describe(); }),
    ];
    takeKeys(use => this.key(use));
    this.open(image);
  }

  close() {
    this.closed = true;
    this.leave(queue.current?.image);
    this.off.forEach(off => off());
    this.list.close();
    this.panel.close();
  }

  async open(id) {
    id ??= isShapes() ? unsaved()?.image : isMulti() ? [...chosenOf().keys()].at(-1) : null;
    if (id) {
      try {
        const image = await get(`images/${encodeURIComponent(id)}`);
        if (this.closed) return;                     // another view, or another image, was asked for meanwhile
        queue.goTo(image);
      } catch (e) {
        if (this.closed) return;
        toast(e.message, "bad");
        if (e.status === 404) isShapes() ? keepDrawing(Number(id), null) : keepChosen({ id: Number(id) }, null);
        this.leaveAddress();
      }
    }
    this.show();
    await queue.fill();
    if (!this.closed) this.arrived();
  }

  /** What is shown is not the image that the address names. */
  leaveAddress() {
    const [view, values] = location.hash.split("?"), others = new URLSearchParams(values);
    others.delete("image");
    window.history.replaceState(null, "", `${view || "#label"}${`${others}` && `?${others}`}`);
  }

  /** Names, keys or colours: the picture, its zoom and what is drawn on it stay. */
  classesChanged() {
    this.describe();
    this.editor?.redraw();
  }

  arrived() {
    if (!viewer.slot || viewer.slot !== queue.current) this.show();
  }

  /** Shows the current image. Only texts and one class name change: this must take a few milliseconds. */
  show() {
    const slot = queue.current;
    viewer.show(slot);
    this.since = performance.now();
    this.stage.dataset.image = slot?.image.id ?? "";
    this.start = new Set(slot?.image.classes ?? []);
    if (isMulti() && slot?.image.state === "unlabelled")
      suggestionsOf(slot.image).forEach(s => this.start.add(s.class));
    this.chosen = new Set((isMulti() && slot && keptOf(slot.image)) || this.start);
    if (isMulti() && slot && !this.touched) keepChosen(slot.image, null);
    this.editor?.open(slot?.image ?? null);
    this.describe();
    queue.prepare();
  }

  /** The classes are others than at first: whoever switches one on and off has changed nothing. */
  get touched() {
    return this.chosen.size !== this.start.size || [...this.chosen].some(name => !this.start.has(name));
  }

  describe() {
    const image = queue.current?.image;
    this.stage.classList.toggle("off", !image);
    this.note.hidden = !!image;
    if (!image) return void this.explain();
    this.title.textContent = image.name;
    this.facts.replaceChildren(...factsOf(image));
    this.list.press(isMulti() ? this.chosen : isShapes() ? [this.editor.className] : image.classes);
    this.stage.setAttribute("aria-label", `Image ${image.name}. ${stateText(image)}`);
    const [suggestion] = isMulti() ? [] : suggestionsOf(image);
    const sure = new Map(isMulti() && image.state === "unlabelled"
      ? suggestionsOf(image).map(s => [s.class, s.probability]) : []);
    this.given.replaceChildren(...[
      image.leased && !queue.done.has(image.id) && h("span.taken", "This image is on somebody else's screen."),
      image.state !== "unlabelled" && h("span.state", { "data-state": image.state }, stateText(image)),
      isShapes() ? [this.editor.words(), this.saveButton()] : isMulti() ? this.severalOf(sure)
        : image.classes.map(chip),
      suggestion && image.state === "unlabelled" && this.suggested(suggestion),
      image.reason && h("span.reason", { title: "Why the strategy chose this image" }, `Chosen: ${image.reason}`),
    ].flat(2).filter(Boolean));
  }

  /** The classes that Enter saves; those that the head suggests are among them, each with its probability. */
  severalOf(sure) {
    return [
      ...[...this.chosen].map(name => sure.has(name)
        ? h("span.suggestion", "Suggestion: ", chip(name), ` ${percent(sure.get(name))} `) : chip(name)),
      this.chosen.size ? null : h("span.soft", "None of the classes"), this.saveButton(),
    ];
  }

  suggested({ class: name, probability }) {
    const words = ["Suggestion: ", swatch(name), h("strong", name), ` ${percent(probability)} `];
    return isShapes() ? h("span.suggestion", words) : this.confirmButton(".suggestion", words);
  }

  saveButton() { return this.confirmButton("", "Save"); }

  /** What Enter does, for a finger too. */
  confirmButton(kind, ...words) {
    return h(`button.save${kind}`, { type: "button", onclick: e => {
      if (e.detail) e.currentTarget.blur();
      this.key({ action: "confirm" });
    } }, words, h("kbd", { "aria-hidden": "true" }, shown(firstKeyOf("confirm"))));
  }

  explain() {
    this.title.textContent = "";
    this.facts.replaceChildren();
    this.given.replaceChildren();
    const again = h("button", { type: "button", onclick: async () => {
      await queue.again();
      if (!this.closed) this.show();
    } }, "Show the skipped images again");
    const toMap = h("a.button", { href: "#map" }, "Back to the map");
    this.note.replaceChildren(...(queue.error?.status === 404 ? [h("p", "This selection no longer exists."), toMap]
      : queue.error ? [h("p", `No images: ${queue.error.message}.`)]
      : !queue.empty ? [h("p", "Loading images…")]
      : queue.skipped.size ? [h("p", `Only skipped images are left: ${plural(queue.skipped.size, "image")}.`), again]
      : queue.others ? [h("p", `Other pages have the remaining ${plural(queue.others, "image")}.`),
        h("p", "The page asks again every few seconds.")]
      : this.finished(toMap)));
  }

  /** Nothing is left to label here: what can be done next. */
  finished(toMap) {
    const { test, testLabelled } = project.counts, link = (href, text) => h("a.button", { href }, text);
    if (queue.selection) return [h("p", "All images of the selection have labels."), toMap];
    if (queue.split === "test") return [h("p", test ? "All test images have labels."
      : "There is no test set. The command vaal init --test 10% draws one."), link("#label", "Label pool images")];
    return [h("p", "All images have labels."),
      testLabelled < test ? link("#label?split=test", "Label test images") : null,
      h("p", "The command ", h("code", "vaal export"), " writes the labels to a file, and ", h("code", "vaal train"),
        " fits a model to them.")].filter(Boolean);
  }

  fillTools() {
    const button = (name, sign, action, kind = "") => h(`button.quiet${kind}`, { type: "button", "aria-label": name,
      ...tooltip(name, action), onclick: e =>
        { if (e.detail) e.currentTarget.blur(); this.key({ action }); } }, sign);
    // a finger draws shapes, and two zoom everything else: only a phone leaves these out
    const test = queue.split === "test", zoom = isShapes() ? "" : ".zoom";
    this.drawing.replaceChildren(...(this.editor?.tools() ?? []));
    this.tools.replaceChildren(
      button("Back to the image before", "←", "back"), button("Skip", "→", "next"), button("Undo", "↶", "undo"),
      button("Unsure", "Unsure", "unsure"), button("Unusable image", "Unusable", "unusable"),
      button("Similar images", "Similar", "similar"), button("Zoom in", "+", "zoomIn", zoom),
      button("Zoom out", "−", "zoomOut", zoom), button("Fit the image", "Fit", "fit", zoom),
      h("a.button.quiet", { href: test ? "#label" : "#label?split=test" }, test ? "Pool images" : "Test images"));
  }

  /** A key of the page, or a button that does the same: what is being drawn comes first. */
  key({ action, className, letter }) {
    if (viewer.slot !== queue.current) return false;          // it is not on screen yet
    if (this.editor?.key(action)) return true;
    if (className) return this.choose(className), true;
    if (action && !ofGrid.includes(action)) return this.act(action);
    if (letter && lettersSearch()) return this.list.find(letter), true;
    const find = firstKeyOf("find");
    if (letter && !project.classes.length)
      toast(`There is no class yet. ${find ? `Press ${shown(find)} and type` : "Type"} the name of the first one.`);
    return false;
  }

  act(action) {
    const image = queue.current?.image;
    switch (action) {
      case "undo": undo(); return true;
      case "find": this.list.find(); return true;
      case "back": this.leave(image); queue.back(); this.show(); return true;
      case "learn": this.panel.learn(); return true;
    }
    if (!image) return false;
    switch (action) {
      case "next": this.leave(image); queue.next(image.state === "unlabelled"); this.show(); return true;
      case "confirm": return this.confirm(image);
      case "unsure": case "unusable": this.label({ kind: action }); return true;
      case "zoomIn": viewer.zoomBy(1.5); return true;
      case "zoomOut": viewer.zoomBy(1 / 1.5); return true;
      case "fit": viewer.fit(); return true;
      case "panLeft": viewer.pan(-panStep, 0); return true;
      case "panRight": viewer.pan(panStep, 0); return true;
      case "panUp": viewer.pan(0, -panStep); return true;
      case "panDown": viewer.pan(0, panStep); return true;
      case "similar": openSimilar(image.id, () => queue.current?.image.id === image.id); return true;
    }
    return false;
  }

  /** Shapes that were drawn and classes that were chosen are saved also when the image is skipped. What the server
   *  refused waits for a change: it would be refused again, and bring its image back. */
  leave(image) {
    if (image && isMulti() && this.touched) this.label({ kind: "label", classes: [...this.chosen] }, false);
    if (image && this.editor?.dirty && !this.editor.refused)
      this.label({ kind: "shapes", shapes: this.editor.shapes }, false);
  }

  choose(name) {
    if (!queue.current || viewer.slot !== queue.current) return;
    if (isShapes()) return void this.editor.setClass(name);
    if (!isMulti()) return void this.label({ kind: "label", classes: [name] });
    this.chosen.has(name) ? this.chosen.delete(name) : this.chosen.add(name);
    keepChosen(queue.current.image, this.touched ? this.chosen : null);
    this.describe();
  }

  confirm(image) {
    if (isShapes() && image.masks > 0) queue.next(), this.show();           // its masks stay as they are
    else if (isShapes()) this.label({ kind: "shapes", shapes: this.editor.shapes });
    else if (isMulti()) this.label({ kind: "label", classes: [...this.chosen] });
    else if (image.suggestion && image.split !== "test"
      && image.state === "unlabelled") this.label({ kind: "label", classes: [image.suggestion.class] });
    else return false;
    return true;
  }

  label(what, goOn = true) {
    const image = queue.current?.image;
    if (!image) return;
    const drawn = what.kind === "shapes" ? null : this.editor?.drawn;         // by undo of a mark it is there again
    save([{ image, ms: Math.round(performance.now() - this.since), drawn, ...what }]);
    queue.done.add(image.id);
    queue.skipped.delete(image.id);
    this.start = new Set(this.chosen);
    this.editor?.saved(image);
    if (!goOn) return;
    queue.next();
    this.show();
  }

  undone(images) {
    images.forEach(i => { if (i.state === "unlabelled") queue.done.delete(i.id); });
    queue.goTo(images[0]);
    this.show();
  }
}
