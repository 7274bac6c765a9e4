// Labels on their way to the server. Each is stored in the browser before it is sent and forgotten after the
// server has said that it is saved. Each carries an id, and the server does the same id once. So a label is
// neither lost nor doubled, whichever side dies, and two tabs may both send what one of them left.
import { post } from "./api.js";
import { toast, uuid } from "./dom.js";
import { drawingOf, keepDrawing } from "./drawings.js";
import { emit, project } from "./store.js";

const largestPost = 60, longestWait = 4000, patience = 30000;

let waiting = [];             // in the order of the user's actions
let most = largestPost;         // fewer after a refusal, until the refused one is found
let sending = false, wait = 0, timer = 0, count = 0, reached = true, known = true, stale = false, why = "";
const settled = new Map();    // op → what to do with its result

const ofProject = () => `vaal.op.${project.id ?? project.name}.`;
// where two people use one browser, the labels of each wait for that person
const prefix = () => `${ofProject()}${encodeURIComponent(project.me?.name ?? "").replaceAll(".", "%2E")}.`;
// an older page did not write down whose they are
const isMine = key => key.startsWith(prefix())
  || key.startsWith(ofProject()) && /^\d{15}\.\d{6}\./.test(key.slice(ofProject().length));
export const pending = () => waiting.length;
export const isWaitingFor = image => waiting.some(w => w.image === image);

/** Takes up what an earlier page of this project has left. */
export function openOutbox() {
  const left = [];
  try {
    for (let i = 0; i < localStorage.length; i++) {
      const key = localStorage.key(i);
      if (isMine(key)) left.push(key);
    }
    waiting = left.sort().map(key => ({ ...JSON.parse(localStorage.getItem(key)), key, stored: true }));
  } catch { waiting = []; }
  addEventListener("online", sendNow);
  addEventListener("beforeunload", e => { if (waiting.some(w => !w.stored)) e.preventDefault(); });
  tell();
  send();
}

/** Stores operations and sends them; gives their ids. */
export function put(operations, done) {
  const ids = operations.map(o => o.op);
  for (const operation of operations) {
    const key = prefix() + String(Date.now()).padStart(15, "0") + "." + String(count++)
      .padStart(6, "0") + "." + operation.op;
    waiting.push({ ...operation, key, stored: store(key, operation) });
    if (done) settled.set(operation.op, done);
  }
  tell();
  send();
  return ids;
}

/** An operation that undoes the step of another operation, or my last step. */
export const undoOf = undoes => ({ type: "undo", op: uuid(), undoes });

export function sendNow() {
  wait = 0;
  clearTimeout(timer);
  send();
}

function store(key, operation) {
  try {
    localStorage.setItem(key, JSON.stringify(operation));
    return true;
  } catch { return false; }   // storage is full or switched off: the page asks before it is closed
}

function forget(operation) {
  waiting = waiting.filter(w => w !== operation);
  try { localStorage.removeItem(operation.key); } catch { /* nothing was stored */ }
}

/** What is sent next: one undo, or all labels up to the next undo. */
function nextPost() {
  const end = waiting.findIndex(w => w.type === "undo");
  if (end === 0) return waiting.slice(0, 1);
  let part = waiting.slice(0, end < 0 ? most : Math.min(end, most));
  const step = part.at(-1)?.step;
  if (step) part = part.concat(waiting.slice(part.length).filter(w => w.step === step));
  // a step is one entry: never cut
  return part;
}

async function send() {
  if (sending || waiting.length === 0) return;
  sending = true;
  const part = nextPost();
  const clock = new AbortController();
  const limit = setTimeout(() => clock.abort(), patience);
  try {
    if (part[0].type === "undo") await sendUndo(part[0], clock.signal);
    else await sendLabels(part, clock.signal);
    reached = known = true;
    most = Math.min(largestPost, 2 * most);
    wait = 0;
    why = "";
  } catch (e) {
    if (typeof e.status !== "number") console.error(e);
    reached = false;
    known = ![401, 403].includes(e.status);
    why = e.message;
    // A refusal of one label must not hold up the others: it is put aside, and the page says why.
    if (e.status >= 400 && e.status < 500 && ![401, 403, 409, 429].includes(e.status)) refuse(part, e.message);
    else if (e.status === 401 || e.status === 403) emit("signed-out", e.message);
    wait = Math.min(longestWait, wait ? wait * 2 : 250);
  } finally {
    clearTimeout(limit);
    sending = false;
  }
  tell();
  clearTimeout(timer);
  if (waiting.length) timer = setTimeout(send, wait);
}

async function sendLabels(part, signal) {
  const ops = part.map(({ key, stored, type, ...op }) => op);
  const answer = await post("labels", { project: project.id, ops }, signal);
  const results = new Map((answer.results ?? []).map(r => [r.op, r]));
  for (const operation of part) {
    const result = results.get(operation.op);
    if (!result) continue;                        // not answered: it stays and is sent again
    if (!result.saved) toast(`Not saved: ${result.why ?? "the server refused the label"}`, "bad");
    finish(operation, result);
  }
  emit("saved", answer);
  stale ||= [...results.values()].some(r => !r.saved);
  // classes that this page offers may be gone; labels that wait are in no count of the server
  if (!stale || waiting.length) return;
  stale = false;
  emit("recount");
}

async function sendUndo(operation, signal) {
  const { op, undoes } = operation;
  const answer = await post("undo", { project: project.id, op, undoes }, signal);
  finish(operation, answer);
  emit("saved", answer);
}

function finish(operation, result) {
  forget(operation);
  const { image, kind, shapes } = operation, isRefused = result.saved === false && kind === "shapes";
  // what has been drawn since is newer
  if (isRefused && shapes.length && !drawingOf(image)) keepDrawing(image, shapes, true);
  const done = settled.get(operation.op);
  settled.delete(operation.op);
  done?.(result, operation);
}

function refuse(part, message) {
  const oneStep = part.length === 1 || (part[0].step && part.every(w => w.step === part[0].step));
  if (!oneStep) return void (most = 1);
  for (const operation of part) finish(operation, { op: operation.op, saved: false, why: message });
  toast(`Not saved: ${message}`, "bad");
}

function tell() {
  emit("outbox", { waiting: waiting.length, reached, known, why, stored: waiting.every(w => w.stored) });
}
