// The images to label, in the order of the choice: those seen, the one on screen, and those that wait decoded.
import { get, post, postLast } from "./api.js";
import { isWaitingFor } from "./outbox.js";
import { emit, on } from "./store.js";
import { Slot } from "./viewer.js";

const ahead = 10, wholeAhead = 6, behind = 3, kept = 200, stay = 3;

export class Queue {
  constructor(viewer, { split = "pool", selection = null } = {}) {
    this.viewer = viewer;
    this.split = split;
    this.selection = selection;
    this.slots = [];          // in the order in which they were or will be seen
    this.at = 0;
    this.skipped = new Set();
    this.done = new Set();    // labelled here: the server may not know it yet
    this.filling = null;
    this.empty = false;
    this.others = 0;          // images that other pages hold, where there are no more for this one
    this.error = null;
    this.renew = setInterval(() => this.lease(), 45000);
    this.off = on("learned", () => this.rank());
    addEventListener("pagehide", () => {
      if (!this.closed && this.held.length) postLast("release", { images: this.held });
    });
  }

  /** Ids of the images that nobody else should get meanwhile. */
  get held() { return this.slots.slice(this.at).map(s => s.image.id).filter(id => !this.done.has(id)); }

  close() {
    clearInterval(this.renew);
    clearTimeout(this.retry);
    this.off();
    this.closed = true;
  }

  get current() { return this.slots[this.at] ?? null; }

  /** Goes on; what is skipped comes again when nothing else is left. */
  next(skip = false) {
    if (skip && this.current) this.skipped.add(this.current.image.id);
    if (this.at < this.slots.length) this.at++;
    this.trim();
    this.fill();
    return this.current;
  }

  back() {
    if (this.at > 0) this.at--;
    return this.current;
  }

  /** Puts an image on screen: one that was undone, or one that was asked for. */
  goTo(image) {
    const i = this.slots.findIndex(s => s.image.id === image.id);
    if (i >= 0) {
      this.update(image);
      // what lies between comes after it
      if (i > this.at) this.slots.splice(this.at, 0, ...this.slots.splice(i, 1));
      else this.at = i;
    } else this.slots.splice(this.at, 0, new Slot(image));
    this.prepare();
    return this.current;
  }

  /** Takes the answer of the server for an image that is here; what was decided since is newer, and on its way. */
  update(image) {
    const slot = this.slots.find(s => s.image.id === image.id);
    if (slot && !isWaitingFor(image.id)) Object.assign(slot.image, image);
  }

  /** Images that were decided, here or elsewhere on the page: those that are ahead need not be shown any more. */
  decided(images) {
    for (const image of images) {
      const i = this.slots.findIndex(s => s.image.id === image.id);
      if (i > this.at) this.slots.splice(i, 1)[0].sheet.remove();
      else if (i >= 0 && this.slots[i].image !== image) {
        const { state, classes, shapes } = image;
        Object.assign(this.slots[i].image, { state, classes, shapes });
      }
    }
  }

  /** Asks for more when fewer than enough are ahead. */
  async fill() {
    this.prepare();
    const missing = this.stale ? ahead : ahead - (this.slots.length - 1 - this.at);
    if (missing <= 2 || this.filling || this.closed) return this.filling;
    const asked = this.filling = this.ask(missing);
    try { await asked; } finally { if (this.filling === asked) this.filling = null; }
  }

  later(ms, then = () => this.fill()) {
    clearTimeout(this.retry);
    this.retry = setTimeout(then, ms);
  }

  /** Asks again when others may have left images, as long as somebody looks: a page that nobody sees holds none. */
  wait() {
    this.later(3000, () => document.hidden || !this.viewer.stage.isConnected ? this.wait() : this.fill());
  }

  async ask(count) {
    const generation = this.generation, stale = this.stale;
    const shown = stale ? this.slots.slice(0, this.at + stay) : this.slots;
    const skip = [...shown.slice(-40).map(s => s.image.id), ...[...this.skipped].slice(-kept)];
    try {
      const { items, others } = await get("queue", {
        count, skip: [...new Set(skip)].join(","), split: this.split, selection: this.selection });
      if (this.closed || generation !== this.generation) return;
      const former = new Map((stale ? this.slots.splice(this.at + stay) : []).map(s => [s.image.id, s]));
      const here = new Set(this.slots.map(s => s.image.id));
      const fresh = items.filter(i => !here.has(i.id) && !this.done.has(i.id) && !isWaitingFor(i.id));
      for (const image of fresh) {
        const slot = former.get(image.id);
        if (slot) Object.assign(slot.image, image);              // it is decoded already
        this.slots.push(slot ?? new Slot(image));
        former.delete(image.id);
      }
      for (const slot of former.values()) slot.sheet.remove();
      this.stale = false;
      this.empty = items.length === 0;
      this.others = others;
      this.error = null;
      // others may leave them; beside skipped images there is a button, and that does not go away under a finger
      if (this.empty && others && !this.current && !this.skipped.size) this.wait();
    } catch (e) {
      if (typeof e.status !== "number") throw e;
      if (this.closed || generation !== this.generation) return;
      this.error = e;
      if (e.status === 401 || e.status === 403) emit("signed-out", e.message);
      if (e.status !== 404) this.later(1500);              // a selection that is gone does not come back
    }
    this.prepare();
    emit("queue", this);
  }

  /** After learning: what is on screen and the next two stay. The rest is replaced when the new choice is here, so that
   *  whoever is quick does not wait for it. */
  rank() {
    this.generation = (this.generation ?? 0) + 1;
    this.stale = true;
    this.filling = null;
    this.empty = false;
    this.fill();
  }

  again() {
    this.skipped.clear();
    this.empty = false;
    this.slots = this.slots.slice(0, this.at).filter(s => this.done.has(s.image.id));
    this.at = this.slots.length;
    return this.fill();
  }

  /** Lays out and decodes what comes next, the nearest first. */
  prepare() {
    const near = this.slots.slice(Math.max(0, this.at - behind), this.at + ahead + 1);
    for (const slot of near) this.viewer.add(slot);
    const wanted = this.slots.slice(this.at, this.at + 1 + wholeAhead);
    (async () => {
      for (const slot of wanted) {
        await slot.ready;
        await slot.wholePicture();
      }
    })();
  }

  /** Forgets pictures far behind; their images stay, to go back to. */
  trim() {
    for (const slot of this.slots.slice(0, Math.max(0, this.at - behind))) slot.sheet.remove();
    if (this.at > kept) this.slots.splice(0, this.at - kept), (this.at = kept);
  }

  lease() {
    if (this.held.length) post("lease", { images: this.held }).catch(() => { /* asked again soon */ });
  }
}
