// What went wrong: search and filters, the confusion matrix, sure mistakes, labels to doubt, and disagreements.
import { get, tile } from "./api.js";
import { chip, swatch } from "./classes.js";
import { h, percent, plural, sentence } from "./dom.js";
import { filterNames } from "./filters.js";
import { takeKeys } from "./keys.js";
import { save, undo } from "./steps.js";
import { isOwner, isShapes, on, project } from "./store.js";
import { Tiles } from "./tiles.js";

const pages = {
  search: ["Search", "search"], confusion: ["Confusion", "confusion"], mistakes: ["Mistakes", "mistakes"],
  suspects: ["Suspects", "suspects"], disagreements: ["Disagreements", "disagreements"],
};

export class ReviewView {
  constructor(root, { page = "search", ...of }) {
    this.of = of;
    // what others said of an image stays hidden from labellers
    this.names = Object.keys(pages).filter(name => name !== "disagreements" || isOwner());
    this.page = this.names.includes(page) ? page : "search";
    this.body = h(".page", { role: "tabpanel", tabindex: "0", id: "review-page", "aria-label": pages[this.page][0] });
    const tabs = h(".tabs", { role: "tablist", "aria-label": "Review", "data-arrows": "", onkeydown: e =>
      this.arrows(e) },
      this.names.map(name =>
        h("button.quiet", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "review-page",
        "aria-selected": String(name === this.page), tabindex: name === this.page ? "0" : "-1", onclick: () =>
          { location.hash = `#review?page=${name}`; } }, pages[name][0])));
    root.className = "review";
    root.replaceChildren(tabs, this.body);
    this.tabs = tabs;
    this.asked = 0;
    this.off = [on("told", () => this.refresh()), on("back", () => { if (this.failed) this.load(); })];
    takeKeys(({ action }) => action === "undo" && (undo(), true));
    this.load();
  }

  close() {
    this.closed = true;
    this.off.forEach(off => off());
  }

  arrows(e) {
    const { names } = this, step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    const next = names[(names.indexOf(this.page) + step + names.length) % names.length];
    location.hash = `#review?page=${next}`;
    requestAnimationFrame(() => document.getElementById(`tab-${next}`)?.focus());
  }

  /** After an undo; what was typed into the search stays. */
  refresh() {
    if (this.page === "search" && this.form) this.find(this.form);
    else this.load();
  }

  /** An answer of the server; none comes where the page was left, or was asked for something else meanwhile. */
  async ask(path, values) {
    const asked = ++this.asked, isGone = () => this.closed || asked !== this.asked;
    const none = new Promise(() => { /* for ever */ });
    try {
      const answer = await get(path, values);
      return isGone() ? none : answer;
    } catch (e) {
      if (isGone()) return none;
      throw e;
    }
  }

  async load() {
    try {
      await this[pages[this.page][1]]();
      this.failed = false;
    } catch (e) {
      if (typeof e.status !== "number") throw e;
      this.failed = true;
      this.put(h("p.empty", sentence(e.message)));
    }
  }

  put(...content) { if (!this.closed) this.body.replaceChildren(...content.filter(Boolean)); }

  // ---- search

  async search() {
    const value = name => this.of[name] ?? "";
    const options = (list, now) => list.map(([v, text]) => h("option", { value: v, selected: v === now }, text));
    const form = h("form.search", { role: "search", onsubmit: e => { e.preventDefault(); this.find(form); },
      onchange: () => this.find(form) },
      h("label", "File name", h("input", { type: "search", name: "name", value: value("name") })),
      h("label", "Filter", h("select", { name: "filter" },
        options([["", "All"], ...Object.entries(filterNames).filter(([name]) => name !== "disagreement" || isOwner())],
          value("filter")))),
      h("label", "Class", h("select", { name: "class" },
        options([["", "All"], ...project.classes.map(c => [c.name, c.name])], value("class")))),
      h("label", "Chosen in round", h("input", { type: "number", name: "round", min: 1, value: value("round") })));
    this.tiles = new Tiles({ label: "Found images", choose: false, opened: i =>
      { location.hash = `#label?image=${encodeURIComponent(i.id)}`; } });
    this.found = h("p.said", { "aria-live": "polite" });
    this.more = h("button", { type: "button", hidden: true, onclick: () =>
      this.results(form, this.tiles.images.length) }, "Show more");
    const toGrid = isShapes() ? null : h("p", h("a", { href: "#grid?by=search" }, "Label a search result in the grid"));
    this.form = form;
    this.put(form, this.found, this.tiles.element, this.more, toGrid);
    await this.results(form, 0);
  }

  find(form) {
    this.of = Object.fromEntries(new FormData(form));
    history.replaceState(null, "", `#review?${new URLSearchParams({ page: "search", ...this.of })}`);
    this.results(form, 0).catch(e => { this.found.textContent = sentence(e.message); });
  }

  async results(form, offset) {
    const { items, total } = await this.ask("search", { ...Object.fromEntries(new FormData(form)), offset, count: 60 });
    const asked = this.asked;
    await this.tiles.released();
    if (this.closed || asked !== this.asked) return;
    this.tiles.fill(offset ? [...this.tiles.images, ...items] : items);
    const does = items[0]?.state === "broken" ? "says what is wrong with one" : "opens one";
    this.found.textContent = `${plural(total, "image")} found. A click, or Enter, ${does}.`;
    this.more.hidden = this.tiles.images.length >= total;
  }

  // ---- the test set

  async confusion() {
    const { classes, counts, perClass } = await this.ask("confusion");
    if (perClass?.length) return this.answers(perClass);
    if (!classes?.length || !counts.flat().some(n => n > 0)) return this.put(h("p.empty",
      "There is no confusion matrix yet. It needs labelled test images, and labels of two classes."));
    const cell = (n, i, j) => {
      const row = counts[i].reduce((a, b) => a + b, 0), says = `${plural(n, "image")} of ${classes[i]} predicted `
        + classes[j];
      const wrong = n && i !== j ? { href: `#review?${new URLSearchParams({ page: "mistakes", given: classes[i],
        believed: classes[j] })}`, "aria-label": `${says}: show` } : null;
      return h(i === j ? "td.right" : "td", { css: { "--share": row ? 0.4 * n / row : 0 }, title: says },
        wrong ? h("a", wrong, n) : h("span", n || ""));
    };
    this.put(h("p.words", "Rows are the labels of the test images, columns are what the model predicts. "
      + "A number off the diagonal opens its images."),
      h("table.confusion", h("caption.soft", "Confusion matrix of the test images"),
        h("thead", h("tr", h("th", h("span.soft", "")), classes.map(c => h("th", { scope: "col" }, h("span", c))),
          h("th", { scope: "col" }, h("span", "right")))),
        h("tbody", counts.map((row, i) => {
          const all = row.reduce((a, b) => a + b, 0);
          return h("tr", h("th", { scope: "row" }, classes[i]), row.map((n, j) => cell(n, i, j)),
            h("th", all ? percent(row[i] / all) : "–"));
        }))));
  }

  /** Where an image may have several classes: yes and no of each. */
  answers(perClass) {
    this.put(h("p.words", "Each class is a question of its own. Numbers are test images."),
      h("table.plain", h("caption.soft", "Predictions of the test images, class by class"),
        h("thead", h("tr", ["Class", "Right", "Missed", "Wrongly predicted", "Without it"]
          .map(x => h("th", { scope: "col" }, x)))),
        h("tbody", perClass.map(c => h("tr", h("th", { scope: "row" }, chip(c.name)), h("td", c.right),
          h("td", c.missed), h("td", c.wrong), h("td", c.without))))));
  }

  async mistakes() {
    const { given, believed } = this.of;
    const { items, total } = await this.ask("mistakes", { count: 60, given, believed });
    const of = given && believed
      ? [`Test images of ${given} that the model predicts as ${believed}, the surest first. `,
      h("a", { href: "#review?page=mistakes" }, "Show all mistakes")]
      : ["Test images that the model gets wrong, the surest first. ",
        "Either the label is wrong, or the model lacks such images."];
    this.cards(items, total, of, "The model makes no mistake on the labelled test images, or it has not learned yet.");
  }

  async suspects() {
    const { items, total } = await this.ask("suspects", { count: 60 });
    this.cards(items, total, ["Labels that are probably wrong: a model that did not see them predicts another class. ",
      "Choose the right one of the two."], "No label looks wrong, or there are too few labels to tell.");
  }

  cards(items, total, words, none) {
    if (!items.length) return this.put(h("p.empty", none));
    const shown = items.length < total
      ? ` The first ${items.length} of ${total.toLocaleString("en")} are shown.` : null;
    this.put(h("p.words", words, shown), h(".cards", items.map(item => {
      const [given, believed] = [item.givenClasses ?? [item.given], item.believedClasses ?? [item.believed]];
      const card = this.card(item.image, h("p", "Label ", given.length ? given.map(chip) : "none"),
        h("p", "Predicted ", believed.length ? believed.map(chip) : "none", ` ${percent(item.probability)}`));
      card.querySelector(".texts").append(this.choices(card, item.image, [given, believed]));
      return card;
    })));
  }

  card(image, ...texts) {
    return h(".card", h("a", { href: `#label?image=${encodeURIComponent(image.id)}`,
      "aria-label": `Open ${image.name}` }, h("img", { src: tile(image), alt: "", loading: "lazy" })),
      h(".texts", h("p.title", { title: image.name }, image.name), texts));
  }

  /** Buttons that label the image; the first is the label that it has, unless people disagree. */
  choices(card, image, sets, settle = false) {
    if (isShapes()) return h("span");
    const different = [...new Map(sets.map(set => [[...set].sort().join("\n"), set])).values()];
    return h(".choices", different.map((classes, i) => h("button", { type: "button", onclick: () => {
      save([{ image, kind: "label", classes }], { settle });
      card.classList.add("settled");
    } }, settle ? null : i ? "Change to " : "Keep ", classes.map(swatch), classes.join(", ") || "none")));
  }

  async disagreements() {
    const { items, twice, kappa, alpha, perClass } = await this.ask("disagreements");
    const digits = x => x === null || x === undefined ? "?" : x.toFixed(2);
    const of = (name, x) => x && h(".fact", h("span.soft", name), h("span.figure", h("strong", digits(x.estimate)),
      typeof x.low === "number" && h("span.soft", ` ${digits(x.low)} to ${digits(x.high)}`)));
    const classes = (perClass ?? []).filter(c => c.images > 0);
    this.put(
      twice > 0 && h("p.words",
        "1 is full agreement, 0 is agreement by chance. Settle an image by a click on its class."),
      h(".search", twice === undefined ? null : h(".fact", h("span.soft", "Labelled by two or more"),
        h("span.figure", h("strong", twice.toLocaleString("en")), h("span.soft", " images"))),
      of("Agreement (Cohen's kappa)", kappa), of("Agreement (Krippendorff's alpha)", alpha)),
      items.length ? h(".cards", items.map(({ image, votes }) => {
        const card = this.card(image, votes.map(v => h("p", `${v.by} `, v.classes.map(chip))));
        card.querySelector(".texts").append(this.choices(card, image, votes.map(v => v.classes), true));
        return card;
      })) : h("p.empty", twice ? "There is nothing to settle."
        : "No image was labelled by two people yet. The settings say how many images are given to two."),
      classes.length > 0 && h("table.plain", h("caption.soft", "Agreement per class"),
        h("thead", h("tr", ["Class", "Images", "Agreed", "Alpha"].map(x => h("th", { scope: "col" }, x)))),
        h("tbody", classes.map(c => h("tr", h("th", { scope: "row" }, chip(c.name)), h("td", c.images),
          h("td", percent(c.agreed)), h("td", digits(c.alpha?.estimate ?? c.alpha)))))));
  }
}
