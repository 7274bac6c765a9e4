// Many images at once: take out the odd ones, Enter labels the rest, in one step that Z takes back.
import { get } from "./api.js";
import { ClassList } from "./classes.js";
import { h, plural, toast, uuid } from "./dom.js";
import { firstKeyOf, shown, takeKeys } from "./keys.js";
import { save, undo } from "./label.js";
import { isWaitingFor } from "./outbox.js";
import { isMulti, on, project, remember, remembered } from "./store.js";
import { Tiles } from "./tiles.js";

const kinds = { cluster: "Clusters", class: "Predicted classes", search: "File names", filter: "Filters" };
const filters = ["unlabelled", "labelled", "unsure", "unusable", "disagreement", "duplicates", "chosen", "broken",
  "blurred", "dark", "bright", "odd-size", "low-information"];

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
    this.off = [on("told", () => this.load()), on("learned", () => this.loadGroups())];
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
    if (by === "filter") return void this.showGroups(filters.map(f => ({ id: f, title: f.replace("-", " ") })));
    if (by !== "cluster" && by !== "class") return void this.groups.replaceChildren();
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
    } catch (e) { if (!isGone()) this.say(e.message); }
  }

  showGroups(groups) {
    this.titles = new Map(groups.map(g => [String(g.id), g.title]));
    if (this.of.value) this.title.textContent = this.titleOf(this.of.value);
    this.groups.replaceChildren(h("ul", groups.map(g => h("li", h("a", {
      href: `#grid?${new URLSearchParams({ by: this.of.by, value: g.id })}`,
        "aria-current": String(g.id) === this.of.value ? "true" : null,
    }, h("span.what", g.title), g.unlabelled === undefined ? null
      : h("span.count", { title: `${g.unlabelled} of ${g.size} without a label` }, g.unlabelled))))));
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
        this.on = button("→", "Next page", () => this.page(1)));
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
      if (answer.items.length && !this.list.element.contains(document.activeElement)) this.tiles.move(0, true);
    } catch (e) { if (!isGone()) this.say(e.message); }
  }

  titleOf(value) {
    switch (this.of.by) {
      case "cluster": return this.titles?.get(String(value)) ?? `Cluster ${value}`;
      case "class": return `Predicted: ${value}`;
      case "similar": return "Images like the first one";
      case "selection": return "Selection";
      case "filter": return `Filter: ${value.replace("-", " ")}`;
      default: return value ? `File names with “${value}”` : "All images";
    }
  }

  tell() {
    const taken = this.tiles.taken.size, names = [...this.target];
    this.say(`${taken} of ${this.tiles.images.length} taken${this.total > this.tiles.images.length ? `,
      ${plural(this.total, "image")} in all` : ""}`);
    this.go.disabled = taken === 0 || names.length === 0;
    const what = isMulti() ? `Add ${names.join(", ")} to ${taken}` : `Label ${taken} as ${names.join(", ")}`;
    this.go.replaceChildren(names.length ? what : "Choose a class", h("kbd", "↵"));
  }

  say(text) { this.said.textContent = text; }

  /** The server makes features in the background: it is asked again until it has them. */
  wait(problem) {
    this.say(`There is nothing to show yet: ${problem}`);
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
      case "confirm": this.label(); return true;
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
    if (this.tiles.images.length === 0 || this.tiles.images.every(i => i.state !== "unlabelled")) this.later(images);
  }

  /** The next page is asked for after the server has these labels, so that it does not give the same tiles. */
  later(images) {
    const off = on("outbox", () => {
      if (images.some(i => isWaitingFor(i.id))) return;
      off();
      this.load();
    });
    this.off.push(off);
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
