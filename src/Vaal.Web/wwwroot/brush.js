// The brush: a stroke becomes polygons along the edges of the pixels that it covers.
import { ringsOf } from "./geometry.js";
import { outlineOf, raster, simplified } from "./outline.js";

/** The outlines of a stroke. */
export const painted = ({ points, radius }, { width, height }) =>
  outlineOf(raster(width, height, c => stroke(c, points, radius)));

/** What a stroke leaves of a painted shape: as many outlines as it has parts then. */
export const rubbed = (shape, { points, radius }, { width, height }) => outlineOf(raster(width, height, c => {
  fill(c, ringsOf(shape));
  c.globalCompositeOperation = "destination-out";
  stroke(c, points, radius);
}));

function stroke(c, points, radius) {
  c.lineCap = c.lineJoin = "round";
  c.lineWidth = Math.max(1, 2 * radius);
  c.beginPath();
  c.moveTo(...points[0]);
  for (const p of simplified(points, radius / 8)) c.lineTo(...p);
  c.lineTo(points.at(-1)[0] + 1e-3, points.at(-1)[1]);
  c.stroke();
}

function fill(c, rings) {
  c.beginPath();
  for (const points of rings) {
    points.forEach(([x, y], i) => i ? c.lineTo(x, y) : c.moveTo(x, y));
    c.closePath();
  }
  c.fill("evenodd");
}
