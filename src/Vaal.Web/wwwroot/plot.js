// Many points on a canvas, which can be moved and zoomed. They are written into the pixels of one picture, which takes
// about a millisecond for 50,000 of them, so that each frame is drawn anew.
import { isWithin } from "./geometry.js";

export class Plot {
  constructor(plane, canvas) {
    this.plane = plane;         // the canvas is as large as this
    this.canvas = canvas;
    this.xs = this.ys = new Float32Array(0);
    this.selected = null;       // 1 for each point that is; null: none
    this.lasso = [];            // a line that is being drawn, in screen pixels
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(plane);
  }

  close() {
    this.closed = true;
    this.resizing.disconnect();
  }

  /** Whether there are points, laid out. */
  get ready() { return this.k > 0; }

  /** A colour for each point; those that are marked are larger and lie above the others. */
  color(colors, marked) {
    const bytes = new Map();
    this.colors = Uint32Array.from(colors, c => {
      if (!bytes.has(c)) bytes.set(c, pixel(c));
      return bytes.get(c);
    });
    this.marked = Uint8Array.from(marked);
    this.draw();
  }

  // ---- where the points are

  fit() {
    if (!this.xs.length) return;
    let l = Infinity, r = -Infinity, t = Infinity, b = -Infinity;
    for (let i = 0; i < this.xs.length; i++) {
      const x = this.xs[i], y = this.ys[i];
      if (x < l) l = x;
      if (x > r) r = x;
      if (y < t) t = y;
      if (y > b) b = y;
    }
    const { clientWidth: w, clientHeight: v } = this.plane;
    this.k = 0.92 * Math.min(w / Math.max(r - l, 1e-6), v / Math.max(b - t, 1e-6));
    this.ox = w / 2 - this.k * (l + r) / 2;
    this.oy = v / 2 - this.k * (t + b) / 2;
    this.first = this.k;
    this.draw();
  }

  zoom(factor, x = this.plane.clientWidth / 2, y = this.plane.clientHeight / 2) {
    const k = Math.max(this.first * 0.5, Math.min(this.first * 200, this.k * factor));
    this.ox = x - (x - this.ox) * k / this.k;
    this.oy = y - (y - this.oy) * k / this.k;
    this.k = k;
    this.draw();
  }

  move(dx, dy) {
    this.ox += dx;
    this.oy += dy;
    this.draw();
  }

  /** A point in screen pixels of the plane. */
  at(i) { return [this.xs[i] * this.k + this.ox, this.ys[i] * this.k + this.oy]; }

  /** A test of points: whether they are in the plane. */
  inView() {
    const { clientWidth: w, clientHeight: v } = this.plane;
    return i => {
      const [x, y] = this.at(i);
      return x >= 0 && y >= 0 && x < w && y < v;
    };
  }

  /** A test of points: whether they are within a line. */
  inside(line) { return i => isWithin([line], this.at(i)); }

  /** The point that is nearest to a place of the plane; -1 where there is none. */
  nearest([x, y], within = 12) {
    let best = within * within, found = -1;
    for (let i = 0; i < this.xs.length; i++) {
      const d = (this.xs[i] * this.k + this.ox - x) ** 2 + (this.ys[i] * this.k + this.oy - y) ** 2;
      if (d < best) (best = d), (found = i);
    }
    return found;
  }

  // ---- drawing

  /** Once a frame, however often it is asked. */
  draw() {
    if (this.waits || !this.colors) return;
    this.waits = true;
    requestAnimationFrame(() => {
      this.waits = false;
      if (!this.closed) this.paint();
    });
  }

  paint() {
    const scale = Math.min(2, devicePixelRatio), w = Math.round(this.plane.clientWidth * scale),
      v = Math.round(this.plane.clientHeight * scale);
    if (!w || !v) return;
    if (this.canvas.width !== w || this.canvas.height !== v) {
      (this.canvas.width = w), (this.canvas.height = v);
      this.context = this.canvas.getContext("2d");
      this.buffer = this.context.createImageData(w, v);
      this.pixels = new Uint32Array(this.buffer.data.buffer);
    }
    this.pixels.fill(0);
    const small = this.sizeOf(scale);
    for (const marked of [0, 1]) this.points(marked, marked ? small + Math.round(2 * scale) : small, scale, w, v);
    this.context.putImageData(this.buffer, 0, 0);
    this.line(scale);
  }

  /** Points are large where there are few, and grow with the zoom. */
  sizeOf(scale) {
    const n = this.xs.length, few = n < 2000 ? 5 : n < 10000 ? 3 : n < 20000 ? 2 : 1;
    return Math.max(1, Math.round(scale * Math.min(7, few * Math.sqrt(this.k / this.first))));
  }

  points(marked, size, scale, w, v) {
    const { xs, ys, colors, pixels, k, ox, oy, selected } = this, before = size >> 1, skip = discOf(size);
    for (let i = 0; i < xs.length; i++) {
      if (this.marked[i] !== marked) continue;
      const x = ((xs[i] * k + ox) * scale - before) | 0, y = ((ys[i] * k + oy) * scale - before) | 0;
      if (x < 0 || y < 0 || x + size >= w || y + size >= v) continue;
      const color = selected && !selected[i] ? (colors[i] & 0xffffff) | 0x38000000 : colors[i];
      for (let dy = 0, at = y * w + x; dy < size; dy++, at += w)
        for (let dx = skip[dy], end = size - dx; dx < end; dx++) pixels[at + dx] = color;
    }
  }

  line(scale) {
    if (this.lasso.length < 2) return;
    const c = this.context;
    c.beginPath();
    this.lasso.forEach(([x, y], i) => i ? c.lineTo(x * scale, y * scale) : c.moveTo(x * scale, y * scale));
    c.closePath();
    c.lineWidth = 2 * scale;
    c.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--accent");
    c.stroke();
  }
}

/** "#rrggbb" as the 32 bits of a canvas pixel on a little-endian machine. */
function pixel(color) {
  const n = parseInt(color.slice(1, 7), 16);
  return (0xff000000 | (n & 0xff) << 16 | (n & 0xff00) | n >> 16) >>> 0;
}

/** How many pixels at each end of a row of a square are outside its disc; small points stay squares. */
function discOf(size) {
  const r = size / 2;
  return Int32Array.from({ length: size }, (_, i) => size < 4 ? 0
    : Math.round(r - Math.sqrt(Math.max(0, r * r - (i + 0.5 - r) ** 2))));
}
