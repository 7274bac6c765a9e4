// What was drawn and is not saved: it outlives a reload of the page, and a refusal by the server. Each image has its
// own: an undo may bring another one on screen, whose label must not take it away.
import { ownName, project, remember, remembered } from "./store.js";

const mostKept = 20;

// an older page did not write down whose they are, and one before it kept one drawing without a list
const anybodys = () => `drawn.${project.id}`;
const mine = () => ownName("drawn");

/** { image, shapes, refused }, the last at the end. */
const drawings = () => [remembered(anybodys(), []), remembered(mine(), [])].flat();

/** What was drawn last and may be saved; undefined: nothing. */
export const unsaved = () => drawings().findLast(d => !d.refused);
export const drawingOf = image => drawings().find(d => d.image === image);

/** Keeps the shapes of an image; null: they are saved, or taken back. refused: the server did not take these. */
export function keepDrawing(image, shapes, refused = false) {
  const others = drawings().filter(d => d.image !== image);
  remember(mine(), shapes ? [...others, { image, shapes, refused }].slice(-mostKept) : others);
  remember(anybodys(), []);
}
