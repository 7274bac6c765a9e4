// Beside the image: labels a class, speed, accuracy, what the last labels were worth, and advice.
import { get, post } from "./api.js";
import { h, percent, plural, toast } from "./dom.js";
import { swatch } from "./classes.js";
import { pending } from "./outbox.js";
import { emit, on, project } from "./store.js";

let last = null;          // kept between views, so that the panel is never empty twice
let unfolded = null;      // whether the labels per class are shown; null: as many as fit

export class Panel {
  constructor() {
    this.body = h(".panel-body");
    this.learnButton = h("button", { type: "button", onclick: () => this.learn() }, "Learn now");
    this.progress = h(".progress", { role: "img" }, h("span"));
    this.counts = h("p.counts");
    this.element = h("section.panel", { "aria-label": "Progress" }, h("header", h("h2", "Progress"), this.learnButton),
      this.counts, this.progress, this.body);
    this.changes = 0;         // of the numbers that the page shows
    this.off = [on("counts", () => this.count()), on("project", () => this.count()),
      on("learned", () => this.load()), on("panel", () => this.later()), on("saved", () => this.later())];
    this.timer = setInterval(() => this.load(), 20000);
    this.count();
    if (last) this.fill();
    this.load();
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    clearTimeout(this.soon);
    clearTimeout(this.busy);
    this.off.forEach(off => off());
  }

  /** At most once in two seconds while somebody labels. */
  later() {
    this.soon ??= setTimeout(() => { this.soon = null; this.load(); }, 2000);
  }

  async load() {
    clearTimeout(this.busy);
    const asked = this.asked = (this.asked ?? 0) + 1, { changes } = this, before = pending();
    try {
      const answer = await get("panel");
      if (this.closed || asked !== this.asked) return;         // a newer answer was or will be shown
      last = answer;
      // the server may not have counted what this page was labelling meanwhile
      if (!before && !pending() && changes === this.changes) takeCounts(answer);
      this.fill();
      if (last.learning) this.busy = setTimeout(() => this.load(), 1000);
    } catch { /* the state of the connection is shown above */ }
  }

  count() {
    this.changes++;
    const { labelled = 0, unlabelled = 0, unsure = 0, unusable = 0 } = project.counts;
    const all = labelled + unlabelled + unsure + unusable;
    this.counts.replaceChildren(h("strong", labelled.toLocaleString("en")), ` of ${plural(all, "image")} labelled`);
    this.progress.setAttribute("aria-label", `${percent(all ? labelled / all : 0)} labelled`);
    this.progress.firstChild.style.setProperty("width", `${all ? 100 * labelled / all : 0}%`);
  }

  fill() {
    const p = last, words = x => typeof x === "string" ? x : x?.words, text = JSON.stringify(p);
    const most = Math.max(1, ...p.perClass.map(c => c.pool + c.test));
    this.learnButton.disabled = p.learning;
    this.learnButton.textContent = p.learning ? "Learning…" : "Learn now";
    if (text === this.shown) return;               // what has the focus keeps it
    this.shown = text;
    this.body.replaceChildren(...[
      p.accuracy && h(".fact", h("span.soft", p.macroF1 ? "Mean AP on test images" : "Accuracy on test images"),
        h("span.figure", h("strong", percent(p.accuracy.estimate, 1)),
        h("span.soft", ` ${percent(p.accuracy.low, 1)} to ${percent(p.accuracy.high, 1)}, `,
          plural(p.accuracy.n, "image"))),
        interval(p.accuracy)),
      p.macroF1 && h(".fact", h("span.soft", "Macro F1 on test images"),
        h("span.figure", h("strong", percent(p.macroF1.estimate, 1)),
          h("span.soft", ` ${percent(p.macroF1.low, 1)} to ${percent(p.macroF1.high, 1)}`)), interval(p.macroF1)),
      Number.isFinite(p.covered) && h(".fact", { title:
        "Unlabelled images that have a labelled one among the 1% of the pool most like them, at the last choice" },
        h("span.soft", "Covered: like a labelled image"), h("span.figure", h("strong", percent(p.covered)),
          h("span.soft", " of the pool"))),
      p.perMinute > 0 && h(".fact", h("span.soft", "Speed"), h("span.figure", h("strong", Math.round(p.perMinute)),
        h("span.soft", " labels per minute"))),
      p.learned && h(".fact", { title: p.learned.round ? chosenIn(p.learned.seconds) : null },
        h("span.soft", "Last choice of images"),
        h("span.figure", h("strong", p.learned.round ? `round ${p.learned.round}` : "none yet"),
          h("span.soft", fromLabels(p.learned.roundLabels)))),
      p.problem && h("p.words.problem", p.problem),
      words(p.lastHundred) && h("p.words", words(p.lastHundred)),
      words(p.verdict) && h("p.words", words(p.verdict)),
      words(p.advice) && h("p.words.advice", words(p.advice), this.testLink()),
      p.perClass.length > 0 && h("details.per-class", { open: unfolded ?? p.perClass.length <= 12,
        ontoggle: e => { unfolded = e.target.open; } }, h("summary", "Labels per class"),
        h("ul", p.perClass.map(c => h("li", swatch(c.name), h("span.what", c.name),
          h("meter", { min: 0, max: most, value: c.pool + c.test,
            "aria-label": `${c.name}: ${c.pool} in the pool, ${c.test} test images` }),
          h("span.count", c.test ? `${c.pool} + ${c.test}` : `${c.pool}`))))),
    ].filter(Boolean));
  }

  /** To the images that the advice speaks of. */
  testLink() {
    const { test = 0, testLabelled = 0 } = project.counts;
    return testLabelled < test ? h("a", { href: "#label?split=test" }, "Label test images") : null;
  }

  async learn() {
    this.learnButton.disabled = true;
    this.learnButton.textContent = "Learning…";
    try { await post("learn", {}); } catch (e) { toast(e.message, "bad"); if (last) this.fill(); }
  }
}

/** What others have labelled; the whole project where they have changed its classes. */
function takeCounts({ counts, perClass }) {
  const { classes } = project;
  if (perClass.length !== classes.length || perClass.some((c, i) => c.name !== classes[i].name)) {
    return emit("recount");
  }
  project.counts = counts;
  perClass.forEach(({ pool, test }, i) => Object.assign(classes[i], { pool, test }));
  emit("counts");
}

const fromLabels = n => Number.isInteger(n) ? n ? ` from ${plural(n, "label")}` : " without labels" : "";
const chosenIn = seconds => `Made in ${seconds < 0.1 ? "less than 0.1" : Number(seconds).toFixed(1)} s`;

/** The estimate with its interval as a bar from 0 to 100%. */
function interval({ estimate, low, high }) {
  const at = x => `${100 * x}%`;
  return h(".interval", { "aria-hidden": "true" }, h("span.range", { css: { left: at(low), width: at(high - low) } }),
    h("span.point", { css: { left: at(estimate) } }));
}
