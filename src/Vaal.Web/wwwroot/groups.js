// What the tiles of the grid are of, and the list beside them: groups of alike images, predicted classes, a search
// field, the filters, or the image that the others are like.
import { get, tile } from "./api.js";
import { swatch } from "./classes.js";
import { h, plural, sentence } from "./dom.js";
import { filterName } from "./filters.js";

const kinds = { cluster: "Similar groups", class: "Predicted classes", search: "File names",
  filter: "Filters" };
const others = { similar: "Similar images", selection: "Selection", duplicates: "Near-duplicates" };

/** Images of these are alike, or somebody asked for them: all are selected at first, and the odd ones are taken out. */
const takenWhole = ["cluster", "class", "duplicates", "selection", "search", "similar"];

const hashOf = values => `#grid?${new URLSearchParams(values)}`;

export class Groups {
  /** of: { by, value }. view: say(text); titled(), as the title may have changed; begun(), as the first group is shown
   *  where none was asked for; failed(text), as the server gave no answer. */
  constructor(of, view) {
    this.of = of;
    this.view = view;
    this.list = h(".groups");
    this.element = h("nav.sources", { "aria-label": "What the grid shows" }, this.sources(), this.list);
    this.load();
  }

  close() {
    this.closed = true;
    clearTimeout(this.again);
  }

  get selectedAtFirst() { return takenWhole.includes(this.of.by); }

  /** One after the other can be labelled. */
  get follow() { return ["cluster", "class"].includes(this.of.by); }

  sources() {
    const by = h("select", { "aria-label": "Group by", onchange: () => { location.hash = `#grid?by=${by.value}`; } },
      Object.entries(kinds).map(([value, text]) => h("option", { value }, text)),
      kinds[this.of.by] ? null : h("option", { value: this.of.by }, others[this.of.by] ?? this.of.by));
    by.value = this.of.by;
    return by;
  }

  open(value) { location.hash = hashOf({ by: this.of.by, value }); }

  async load() {
    const { by } = this.of;
    if (by === "search") return void this.showField();
    if (by === "similar") return void this.showAsked();
    if (!["cluster", "class", "filter"].includes(by)) return void this.list.replaceChildren();
    if (!this.list.firstChild) this.list.replaceChildren(h("p.soft", "Loading…"));
    clearTimeout(this.again);
    const asked = this.asked = (this.asked ?? 0) + 1, isGone = () => this.closed || asked !== this.asked;
    try {
      const { groups, problem } = await get("groups", { by });
      if (isGone()) return;
      this.show(groups);
      if (!this.of.value && groups.length) {
        const first = groups.find(g => g.unlabelled > 0) ?? groups[0];
        history.replaceState(null, "", hashOf({ by, value: first.id }));
        this.of.value = String(first.id);
        this.show(groups);
        this.view.begun();
      } else if (!groups.length) this.wait(problem ?? "there are no groups");
    } catch (e) {
      if (isGone()) return;
      if (!this.titles) this.list.replaceChildren();
      this.view.failed(sentence(e.message));
    }
  }

  showField() {
    const field = h("input", { type: "search", value: this.of.value ?? "", placeholder: "Part of a file name",
      "aria-label": "Part of a file name" });
    this.list.replaceChildren(h("form",
      { onsubmit: e => { e.preventDefault(); this.open(field.value); } }, field));
  }

  show(groups) {
    const { by } = this.of, titleOf = g => by === "filter" ? filterName(g.id) : g.title;
    // how many tiles there are to label; of a filter, how many it finds
    const countOf = g => by === "filter" ? g.size : g.unlabelled;
    this.titles = new Map(groups.map(g => [String(g.id), titleOf(g)]));
    this.view.titled();
    this.list.replaceChildren(h("ul", groups.map(g => h("li", h(countOf(g) ? "a" : "a.none", {
      href: hashOf({ by, value: g.id }), "aria-current": String(g.id) === this.of.value ? "true" : null,
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
      this.view.titled();
      this.list.replaceChildren(h("a.asked", { href: `#label?image=${encodeURIComponent(image.id)}` },
        h("img", { src: tile(image), alt: "" }), h("span.what", { title: image.name }, image.name)));
    } catch (e) { if (!this.closed) this.view.say(sentence(e.message)); }
  }

  /** The server makes features in the background: it is asked again until it has them. */
  wait(problem) {
    this.view.say(`There is nothing to show yet: ${sentence(problem)}`);
    this.again = setTimeout(() => this.load(), 3000);
  }

  get title() {
    const { by, value } = this.of;
    switch (by) {
      case "cluster": return this.titles?.get(String(value)) ?? `Group ${Number(value) + 1}`;
      case "class": return `Predicted: ${value}`;
      case "similar": return this.like ? `Images like ${this.like.name}` : "Similar images";
      case "selection": return "Selection";
      case "filter": return filterName(value);
      default: return value ? `File names with “${value}”` : "All images";
    }
  }

  /** The next group with images to label, in the order of the list. */
  async next() {
    try {
      const { groups } = await get("groups", { by: this.of.by });
      if (this.closed) return;
      const at = groups.findIndex(g => String(g.id) === this.of.value);
      const next = [...groups.slice(at + 1), ...groups.slice(0, at + 1)].find(g => g.unlabelled > 0);
      next ? this.open(next.id) : this.view.say("All images of these groups have labels.");
    } catch (e) { if (!this.closed) this.view.say(sentence(e.message)); }
  }
}
