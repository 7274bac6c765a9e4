// Tiles of many images as a list box: one tab stop, arrows move, Space takes out or in, shift takes a range.
import { tile as pictureOf } from "./api.js";
import { swatch } from "./classes.js";
import { h, percent, toast } from "./dom.js";
import { suggestionsOf } from "./facts.js";
import { lettersSearch } from "./keys.js";

const whyBroken = image => image.reason ?? "the file cannot be read";

export class Tiles {
  /** choose: whether tiles can be taken, by a click. all: at first those without a label are taken. opened(image): by a
   *  double click, and by the keys O and Enter; where there is nothing to choose, by a click. */
  constructor({ label, choose = true, all = false, opened = () => {}, fan = null, changed = () => {} }) {
    Object.assign(this, { choose, all, opened, fan, changed });
    this.images = [];
    this.taken = new Set();
    this.wanted = new Set();
    this.odd = new Map();     // of tiles that are not as at first: id → the state that the image had
    this.at = 0;
    this.element = h(".tiles", { role: "listbox", "aria-label": label, "aria-multiselectable": choose ? "true" : null,
      "data-arrows": "", onkeydown: e => this.key(e), onfocusin: e => this.focused(e.target.closest(".tile")),
      onpointerdown: e => { if (e.button === 0) this.press(); } });
  }

  /** Ends when no tile is being pressed: one that is replaced under the pointer would miss its click. */
  released() { return this.pressed ?? Promise.resolve(); }

  press() {
    const up = new AbortController();
    this.pressed = new Promise(done => {
      for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => {
        up.abort();
        setTimeout(() => { this.pressed = null; done(); });          // the click comes after the pointer is up
      }, { signal: up.signal });
    });
  }

  /** Shows images. The image that had the focus keeps it, and those that were here before stay taken, or not. What was
   *  remembered of the others is so again, unless somebody has decided on them since. */
  fill(images) {
    const before = new Map(this.images.map(i => [i.id, i]));
    const isSame = (i, was) => was?.state === i.state && !was.leased === !i.leased;
    const takes = i => this.wanted.delete(i.id) || (isSame(i, before.get(i.id)) ? this.taken.has(i.id)
      : this.takesAtFirst(i) !== (this.odd.get(i.id) === i.state));
    const focused = this.element.contains(document.activeElement) ? this.current?.id : null;
    this.images = [...images];
    this.taken = new Set(images.filter(i => takes(i) && !i.leased).map(i => i.id));
    this.at = 0;
    this.anchor = 0;
    this.element.replaceChildren(...this.images.map(i => this.tile(i)));
    if (focused !== null) this.move(this.images.findIndex(i => i.id === focused), true);
    this.note();
  }

  takesAtFirst(image) { return this.all && image.state === "unlabelled" && !image.leased; }

  /** After each change of what is taken. */
  note() {
    for (const image of this.images) {
      if (image.leased) continue;                      // it cannot be taken now, and is as before when it is free
      if (this.taken.has(image.id) === this.takesAtFirst(image)) this.odd.delete(image.id);
      else this.odd.set(image.id, image.state);
    }
    this.changed();
  }

  /** When these images are shown next, they are taken. */
  takeNext(images) { images.forEach(i => this.wanted.add(i.id)); }

  get chosen() { return this.images.filter(i => this.taken.has(i.id)); }

  tile(image) {
    const tile = h("div.tile", { role: "option", "data-id": image.id,
      onclick: e => this.click(e, image), ondblclick: this.choose ? () => this.open(image) : null });
    const picture = image.state === "broken" ? null : h("img", { src: pictureOf(image), alt: "", loading: "lazy",
      decoding: "async", draggable: "false", onerror: e => { e.target.alt = "This image cannot be shown."; } });
    const fold = image.group > 1 && this.fan && !image.fanned
      ? h("span.fold", { title: `${image.group} near-duplicates`, onclick: e =>
        { e.stopPropagation(); this.fan(image); } }, `×${image.group}`) : null;
    tile.append(...[picture, h("span.foot"), fold].filter(Boolean));
    tile.shows = image;
    this.dress(tile);
    return tile;
  }

  dress(tile) {
    const image = tile.shows, foot = tile.querySelector(".foot");
    const what = image.state === "labelled" ? image.classes.flatMap(c => [swatch(c), c + " "])
      : image.state === "broken" ? [whyBroken(image)]
      : image.state !== "unlabelled" ? [image.state]
      : image.leased ? ["in use"]
      : suggestionsOf(image).flatMap(s => [swatch(s.class), h("em", `${s.class} ${percent(s.probability)} `)]);
    foot.replaceChildren(...what);
    foot.hidden = what.length === 0;
    const index = this.images.indexOf(image);
    tile.classList.toggle("fanned", !!image.fanned);
    tile.classList.toggle("leased", !!image.leased);
    tile.title = image.leased ? "Somebody else has this image on screen"
      : image.state === "broken" ? `${image.name}: ${whyBroken(image)}` : image.name;
    tile.tabIndex = index === this.at ? 0 : -1;
    if (this.choose) tile.setAttribute("aria-selected", this.taken.has(image.id) ? "true" : "false");
    tile.setAttribute("aria-label", [image.name, foot.textContent, image.group > 1 ? `${image.group} near-duplicates`
      : "", image.leased ? "on somebody else's screen" : ""].filter(Boolean).join(", "));
  }

  refresh() {
    for (const tile of this.element.children) this.dress(tile);
    this.note();
  }

  click(e, image) {
    const index = this.images.indexOf(image);
    if (!this.choose) return void this.open(image);
    if (e.shiftKey) this.range(this.anchor ?? 0, index);
    else this.toggle(image);
    if (!e.shiftKey) this.anchor = index;
    this.move(index, true);
    this.refresh();
  }

  /** A file that cannot be used has no view: the page says why. */
  open(image) {
    if (image.state === "broken") toast(`${image.name} cannot be used: ${whyBroken(image)}`, "bad");
    else this.opened(image);
  }

  toggle(image) {
    if (image.leased) return;
    this.taken.has(image.id) ? this.taken.delete(image.id) : this.taken.add(image.id);
  }

  /** All tiles from one to the other become like the first one. */
  range(from, to) {
    const take = this.taken.has(this.images[from]?.id);
    for (let i = Math.min(from, to); i <= Math.max(from, to); i++) {
      const { id, leased } = this.images[i];
      if (take && !leased) this.taken.add(id); else this.taken.delete(id);
    }
  }

  toggleAll() {
    const free = this.images.filter(i => !i.leased);
    if (free.every(i => this.taken.has(i.id))) this.taken.clear();
    else this.taken = new Set(free.map(i => i.id));
    this.refresh();
  }

  move(index, focus) {
    if (!this.images.length) return;
    const before = this.element.children[this.at];
    if (before) before.tabIndex = -1;
    this.at = Math.max(0, Math.min(this.images.length - 1, index));
    const tile = this.element.children[this.at];
    tile.tabIndex = 0;
    if (focus) tile.focus();
  }

  /** A screen reader may put the focus on any tile. */
  focused(tile) {
    const index = [...this.element.children].indexOf(tile);
    if (index >= 0 && index !== this.at) this.move(index, false);
  }

  /** Beside so many classes a letter alone searches them. */
  get searches() { return this.choose && lettersSearch(); }

  get current() { return this.images[this.at] ?? null; }

  key(e) {
    const columns = getComputedStyle(this.element).gridTemplateColumns.split(" ").length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -this.at,
      End: this.images.length }[e.key];
    if (step !== undefined) {
      const from = this.at;
      this.move(from + step, true);
      if (e.shiftKey && this.choose) {
        if (this.shifted === undefined) this.shifted = from;
        this.range(this.shifted, this.at);
        this.refresh();
      } else this.shifted = undefined;
    } else if (e.key === " " && this.choose) {
      this.anchor = this.at;
      this.toggle(this.current);
      this.refresh();
    } else if ((e.key.toLowerCase() === "o" && !e.ctrlKey && (e.altKey || !this.searches))
      || (e.altKey && e.code === "KeyO" && !e.ctrlKey) || (e.key === "Enter" && !this.choose)) this.open(this.current);
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  /** Puts images after another; those without a label are taken as that one is. */
  insert(after, images) {
    const i = this.images.indexOf(after) + 1;
    const takes = x => this.odd.get(x.id) === x.state ? !this.takesAtFirst(x) : this.taken.has(after.id);
    images.filter(x => x.state === "unlabelled" && !x.leased && takes(x)).forEach(x => this.taken.add(x.id));
    this.images.splice(i, 0, ...images);
    const tiles = images.map(x => this.tile(x));
    this.element.children[i - 1].after(...tiles);
    this.refresh();
  }

  remove(images) {
    for (const image of images) {
      const i = this.images.indexOf(image);
      if (i < 0) continue;
      this.images.splice(i, 1);
      this.element.children[i].remove();
      this.taken.delete(image.id);
      this.odd.delete(image.id);
    }
    this.move(Math.min(this.at, this.images.length - 1), false);
    this.refresh();
  }
}
