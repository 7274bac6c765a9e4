// Many images at once: some are selected, and Enter labels them in one step that Z takes back.
import { get } from "./api.js";
import { ClassList } from "./classes.js";
import { byId, h, plural, sentence, toast, uuid } from "./dom.js";
import { Groups } from "./groups.js";
import { firstKeyOf, lettersSearch, shown, takeKeys } from "./keys.js";
import { isWaitingFor } from "./outbox.js";
import { save, undo } from "./steps.js";
import { isMulti, on, ownName, project, remember, remembered } from "./store.js";
import { Tiles } from "./tiles.js";

const mostGrids = 20, mostTiles = 1000;

// Tiles that somebody took out or in, by the address of their grid. A reload of this tab keeps them so.
const oddTiles = () => new Map(remembered(ownName("odd"), [], "sessionStorage"));
function keepOdd(address, odd) {
  const all = oddTiles();
  all.delete(address);
  if (odd.size) all.set(address, [...odd].slice(-mostTiles));
  remember(ownName("odd"), [...all].slice(-mostGrids), "sessionStorage");
}

export class GridView {
  constructor(root, of) {
    this.of = { by: "cluster", ...of };
    this.count = remembered("tiles", 48);
    this.offset = 0;
    this.list = new ClassList(name => this.aim(name), { title: "Label the tiles as" });
    this.target = new Set();
    this.mark = null;         // unsure or unusable, instead of a class
    this.said = h("p.said", { "aria-live": "polite" });
    this.go = this.button("button.primary", () => this.label());
    this.title = h("p.title");
    this.groups = new Groups(this.of, { say: text => this.say(text), begun: () => this.begin(),
      titled: () => { if (this.of.value) this.title.textContent = this.groups.title; },
      failed: text => { this.failed = true; this.say(text); } });
    this.tiles = new Tiles({ label: "Images of the grid", fan: image => this.fan(image),
      changed: () => { keepOdd(this.address, this.tiles.odd); this.tell(); },
      all: this.groups.selectedAtFirst,
      opened: image => { location.hash = `#label?image=${encodeURIComponent(image.id)}`; } });
    root.className = "grid";
    root.replaceChildren(this.groups.element,
      h("section.work", { "aria-label": "Tiles" }, h(".bar", h(".texts", this.title, this.said), this.tools()),
        this.tiles.element),
      h("aside.side", { "aria-label": "Classes" }, this.list.element, h("section.act", this.go, this.hint())));
    this.off = [on("told", () => { this.load(); this.groups.load(); }), on("learned", () => this.groups.load()),
      on("undone", images => this.undone(images)), on("refused", images => { this.again(images); this.load(); }),
      on("back", () => this.tryAgain())];
    this.left = [];           // steps after which another page was shown, with that of their tiles
    this.mine = new Set();    // images that were labelled here
    takeKeys(use => this.key(use));
    this.begin();
  }

  close() {
    this.closed = true;
    this.groups.close();
    this.off.forEach(off => off());
    this.list.close();
  }

  get address() { return `${this.of.by}=${this.of.value ?? ""}`; }

  begin() {
    this.tiles.odd = new Map(oddTiles().get(this.address));
    if (this.of.by === "class" && this.of.value) this.aim(this.of.value);
    this.tell();
    this.load();
  }

  hint() {
    const key = name => h("kbd", shown(firstKeyOf(name))), many = lettersSearch();
    return h("p.soft", this.groups.selectedAtFirst ? "Space or a click takes a tile out or in; shift takes a range. "
      : ["Nothing is selected at first, as these images need not be alike. Space or a click selects a tile, "
        + "shift selects a range, ", key("all"), " selects all. "],
      many && !firstKeyOf("fan") ? "A click on ×2" : key("fan"), " fans out near-duplicates, ",
      h("kbd", many ? "Alt O" : "O"), " opens an image, ", key("undo"), " takes the last step back.");
  }

  tools() {
    const size = h("select", { "aria-label": "Tiles per page", onchange: () => {
      if (!size.matches(":focus-visible")) size.blur();           // chosen by the mouse
      remember("tiles", Number(size.value));
      this.count = Number(size.value);
      this.load();
    } }, [24, 48, 60].map(n => h("option", { value: n }, `${n} tiles`)));
    size.value = this.count;
    const button = (text, label, action) => this.button("button.quiet", action, { "aria-label": label, title: label },
      text);
    return h(".stage-tools", { role: "toolbar", "aria-label": "Grid" }, size,
      button("All or none", "All or none of the tiles", () => this.tiles.toggleAll()), button("Undo", "Undo", undo),
      this.back = button("←", "Page before", () => this.page(-1)),
        this.on = button("→", "Next page", () => this.page(1)),
        this.forth = h("button", { type: "button", hidden: true, onclick: () => this.groups.next() }, "Next group"));
  }

  /** After a click the keys are those of the tiles again. */
  button(spec, action, ...more) {
    return h(spec, { type: "button", onclick: e => { if (e.detail) e.currentTarget.blur(); action(); } }, more);
  }

  page(by) {
    this.offset = Math.max(0, this.offset + by * this.count);
    this.load();
  }

  async load() {
    if (!this.of.value && this.of.by !== "search") return;
    const generation = this.generation = (this.generation ?? 0) + 1;
    const isGone = () => this.closed || generation !== this.generation, value = this.of.value ?? "";
    const isFirst = this.total === undefined;
    try {
      const answer = this.of.by === "similar"
        ? await get(`similar/${encodeURIComponent(value)}`, { count: this.count })
        : await get("grid", { by: this.of.by, value, count: this.count, offset: this.offset });
      await this.tiles.released();
      if (isGone()) return;
      this.total = answer.total ?? answer.items.length;
      if (!answer.items.length && this.offset > 0) return void this.page(-1);
      // what was decided already is on its way to the server
      this.tiles.fill(answer.items.filter(i => i.state !== "unlabelled" || !isWaitingFor(i.id)));
      this.back.disabled = this.offset === 0;
      this.on.disabled = this.offset + this.count >= this.total;
      this.title.textContent = this.groups.title;
      if (!answer.items.length) this.say("There are no images to show.");
      this.forth.hidden = !this.isDone || !this.groups.follow;
      if (this.mayTakeFocus(isFirst)) this.tiles.move(0, true);
    } catch (e) {
      if (isGone()) return;
      this.failed = true;
      this.say(sentence(e.message));
    }
  }

  /** What somebody types into or works by keys keeps the focus, but for the link that led to this view. */
  mayTakeFocus(isFirst) {
    const has = document.activeElement;
    return has === document.body || has === byId("view") || has?.disabled || (isFirst && byId("views").contains(has));
  }

  /** The server is back. Tiles that are here stay as they are: some may be selected by hand. */
  tryAgain() {
    if (!this.failed) return;
    this.failed = false;
    this.groups.load();
    this.load();
  }

  tell() {
    const { chosen, images } = this.tiles, n = chosen.length, names = [...this.target];
    const labelled = chosen.filter(i => i.state === "labelled").length;
    this.say([`${n} of ${images.length} selected`, labelled > 0 && `${labelled} of them labelled already`,
      this.total > images.length && `${plural(this.total, "image")} in all`].filter(Boolean).join(", "));
    const aimed = this.mark !== null || names.length > 0;
    this.go.disabled = n === 0 || !aimed;
    const what = this.mark ? `Mark ${n} as ${this.mark}` : isMulti() ? `Add ${names.join(", ")} to ${n}`
      : `Label ${n} as ${names.join(", ")}`;
    this.go.replaceChildren(!aimed ? "Choose a class" : n === 0 ? "Select tiles" : what, h("kbd", "↵"));
  }

  say(text) { this.said.textContent = text; }

  aim(name) {
    if (!isMulti()) this.target.clear();
    this.mark = null;
    this.target.has(name) ? this.target.delete(name) : this.target.add(name);
    this.list.press(this.target);
    this.tell();
  }

  /** As a class, a mark is given by Enter: no key alone changes a whole grid. */
  aimAt(mark) {
    this.mark = this.mark === mark ? null : mark;
    this.target.clear();
    this.list.press(this.target);
    this.tell();
  }

  key({ action, className, letter }) {
    if (className) return this.aim(className), true;
    switch (action) {
      case "confirm": this.forth.hidden || this.tiles.chosen.length ? this.label() : this.groups.next(); return true;
      case "undo": undo(); return true;
      case "all": this.tiles.toggleAll(); return true;
      case "fan": if (this.tiles.current) this.fan(this.tiles.current); return true;
      case "unsure": case "unusable": this.aimAt(action); return true;
      case "find": this.list.find(); return true;
    }
    if (!action && letter && lettersSearch()) return this.list.find(letter), true;
    return false;
  }

  /** Labels what is selected as one step, and shows what comes after it. */
  label() {
    const images = this.tiles.chosen, kind = this.mark ?? "label", classes = [...this.target];
    if (!images.length || (kind === "label" && !classes.length)) return;
    // where an image may have several classes, those that it has stay: somebody may have added one meanwhile
    save(images.map(image => ({ image, kind, classes, add: isMulti() && kind === "label" })), { step: uuid() });
    images.forEach(i => this.mine.add(i.id));
    const how = kind === "label" ? `labelled ${classes.join(", ")}` : `marked ${kind}`;
    toast(`${plural(images.length, "image")} ${how}`);
    this.tiles.remove(images);
    if (this.tiles.images.every(i => i.state !== "unlabelled")) this.later(images);
  }

  /** Every image of the last page has a label, or a mark. */
  get isDone() { return this.on.disabled && this.tiles.images.every(i => i.state !== "unlabelled"); }

  /** The next page is asked for after the server has these labels, so that it does not give the same tiles. */
  later(images) {
    const off = on("outbox", async () => {
      if (images.some(i => isWaitingFor(i.id))) return;
      off();
      await this.load();
      if (this.closed) return;
      // labelled images stay on a page of a group: what is still to do is on the next page
      if (!this.on.disabled && this.tiles.images.every(i => i.state !== "unlabelled")) {
        this.left.push({ images, offset: this.offset });
        this.page(1);
      }
      this.groups.load();
    });
    this.off.push(off);
  }

  undone(images) {
    this.again(images);
    toast(`Undone: ${plural(images.length, "image")}`);
  }

  /** What was taken back or refused is selected again once it is seen. */
  again(images) {
    const at = this.left.findIndex(step => step.images.includes(images[0]));
    if (at >= 0) this.offset = this.left.splice(at)[0].offset;
    this.tiles.takeNext(images.filter(i => this.mine.has(i.id)));
  }

  async fan(image) {
    const shownNow = this.tiles.images.filter(i => i.fanned === image.id);
    if (shownNow.length) return void this.tiles.remove(shownNow);
    if (!(image.group > 1)) return void toast("This image has no near-duplicates.");
    try {
      const { items } = await get("grid", { by: "duplicates", value: image.id, count: 60 });
      if (this.closed || !this.tiles.images.includes(image)) return;           // another page is shown by now
      const here = new Set(this.tiles.images.map(i => i.id));
      this.tiles.insert(image, items.filter(i => !here.has(i.id)).map(i => ({ ...i, fanned: image.id })));
    } catch (e) { toast(e.message, "bad"); }
  }
}
