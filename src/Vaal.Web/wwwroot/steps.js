// Steps of labels: each is put on its way to the server, shown and counted at once, and can be taken back.
import { get } from "./api.js";
import { toast, uuid } from "./dom.js";
import { suggestionsOf } from "./facts.js";
import { put, sendNow, undoOf } from "./outbox.js";
import { emit, project } from "./store.js";

const history = [];        // steps of this page that Z takes back, the last at the end

/** Puts one step of labels on its way; entries are { image, kind, classes, shapes, ms }. */
export function save(entries, { step = null, settle = false } = {}) {
  const ops = entries.map(({ image, ms = null, ...what }) => ({
    op: uuid(), image: image.id, classes: [], shapes: [], ...what, ms, step: step ?? undefined, settle: settle
      || undefined,
    suggested: agrees(image, what),
  }));
  const record = { id: ops[0].op, images: entries.map(e => e.image),
    before: entries.map(e => snapshot(e.image)) };
  history.push(record);
  entries.forEach(({ image, kind, classes = [], shapes = [] }) => {
    count(image, -1);
    if (kind === "label") Object.assign(image, { state: "labelled", classes: [...classes] });
    else if (kind === "shapes") Object.assign(image, { state: "labelled", shapes: structuredClone(shapes) });
    else if (kind === "clear") Object.assign(image, { state: "unlabelled", classes: [], shapes: [] });
    else Object.assign(image, { state: kind, classes: [] });
    count(image, 1);
  });
  emit("counts");
  emit("decided", record.images);
  put(ops, result => {
    if (result.saved !== false) return;
    const at = history.indexOf(record);                 // the server refused: nothing to undo, and it looks as before
    if (at >= 0) history.splice(at, 1);
    restore(record);
  });
}

/** A class was suggested on screen, and the label has it. */
const agrees = (image, { classes = [], shapes = [] }) => image.state === "unlabelled" && suggestionsOf(image)
  .some(s => classes.includes(s.class) || shapes.some(shape => shape.class === s.class));

const snapshot = ({ state, classes, shapes }) => structuredClone({ state, classes, shapes });

/** Labels of a class that the page already counts; the server's numbers come with the panel. */
function count(image, by) {
  const side = image.split === "test" ? "test" : "pool";
  if (image.state === "labelled") for (const name of new Set([...image.classes, ...(image.shapes ?? [])
    .map(s => s.class)])) {
    const c = project.classes.find(x => x.name === name);
    if (c) c[side] = Math.max(0, (c[side] ?? 0) + by);
  }
  if (side === "test") project.counts.testLabelled += image.state === "labelled" ? by : 0;
  else if (project.counts[image.state] !== undefined) project.counts[image.state] += by;
}

function restore(record) {
  record.images.forEach((image, i) => {
    count(image, -1);
    Object.assign(image, structuredClone(record.before[i]));
    count(image, 1);
  });
  emit("counts");
  emit("undone", record.images);
}

/** Takes back the last step: of this page at once, of an earlier one when the server has said which it was. */
export function undo() {
  const record = history.pop();
  if (record) {
    put([undoOf(record.id)], answer => answer.images ? emit("told", answer.images) : showAsSaved(record.images));
    restore(record);
    return;
  }
  put([undoOf(null)], answer => {
    if (answer.saved === false) return;
    toast(answer.entry ? `Undone: ${answer.what}` : answer.what);
    if (answer.images?.length) {
      emit("told", answer.images);
      emit("undone", answer.images);
    }
    emit("recount");
  });
  sendNow();
}

/** After the server refused to undo: the images as it has them. */
async function showAsSaved(images) {
  const now = await Promise.all(images.map(i => get(`images/${encodeURIComponent(i.id)}`).catch(() => i)));
  images.forEach((image, i) => Object.assign(image, now[i]));
  emit("told", now);
  emit("recount");
}
