// One picture that can be zoomed and moved. Slots of several images lie in the stage, one of them is seen.
import { full, tile } from "./api.js";
import { h, s } from "./dom.js";

const deepest = 64;      // screen pixels a pixel of the image

/** The picture of an image: a small one at once, the whole one over it as soon as it is decoded. */
export class Slot {
  constructor(image) {
    this.image = image;
    this.small = h("img.small", { alt: "", draggable: "false" });
    this.full = h("img.full", { alt: `Image ${image.name}`, draggable: "false" });
    this.overlay = s("svg", { class: "overlay", viewBox: `0 0 ${image.width} ${image.height}`,
      preserveAspectRatio: "none", "aria-hidden": "true" },
      ...(image.regions ?? [])
        .map(r => s("rect", { class: "region", x: r.x, y: r.y, width: r.width, height: r.height })));
    this.sheet = h(".sheet", this.small, this.full, this.overlay);
    this.sheet.shows = this;
    this.asked = false;
    this.small.src = tile(image);
    this.ready = this.small.decode().catch(() => { this.sheet.classList.add("broken"); });
  }

  /** Decodes the whole picture; resolves when it can be painted without delay. */
  wholePicture() {
    if (this.asked) return this.whole;
    this.asked = true;
    this.full.src = full(this.image);
    this.whole = this.full.decode().then(() => this.sheet.classList.add("whole"), () =>
      this.sheet.classList.add("no-full"));
    return this.whole;
  }
}

/** Where the seen slot lies in the stage: its zoom and its offset. */
export class Viewer {
  constructor(stage) {
    this.stage = stage;
    this.slot = null;
    this.zoom = 1;        // 1 = the image fits the stage
    this.x = this.y = 0;  // of the image's middle from the stage's middle, in screen pixels
    this.changed = () => {};
    new ResizeObserver(() => this.resized()).observe(stage);
    stage.addEventListener("wheel", e => this.wheel(e), { passive: false });
    stage.addEventListener("dblclick", e => { if (!this.busy?.(e)) this.zoom > 1.01 ? this.fit()
      : this.zoomTo(3, e.clientX, e.clientY); });
    this.grips();
  }

  /** Puts a slot under the others, laid out and ready to be painted. */
  add(slot) {
    if (slot.sheet.parentNode !== this.stage) this.stage.append(slot.sheet);
    // another view may have shown it: what is not shown here must not cover what is
    slot.sheet.classList.toggle("on", slot === this.slot);
    this.lay(slot, 1, 0, 0);
  }

  show(slot) {
    if (this.slot && this.slot !== slot) this.slot.sheet.classList.remove("on");
    this.slot = slot;
    this.zoom = 1;
    this.x = this.y = 0;
    if (!slot) return;
    this.add(slot);
    this.changed();
  }

  /** Screen pixels a pixel of the image. */
  scale(image = this.slot.image, zoom = this.zoom) {
    const { clientWidth: w, clientHeight: h } = this.stage;
    return zoom * Math.max(0.001, Math.min(w / image.width, h / image.height));
  }

  lay(slot, zoom = this.zoom, x = this.x, y = this.y) {
    const k = this.scale(slot.image, zoom);
    const width = slot.image.width * k, height = slot.image.height * k, style = slot.sheet.style;
    style.setProperty("width", `${width}px`);
    style.setProperty("height", `${height}px`);
    style.setProperty("left", `${(this.stage.clientWidth - width) / 2 + x}px`);
    style.setProperty("top", `${(this.stage.clientHeight - height) / 2 + y}px`);
    slot.sheet.classList.toggle("pixels", zoom > 1.01 && k > 3);
  }

  resized() {
    for (const sheet of this.stage.children) if (sheet.shows && sheet.shows !== this.slot) this.lay(sheet.shows, 1, 0,
      0);
    if (this.slot) this.place();
  }

  /** Keeps some of the image in sight and lays it out. */
  place() {
    const k = this.scale(), { clientWidth: w, clientHeight: h } = this.stage;
    const roomX = Math.max(0, (this.slot.image.width * k - w) / 2 + (this.zoom > 1 ? w / 4 : 0));
    const roomY = Math.max(0, (this.slot.image.height * k - h) / 2 + (this.zoom > 1 ? h / 4 : 0));
    this.x = Math.max(-roomX, Math.min(roomX, this.x));
    this.y = Math.max(-roomY, Math.min(roomY, this.y));
    this.lay(this.slot);
    this.changed();
  }

  fit() { this.zoom = 1; this.x = this.y = 0; this.place(); }
  pan(dx, dy) { this.x += dx; this.y += dy; this.place(); }

  /** Zooms so that what lies under the point stays there. */
  zoomTo(zoom, clientX, clientY) {
    if (!this.slot) return;
    const most = deepest / this.scale(this.slot.image, 1);
    const next = Math.max(1, Math.min(Math.max(most, 1), zoom));
    const box = this.stage.getBoundingClientRect();
    const fromX = (clientX ?? box.left + box.width / 2) - box.left - box.width / 2;
    const fromY = (clientY ?? box.top + box.height / 2) - box.top - box.height / 2;
    this.x = fromX - (fromX - this.x) * next / this.zoom;
    this.y = fromY - (fromY - this.y) * next / this.zoom;
    this.zoom = next;
    if (next === 1) this.x = this.y = 0;
    this.place();
  }

  zoomBy(factor, x, y) { this.zoomTo(this.zoom * factor, x, y); }

  wheel(e) {
    if (!this.slot) return;
    e.preventDefault();
    this.zoomBy(Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.0016)), e.clientX, e.clientY);
  }

  /** A point of the screen in pixels of the original image. */
  toImage(clientX, clientY) {
    const box = this.slot.sheet.getBoundingClientRect(), { width, height } = this.slot.image;
    return [(clientX - box.left) / box.width * width, (clientY - box.top) / box.height * height];
  }

  /** Dragging moves the picture, two fingers zoom it. */
  grips() {
    const fingers = new Map();
    let spread = 0;
    this.stage.addEventListener("pointerdown", e => {
      if (!this.slot || this.busy?.(e)) return;
      fingers.set(e.pointerId, [e.clientX, e.clientY]);
      spread = 0;
      this.stage.setPointerCapture(e.pointerId);
    });
    this.stage.addEventListener("pointermove", e => {
      const last = fingers.get(e.pointerId);
      if (!last) return;
      fingers.set(e.pointerId, [e.clientX, e.clientY]);
      if (fingers.size === 2) {
        const [[ax, ay], [bx, by]] = [...fingers.values()];
        const now = Math.hypot(ax - bx, ay - by);
        if (spread) this.zoomBy(now / spread, (ax + bx) / 2, (ay + by) / 2);
        spread = now;
      } else if (this.zoom > 1) this.pan(e.clientX - last[0], e.clientY - last[1]);
    });
    for (const end of ["pointerup", "pointercancel"]) this.stage.addEventListener(end, e =>
      fingers.delete(e.pointerId));
  }
}
