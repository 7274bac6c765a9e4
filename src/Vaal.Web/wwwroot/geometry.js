// Shapes as closed lines of points: where their corners are, what lies inside, and how they move and grow.
// Nothing here changes what it was given.

/** Corners and middles of the sides of a box, as (left or right, top or bottom). */
const sides = [[-1, -1], [0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0]];

/** The points of a shape that can be dragged. */
export function corners(shape) {
  if (shape.kind !== "box") return shape.kind === "brush" ? [] : shape.points;
  const [[l, t], [r, b]] = shape.points;
  return sides.map(([x, y]) => [x < 0 ? l : x > 0 ? r : (l + r) / 2, y < 0 ? t : y > 0 ? b : (t + b) / 2]);
}

/** Two corners of a box as its left upper and its right lower one. */
export const ordered = ([[ax, ay], [bx, by]]) =>
  [[Math.min(ax, bx), Math.min(ay, by)], [Math.max(ax, bx), Math.max(ay, by)]];

/** The closed lines of a shape; an imported one may have several. */
export function ringsOf({ kind, points, rings }) {
  if (kind !== "box") return rings ?? [points];
  const [[l, t], [r, b]] = points;
  return [[[l, t], [r, t], [r, b], [l, b]]];
}

/** All coordinates of a shape, across and down. */
export function sidesOf(shape) {
  const points = ringsOf(shape).flat();
  return { xs: points.map(p => p[0]), ys: points.map(p => p[1]) };
}

/** Whether a point lies within closed lines: even and odd crossings of a ray to the right. */
export function isWithin(rings, [x, y]) {
  let inside = false;
  for (const points of rings) for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [ax, ay] = points[i], [bx, by] = points[j];
    if (ay > y !== by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

const moved = (shape, move) =>
  ({ ...shape, points: shape.points?.map(move) ?? null, rings: shape.rings?.map(ring => ring.map(move)) });

/** Moved by so much, and no farther than the edge of the image. */
export function shifted(shape, dx, dy, { width, height }) {
  const { xs, ys } = sidesOf(shape);
  dx = Math.max(-Math.min(...xs), Math.min(width - Math.max(...xs), dx));
  dy = Math.max(-Math.min(...ys), Math.min(height - Math.max(...ys), dy));
  return moved(shape, ([x, y]) => [x + dx, y + dy]);
}

/** The right lower corner of a box; other shapes grow about their left upper corner. */
export function resized(shape, dx, dy, image) {
  const { xs, ys } = sidesOf(shape);
  const l = Math.min(...xs), t = Math.min(...ys), w = Math.max(...xs) - l, v = Math.max(...ys) - t;
  const fx = Math.max(1, w + dx) / w, fy = Math.max(1, v + dy) / v;
  return inside(moved(shape, ([x, y]) => [l + (x - l) * fx, t + (y - t) * fy]), image);
}

/** Cut off at the edges of the image. */
export const inside = (shape, { width, height }) =>
  moved(shape, ([x, y]) => [Math.max(0, Math.min(width, x)), Math.max(0, Math.min(height, y))]);

/** All points lie on one line, as the server sees it: a line that crosses itself has an area, whatever its sum. */
function isFlat(points) {
  const [[ox, oy]] = points, away = ([x, y]) => Math.max(Math.abs(x - ox), Math.abs(y - oy));
  const [fx, fy] = points.reduce((a, p) => away(p) > away(a) ? p : a), least = 1e-6 * away([fx, fy]);
  return points.every(([x, y]) => Math.abs((x - ox) * (fy - oy) - (y - oy) * (fx - ox)) <= least);
}

/** Nothing is left of it, as where it was cut off at an edge: the server takes no such shape. */
export const isEmpty = shape => ringsOf(shape).every(isFlat);

/** With one of its corners at a point. */
export function reshaped(shape, corner, [x, y]) {
  const next = structuredClone(shape);
  if (shape.kind === "box") {
    const [[l, t], [r, b]] = shape.points, [h, v] = sides[corner];
    next.points = ordered([[h < 0 ? x : l, v < 0 ? y : t], [h > 0 ? x : r, v > 0 ? y : b]]);
  } else next.points[corner] = [x, y];
  return next;
}
