// Shapes as SVG over the image, in its pixels; lines and letters are as large at each zoom.
import { s } from "./dom.js";
import { corners, ordered, ringsOf, sidesOf } from "./geometry.js";
import { colorOf } from "./store.js";

export const grip = 9;    // how near the pointer must be to a corner, in screen pixels

/** The shapes with their names, and the corners of the selected one; k is screen pixels a pixel of the image. */
export function drawShapes(shapes, selected, k, image) {
  const parts = shapes.map((shape, i) => s("g",
    { class: i === selected ? "shape on" : "shape", "data-class": shape.class },
    s("path", { d: ringsOf(shape).map(ring => `M${ring.map(p => p.join(" ")).join("L")}Z`).join(""),
      stroke: colorOf(shape.class), fill: colorOf(shape.class), "fill-rule": "evenodd" }), nameOf(shape, k, image)));
  const chosen = shapes[selected], size = grip / k;
  if (chosen && chosen.kind !== "brush") {
    parts.push(...corners(chosen).map(([x, y]) =>
      s("rect", { class: "grip", x: x - size / 2, y: y - size / 2, width: size, height: size,
        stroke: colorOf(chosen.class) })));
  }
  return parts;
}

/** The class, at the upper end of the shape. */
function nameOf(shape, k, image) {
  const { xs, ys } = sidesOf(shape), top = Math.min(...ys), size = 12 / k, x = xs[ys.indexOf(top)];
  return s("text", { x: Math.min(x + 2 / k, image.width - 4 * size), y: Math.max(top - size / 3, size),
    "font-size": size, "stroke-width": 3 / k }, shape.class);
}

/** What is being drawn: { kind, points } and for a polygon the free end, for the brush its radius. */
export function drawDraft({ kind, points, free, radius, erase }, className, k) {
  const color = colorOf(className), list = pts => pts.map(p => p.join(",")).join(" ");
  if (kind === "box") return [s("polygon", { class: "draft",
    points: list(ringsOf({ kind, points: ordered(points) })[0]), stroke: color, fill: "none" })];
  if (kind === "brush") return [s("polyline", { class: erase ? "stroke erase" : "stroke",
    points: list(points.length > 1 ? points : [points[0], points[0]]), stroke: color, "stroke-width": 2 * radius,
    fill: "none" })];
  return [s("polyline", { class: "draft", points: list([...points, free]), stroke: color, fill: "none" }),
    ...points.map(([x, y]) => s("circle", { class: "grip", cx: x, cy: y, r: grip / 2 / k, stroke: color }))];
}
