// From painted pixels to polygons: the outline runs along the edges of pixels, and a hole is joined to its
// outline by a cut of no width, so that every part is one closed polygon.

/** Paints on an empty canvas; true where a pixel is more than half covered. */
export function raster(width, height, paint) {
  const canvas = new OffscreenCanvas(width, height);
  const c = canvas.getContext("2d", { willReadFrequently: true });
  paint(c);
  const { data } = c.getImageData(0, 0, width, height);
  const on = new Uint8Array(width * height);
  for (let i = 0; i < on.length; i++) on[i] = data[4 * i + 3] > 127 ? 1 : 0;
  return { width, height, on };
}

/** The polygons around the painted pixels; an inner pixel's own corners are whole numbers. */
export function outlineOf({ width, height, on }) {
  const at = (x, y) => x >= 0 && y >= 0 && x < width && y < height && on[y * width + x] === 1;
  // Each edge between a painted and an empty pixel, directed so that the painted one is at the right hand.
  const next = new Map(), key = (x, y) => y * (width + 1) + x;
  const edge = (ax, ay, bx, by) => {
    const k = key(ax, ay);
    next.has(k) ? next.get(k).push([bx, by]) : next.set(k, [[bx, by]]);
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (on[y * width + x]) {
    if (!at(x, y - 1)) edge(x, y, x + 1, y);
    if (!at(x + 1, y)) edge(x + 1, y, x + 1, y + 1);
    if (!at(x, y + 1)) edge(x + 1, y + 1, x, y + 1);
    if (!at(x - 1, y)) edge(x, y + 1, x, y);
  }
  const rings = [];
  for (const [start, out] of next) while (out.length) {
    const ring = [];
    let x = start % (width + 1), y = Math.floor(start / (width + 1)), dx = 0, dy = 0;
    do {
      const exits = next.get(key(x, y));
      // where two pixels touch at a corner, the turn to the right keeps them apart
      const right = exits.findIndex(([ex, ey]) => ex - x === -dy && ey - y === dx);
      const [[bx, by]] = exits.splice(Math.max(0, right), 1);
      if (bx - x !== dx || by - y !== dy) ring.push([x, y]);     // only corners
      (dx = bx - x), (dy = by - y), (x = bx), (y = by);
    } while (key(x, y) !== start);
    const [ax, ay] = ring[0];
    if ((dx !== 0 && ring.at(-1)[1] === ay && ring[1]?.[1] === ay)
      || (dy !== 0 && ring.at(-1)[0] === ax && ring[1]?.[0] === ax)) ring.shift();
    rings.push(ring);
  }
  const outer = rings.filter(r => signedArea(r) > 0), holes = rings.filter(r => signedArea(r) < 0);
  for (const hole of holes) {
    const home = outer.filter(r => holds(r, hole)).sort((a, b) => signedArea(a) - signedArea(b))[0];
    if (home) join(home, hole);
  }
  return outer;
}

/** Puts a hole into its outline by the shortest cut between two of their corners. */
function join(outline, hole) {
  let best = Infinity, at = 0, from = 0;
  outline.forEach(([x, y], i) => hole.forEach(([hx, hy], j) => {
    const d = (x - hx) ** 2 + (y - hy) ** 2;
    if (d < best) (best = d), (at = i), (from = j);
  }));
  const turned = [...hole.slice(from), ...hole.slice(0, from)];
  outline.splice(at + 1, 0, ...turned, turned[0], outline[at]);
}

/** Whether the painted pixel at the right hand of a hole's first edge lies inside a ring. */
function holds(ring, [[ax, ay], [bx, by]]) {
  const dx = Math.sign(bx - ax), dy = Math.sign(by - ay);
  const x = ax + (dx - dy) / 2, y = ay + (dx + dy) / 2;
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    if (ring[i][1] > y !== ring[j][1] > y && x < ring[i][0]) inside = !inside;
  }
  return inside;
}

export function signedArea(points) {
  let sum = 0;
  for (let i = 0, j = points.length - 1; i < points.length;
    j = i++) sum += points[j][0] * points[i][1] - points[i][0] * points[j][1];
  return sum / 2;
}
export const area = points => Math.abs(signedArea(points));

/** Leaves out points that are nearer than `least` to the one before; the last stays. */
export function simplified(points, least) {
  const kept = [points[0]];
  for (const p of points) if (Math.hypot(p[0] - kept.at(-1)[0], p[1] - kept.at(-1)[1]) >= least) kept.push(p);
  if (kept.at(-1) !== points.at(-1)) kept.push(points.at(-1));
  return kept;
}
