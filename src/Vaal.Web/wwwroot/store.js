// What all parts of the page share: the project, who listens, and settings that this browser remembers.
import { get } from "./api.js";

/** The project as the server last told it. */
export let project = null;

const listeners = new Map();
export function on(event, listener) {
  if (!listeners.has(event)) listeners.set(event, new Set());
  listeners.get(event).add(listener);
  return () => listeners.get(event).delete(listener);
}
export function emit(event, data) {
  for (const listener of [...listeners.get(event) ?? []]) listener(data);
}

// Okabe and Ito's colours first: colour-blind readers can tell them apart. Then hues far from each other, by turns
// darker and lighter than those.
const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#737373"];

function colorAt(i) {
  if (i < palette.length) return palette[i];
  const [light, strong] = i % 2 ? [0.72, 0.2] : [0.36, 0.26];
  const channel = shift => {
    const k = (shift + i * 137.5 / 30) % 12;
    const value = light - strong * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value).toString(16).padStart(2, "0");
  };
  return "#" + channel(0) + channel(8) + channel(4);
}

let told = 0, text = "";  // how often the server has told us, and what it said last

export function setProject(next) {
  // each kind of labels has views, tools and keys of its own
  if (project && project.kind !== next.kind) return location.reload();
  told++;
  text = JSON.stringify(next);
  project = next;
  next.classes.forEach((c, i) => { c.color ??= colorAt(i); });
  emit("project", next);
}
/** Asks again as long as something newer was told meanwhile: an older answer must not overwrite it. */
export async function reloadProject() {
  const before = told, next = await get("project");
  if (before !== told) return reloadProject();
  if (JSON.stringify(next) !== text) setProject(next);
}

/** A value kept in this browser; a browser without storage forgets it. */
export function remembered(name, fallback, where = "localStorage") {
  try { return JSON.parse(window[where].getItem("vaal." + name)) ?? fallback; } catch { return fallback; }
}
export function remember(name, value, where = "localStorage") {
  try { window[where].setItem("vaal." + name, JSON.stringify(value)); } catch { /* only forgotten */ }
}
/** Where two people use one browser, each has values of their own. */
export const ownName = name => `${name}.${project.id}.${encodeURIComponent(project.me?.name ?? "")}`;

const spare = "#7d8894";
export const classNamed = name => project.classes.find(c => c.name === name);
export const colorOf = name => classNamed(name)?.color ?? spare;
export const isShapes = () => project.kind === "shapes" || project.shapes === true;
export const isMulti = () => project.kind === "multi";
export const isOwner = () => project.me?.role !== "labeller";
