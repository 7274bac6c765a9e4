// Many images at once: take out the odd ones, Enter labels the rest, in one step that Z takes back.
import { get, tile } from "./api.js";
import { ClassList, swatch } from "./classes.js";
import { h, plural, sentence, toast, uuid } from "./dom.js";
import { filterName } from "./filters.js";
import { firstKeyOf, shown, takeKeys } from "./keys.js";
import { isWaitingFor } from "./outbox.js";
import { save, undo } from "./steps.js";
import { isMulti, on, project, remember, remembered } from "./store.js";
import { Tiles } from "./tiles.js";

const kinds = { cluster: "Similar groups", class: "Predicted classes", search: "File names",
  filter: "Filters" };

export class GridView {
  constructor(root, of) {
    this.of = { by: "cluster", ...of };
    this.count = remembered("tiles", 48);
    this.offset = 0;
    this.target = new Set(this.of.by === "class" && this.of.value ? [this.of.value] : []);
    this.list = new ClassList(name => this.aim(name), { title: "Label the tiles as" });
    this.list.press(this.target);
    this.tiles = new Tiles({ label: "Images of the grid", fan: image => this.fan(image), changed: () => this.tell(),
      opened: image => { location.hash = `#label?image=${encodeURIComponent(image.id)}`; } });
    this.said = h("p.said", { "aria-live": "polite" });
    this.go = h("button.primary", { type: "button", onclick: () => this.label() });
    this.groups = h(".groups");
    this.title = h("p.title");
    root.className = "grid";
    root.replaceChildren(
      h("nav.sources", { "aria-label": "What the grid shows" }, this.sources(), this.groups),
      h("section.work", { "aria-label": "Tiles" }, h(".bar", h(".texts", this.title, this.said), this.tools()),
        this.tiles.element),
      h("aside.side", { "aria-label": "Classes" }, this.list.element, h("section.act", this.go,
        h("p.soft", "Space or a click takes a tile out or in; shift takes a range. ",
          h("kbd", shown(firstKeyOf("fan"))), " fans out near-duplicates, ",
          h("kbd", "O"), " opens an image, ", h("kbd", shown(firstKeyOf("undo"))), " takes the last step back."))));
    this.off = [on("told", () => { this.load(); this.loadGroups(); }), on("learned", () => this.loadGroups()),
      on("undone", images => this.undone(images)), on("back", () => this.tryAgain())];
    this.left = [];           // steps after which another page was shown, with that of their tiles
    takeKeys(use => this.key(use));
    this.tell();
    this.loadGroups();
    this.load();
  }

  close() {
    this.closed = true;
    clearTimeout(this.again);
    this.off.forEach(off => off());
    this.list.close();
  }

  sources() {
    const by = h("select", { "aria-label": "Group by", onchange: () => this.openBy(by.value) },
      Object.entries(kinds).map(([value, text]) => h("option", { value }, text)),
      kinds[this.of.by] ? null : h("option", { value: this.of.by },
        { similar: "Similar images", selection: "Selection", duplicates: "Near-duplicates" }[this.of.by]
          ?? this.of.by));
    by.value = this.of.by;
    return by;
  }

  openBy(by) { location.hash = `#grid?by=${by}`; }
  openValue(value) { location.hash = `#grid?${new URLSearchParams({ by: this.of.by, value })}`; }

  /** The list at the left: clusters or classes of the server, a search field, or the filters. */
  async loadGroups() {
    const { by } = this.of;
    if (by === "search") {
      const field = h("input", { type: "search", value: this.of.value ?? "", placeholder: "Part of a file name",
        "aria-label": "Part of a file name" });
      return void this.groups.replaceChildren(h("form",
        { onsubmit: e => { e.preventDefault(); this.openValue(field.value); } }, field));
    }
    if (by === "similar") return void this.showAsked();
    if (!["cluster", "class", "filter"].includes(by)) return void this.groups.replaceChildren();
    if (!this.groups.firstChild) this.groups.replaceChildren(h("p.soft", "Loading…"));
    clearTimeout(this.again);
    const asked = this.asked = (this.asked ?? 0) + 1, isGone = () => this.closed || asked !== this.asked;
    try {
      const { groups, problem } = await get("groups", { by });
      if (isGone()) return;
      this.showGroups(groups);
      if (!this.of.value && groups.length) {
        const first = groups.find(g => g.unlabelled > 0) ?? groups[0];
        history.replaceState(null, "", `#grid?${new URLSearchParams({ by, value: first.id })}`);
        this.of.value = String(first.id);
        if (by === "class") this.aim(this.of.value);
        this.showGroups(groups);
        this.load();
      } else if (!groups.length) this.wait(problem ?? "there are no groups");
    } catch (e) {
      if (isGone()) return;
      this.failed = true;
      if (!this.titles) this.groups.replaceChildren();
      this.say(sentence(e.message));
    }
  }

  showGroups(groups) {
    const { by } = this.of, titleOf = g => by === "filter" ? filterName(g.id) : g.title;
    // how many tiles there are to label; of a filter, how many it finds
    const countOf = g => by === "filter" ? g.size : g.unlabelled;
    this.titles = new Map(groups.map(g => [String(g.id), titleOf(g)]));
    if (this.of.value) this.title.textContent = this.titleOf(this.of.value);
    this.groups.replaceChildren(h("ul", groups.map(g => h("li", h(countOf(g) ? "a" : "a.none", {
      href: `#grid?${new URLSearchParams({ by, value: g.id })}`,
        "aria-current": String(g.id) === this.of.value ? "true" : null,
    }, g.image ? h("img", { src: tile({ id: g.image }), alt: "", loading: "lazy", width: 34, height: 34 }) : null,
    by === "class" ? swatch(g.id) : null,
    h("span.what", titleOf(g), g.mostly ? h("span.mostly", swatch(g.mostly), `mostly ${g.mostly}`) : null),
    h("span.count", { title: `${g.unlabelled} of ${plural(g.size, "image")} without a label` }, countOf(g)))))));
  }

  /** The image that the tiles are like. */
  async showAsked() {
    try {
      const image = await get(`images/${encodeURIComponent(this.of.value)}`);
      if (this.closed) return;
      this.like = image;
      this.title.textContent = this.titleOf(this.of.value);
      this.groups.replaceChildren(h("a.asked", { href: `#label?image=${encodeURIComponent(image.id)}` },
        h("img", { src: tile(image), alt: "" }), h("span.what", { title: image.name }, image.name)));
    } catch (e) { if (!this.closed) this.say(sentence(e.message)); }
  }

  tools() {
    const size = h("select", { "aria-label": "Tiles per page", onchange: () =>
      { remember("tiles", Number(size.value)); this.count = Number(size.value); this.load(); } },
      [24, 48, 60].map(n => h("option", { value: n }, `${n} tiles`)));
    size.value = this.count;
    const button = (text, label, action) => h("button.quiet",
      { type: "button", "aria-label": label, title: label, onclick: action }, text);
    return h(".stage-tools", { role: "toolbar", "aria-label": "Grid" }, size,
      button("All or none", "All or none of the tiles", () => this.tiles.all()), button("Undo", "Undo", undo),
      this.back = button("←", "Page before", () => this.page(-1)),
        this.on = button("→", "Next page", () => this.page(1)),
        this.forth = h("button", { type: "button", hidden: true, onclick: () => this.nextGroup() }, "Next group"));
  }

  page(by) {
    this.offset = Math.max(0, this.offset + by * this.count);
    this.load();
  }

  async load() {
    if (!this.of.value && this.of.by !== "search") return;
    const generation = this.generation = (this.generation ?? 0) + 1;
    const isGone = () => this.closed || generation !== this.generation, value = this.of.value ?? "";
    try {
      const answer = this.of.by === "similar"
        ? await get(`similar/${encodeURIComponent(value)}`, { count: this.count })
        : await get("grid", { by: this.of.by, value, count: this.count, offset: this.offset });
      if (isGone()) return;
      this.total = answer.total ?? answer.items.length;
      if (!answer.items.length && this.offset > 0) return void this.page(-1);
      // what was decided already is on its way to the server
      this.tiles.fill(answer.items.filter(i => i.state !== "unlabelled" || !isWaitingFor(i.id)));
      this.back.disabled = this.offset === 0;
      this.on.disabled = this.offset + this.count >= this.total;
      this.title.textContent = this.titleOf(value);
      if (!answer.items.length) this.say("There are no images to show.");
      this.forth.hidden = !this.isDone || !["cluster", "class"].includes(this.of.by);
      if (answer.items.length && !this.list.element.contains(document.activeElement)) this.tiles.move(0, true);
    } catch (e) {
      if (isGone()) return;
      this.failed = true;
      this.say(sentence(e.message));
    }
  }

  /** The server is back. Tiles that are here stay as they are: some may be taken out. */
  tryAgain() {
    if (!this.failed) return;
    this.failed = false;
    this.loadGroups();
    this.load();
  }

  titleOf(value) {
    switch (this.of.by) {
      case "cluster": return this.titles?.get(String(value)) ?? `Group ${Number(value) + 1}`;
      case "class": return `Predicted: ${value}`;
      case "similar": return this.like ? `Images like ${this.like.name}` : "Similar images";
      case "selection": return "Selection";
      case "filter": return filterName(value);
      default: return value ? `File names with “${value}”` : "All images";
    }
  }

  tell() {
    const taken = this.tiles.taken.size, names = [...this.target];
    const more = this.total > this.tiles.images.length ? `, ${plural(this.total, "image")} in all` : "";
    this.say(`${taken} of ${this.tiles.images.length} selected${more}`);
    this.go.disabled = taken === 0 || names.length === 0;
    const what = isMulti() ? `Add ${names.join(", ")} to ${taken}` : `Label ${taken} as ${names.join(", ")}`;
    this.go.replaceChildren(names.length ? what : "Choose a class", h("kbd", "↵"));
  }

  say(text) { this.said.textContent = text; }

  /** The server makes features in the background: it is asked again until it has them. */
  wait(problem) {
    this.say(`There is nothing to show yet: ${sentence(problem)}`);
    this.again = setTimeout(() => this.loadGroups(), 3000);
  }

  aim(name) {
    if (!isMulti()) this.target.clear();
    this.target.has(name) ? this.target.delete(name) : this.target.add(name);
    this.list.press(this.target);
    this.tell();
  }

  key({ action, className, letter }) {
    if (className) return this.aim(className), true;
    switch (action) {
      case "confirm": this.forth.hidden || this.tiles.chosen.length ? this.label() : this.nextGroup(); return true;
      case "undo": undo(); return true;
      case "all": this.tiles.all(); return true;
      case "fan": if (this.tiles.current) this.fan(this.tiles.current); return true;
      case "unsure": case "unusable": this.label(action); return true;
      case "find": this.list.find(); return true;
    }
    if (!action && letter && project.classes.length > 20) return this.list.find(letter), true;
    return false;
  }

  /** Labels what is taken as one step, and shows what comes after it. */
  label(kind = "label") {
    const images = this.tiles.chosen;
    if (!images.length || (kind === "label" && !this.target.size)) return;
    const classes = kind === "label" ? [...this.target] : [];
    // where an image may have several classes, those that it has stay
    save(images.map(image => ({ image, kind, classes: isMulti() && kind === "label"
      ? [...new Set([...image.classes, ...classes])] : classes })), { step: uuid() });
    const how = kind === "label" ? `labelled ${classes.join(", ")}` : `marked ${kind}`;
    toast(`${plural(images.length, "image")} ${how}`);
    this.tiles.remove(images);
    if (this.tiles.images.every(i => i.state !== "unlabelled")) this.later(images);
  }

  /** Every image of the last page has a label, or a mark. */
  get isDone() { return this.on.disabled && this.tiles.images.every(i => i.state !== "unlabelled"); }

  /** The next group with images to label, in the order of the list. */
  async nextGroup() {
    try {
      const { groups } = await get("groups", { by: this.of.by });
      if (this.closed) return;
      const at = groups.findIndex(g => String(g.id) === this.of.value);
      const next = [...groups.slice(at + 1), ...groups.slice(0, at + 1)].find(g => g.unlabelled > 0);
      next ? this.openValue(next.id) : this.say("All images of these groups have labels.");
    } catch (e) { if (!this.closed) this.say(sentence(e.message)); }
  }

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
      this.loadGroups();
    });
    this.off.push(off);
  }

  /** A step that is taken back is seen again; the page is asked for when the server has it. */
  undone(images) {
    const at = this.left.findIndex(step => step.images.includes(images[0]));
    if (at >= 0) this.offset = this.left.splice(at)[0].offset;
    toast(`Undone: ${plural(images.length, "image")}`);
  }

  async fan(image) {
    const shownNow = this.tiles.images.filter(i => i.fanned === image.id);
    if (shownNow.length) return void this.tiles.remove(shownNow);
    if (!(image.group > 1)) return void toast("This image has no near-duplicates.");
    try {
      const { items } = await get("grid", { by: "duplicates", value: image.id, count: 60 });
      if (this.closed || !this.tiles.images.includes(image)) return;           // another page is shown by now
      const here = new Set(this.tiles.images.map(i => i.id));
      const others = items.filter(i => !here.has(i.id)).map(i => ({ ...i, fanned: image.id }));
      others.filter(i => i.state === "unlabelled" && !i.leased).forEach(i => this.tiles.taken.add(i.id));
      this.tiles.insert(image, others);
    } catch (e) { toast(e.message, "bad"); }
  }
}
