// Steps of labels: each is put on its way to the server, shown and counted at once, and can be taken back. A change of
// the classes is a step too; it is shown when the server has done it.
import { get, post } from "./api.js";
import { toast, uuid } from "./dom.js";
import { drawingOf, keepDrawing } from "./drawings.js";
import { suggestionsOf } from "./facts.js";
import { put, sendNow, undoOf } from "./outbox.js";
import { emit, project, setProject } from "./store.js";

const history = [];        // steps of this page that Z takes back, the last at the end; those of classes have no parts

/** Puts one step of labels on its way; entries are { image, kind, classes, shapes, ms }. add: the classes join those
 *  that the image has. drawn: shapes that are not saved, which are there again when the image is. */
export function save(entries, { step = null, settle = false } = {}) {
  const ops = entries.map(({ image, ms = null, drawn, ...what }) => ({
    op: uuid(), image: image.id, classes: [], shapes: [], ...what, ms, step: step ?? undefined, settle: settle
      || undefined,
    suggested: agrees(image, what),
  }));
  const record = { id: ops[0].op, parts: entries.map(({ image, drawn }, i) =>
    ({ op: ops[i].op, image, drawn, before: snapshot(image) })) };
  history.push(record);
  entries.forEach(({ image, kind, classes = [], shapes = [], add = false }) => {
    count(image, -1);
    if (kind === "label") Object.assign(image, { state: "labelled",
      classes: [...new Set([...add ? image.classes : [], ...classes])] });
    else if (kind === "shapes") Object.assign(image, { state: "labelled", shapes: structuredClone(shapes) });
    else if (kind === "clear") Object.assign(image, { state: "unlabelled", classes: [], shapes: [] });
    else Object.assign(image, { state: kind, classes: [] });
    count(image, 1);
  });
  emit("counts");
  emit("decided", entries.map(e => e.image));
  put(ops, (result, { op }) => {
    const i = record.parts.findIndex(p => p.op === op);
    if (result.saved !== false || i < 0) return;
    // the server refused this one: it looks as before, and undo is of the others
    const refused = record.parts.splice(i, 1);
    record.id = record.parts[0]?.op;
    const at = history.indexOf(record);
    if (!record.parts.length && at >= 0) history.splice(at, 1);
    restore(refused, "refused");
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

/** Has the server change the classes; Z takes that back in its turn. Throws what the server says against it. */
export async function changeClasses(what) {
  const op = uuid(), next = await post("classes", { project: project.id, op, ...what });
  history.push({ id: op, parts: [] });
  setProject(next);
}

/** Shows images as they were before; says that they were undone, or refused. */
function restore(parts, how) {
  for (const { image, drawn, before } of parts) {
    count(image, -1);
    Object.assign(image, structuredClone(before));
    count(image, 1);
    if (drawn && !drawingOf(image.id)) keepDrawing(image.id, drawn);
  }
  emit("counts");
  emit(how, parts.map(p => p.image));
}

/** Takes back the last step: labels of this page at once; classes, and a step of an earlier page, when the server has
 *  said what that was. */
export function undo() {
  const record = history.pop();
  if (record?.parts.length) {
    const images = record.parts.map(p => p.image);
    put([undoOf(record.id)], answer => answer.images ? emit("told", answer.images) : showAsSaved(images));
    restore(record.parts, "undone");
    return;
  }
  put([undoOf(record?.id ?? null)], answer => {
    if (answer.saved === false) return;
    toast(answer.entry ? `Undone: ${answer.what}` : answer.what);
    if (answer.images?.length) {
      emit("told", answer.images);
      if (!record) emit("undone", answer.images);             // labels that classes have renamed stay where they are
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
