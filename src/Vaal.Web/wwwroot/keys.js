// Which key does what. Keys of actions are kept in this browser, keys of classes in the project.
import { dialog, h, toast } from "./dom.js";
import { changeClasses } from "./steps.js";
import { emit, isShapes, on, project, remember, remembered } from "./store.js";

/** Actions by name: what it does, its keys, and where it exists ("all" or a part of the page). */
const actions = {
  next: ["skip to the next image", ["ArrowRight", "ArrowDown", "Space"], "label"],
  back: ["back to the image before", ["Backspace", "ArrowLeft", "ArrowUp"], "label"],
  confirm: ["save and show the next image; label the tiles of the grid", ["Enter"], "all"],
  undo: ["undo", ["z", "Ctrl+z"], "all"],
  unsure: ["unsure", ["u"], "all"],
  unusable: ["unusable image", ["x"], "all"],
  find: ["find a class by typing", ["/"], "all"],
  zoomIn: ["zoom in", ["+", "="], "label"],
  zoomOut: ["zoom out", ["-"], "label"],
  fit: ["fit the image", ["0"], "label"],
  panLeft: ["move the picture left", ["Shift+ArrowLeft"], "label"],
  panRight: ["move the picture right", ["Shift+ArrowRight"], "label"],
  panUp: ["move the picture up", ["Shift+ArrowUp"], "label"],
  panDown: ["move the picture down", ["Shift+ArrowDown"], "label"],
  similar: ["more images like this one", ["Shift+m"], "label"],
  fan: ["fan out near-duplicates", ["f"], "grid"],
  all: ["take all or none", ["Ctrl+a"], "grid"],
  select: ["select and move shapes", ["v"], "shapes"],
  box: ["draw a box", ["b"], "shapes"],
  polygon: ["draw a polygon", ["p"], "shapes"],
  brush: ["paint with the brush", ["r"], "shapes"],
  copy: ["copy the shapes of the last image", ["c"], "shapes"],
  remove: ["delete the shape", ["Delete"], "shapes"],
  learn: ["learn now", ["Shift+l"], "all"],
  help: ["show the keys", ["?"], "all"],
};

const order = "123456789qwertyasdghjklnmcvbpri".split("");   // those of actions are left out below; O opens a tile

let own = remembered("keys", {});
let actionOf = new Map(), classOf = new Map(), keyOfClass = new Map();

const givenTo = name => own[name] ?? actions[name][1];
/** There are so many classes that letters search. */
export const lettersSearch = () => project.classes.length > 20;
const isLetter = key => /^(Shift\+)?\p{L}$/u.test(key);
// a class has its key in every browser, whatever that browser has given to actions
const keysOf = name => givenTo(name).filter(key => !(lettersSearch() && isLetter(key))
  && !project.classes.some(c => c.key === key));
// what a key repeats while it is held down; everything else it does once
const again = ["next", "back", "zoomIn", "zoomOut", "panLeft", "panRight", "panUp", "panDown"];
const exists = name => actions[name][2] !== "shapes" || isShapes();

/** Builds the tables again, after the project or a key has changed. */
function rebuild() {
  actionOf = new Map();
  for (const name of Object.keys(actions)) if (exists(name)) for (const key of keysOf(name)) actionOf.set(key, name);
  keyOfClass = new Map();
  classOf = new Map();
  for (const c of project.classes) if (c.key && !classOf.has(c.key)) give(c.name, c.key);
  const free = order.filter(key => !actionOf.has(key) && !classOf.has(key) && !(isShapes() && key === "n"));
  for (const c of project.classes) {
    if (keyOfClass.has(c.name)) continue;
    const key = free[0];
    if (!key || (lettersSearch() && !/\d/.test(key))) break;
    give(c.name, free.shift());
  }
  for (const e of document.querySelectorAll("[data-action]")) e.title = withKey(e.dataset.text, e.dataset.action);
  emit("keys");
}

function give(name, key) {
  classOf.set(key, name);
  keyOfClass.set(name, key);
}

/** How a key is written: "a", "Space", "Ctrl+z", "Shift+ArrowLeft". Other alphabets count by place. */
export function written(e) {
  const latin = e.key.length > 1 || e.key <= "~" || !e.code.startsWith("Key");
  const key = !latin ? e.code[3].toLowerCase() : e.key === " " ? "Space" : e.key.length === 1 ? e.key.toLowerCase()
    : e.key;
  const shift = e.shiftKey && (key.length > 1 || /[a-z]/.test(key)) ? "Shift+" : "";
  return (e.ctrlKey || e.metaKey ? "Ctrl+" : "") + (e.altKey ? "Alt+" : "") + shift + key;
}

export const keyOf = className => keyOfClass.get(className) ?? null;
/** Undefined: the action gave its last key away. */
export const firstKeyOf = action => keysOf(action)[0];
/** "Skip (→)" */
const withKey = (text, action) => firstKeyOf(action) ? `${text} (${shown(firstKeyOf(action))})` : text;
/** The tooltip of a button, which says the key of its action and follows it. */
export const tooltip = (text, action) => ({ title: withKey(text, action), "data-text": text, "data-action": action });

const signs = { ArrowRight: "→", ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓", Backspace: "⌫", Enter: "↵",
  Space: "Space", Delete: "Del" };
/** As people read it; a dash where there is no key. */
export const shown = key => !key ? "–" : key === "+" ? "+" : key.split("+")
  .map(k => signs[k] ?? (k.length === 1 ? k.toUpperCase() : k)).join(" ");

let handler = null;
/** The part of the page that is shown takes the keys: ({ action, className, letter, event }) → true if it used it. */
export const takeKeys = next => { handler = next; };

export function startKeys() {
  on("project", rebuild);
  rebuild();
  document.addEventListener("keydown", e => {
    if (e.defaultPrevented || e.isComposing || document.querySelector("dialog[open]")) return;
    const target = e.target;
    if (target.closest("input, textarea, select, [contenteditable]")) return;
    const key = written(e);
    // a control that has the focus keeps the keys that work it
    if ((key === "Space" || key === "Enter") && target.closest("button, a, summary, [role=tab]")) {
      if (e.repeat && key === "Enter") e.preventDefault();             // it would press the button again
      return;
    }
    if (key.includes("Arrow") && target.closest("[data-arrows]")) return;
    const use = {
      event: e, key, action: actionOf.get(key) ?? null, className: classOf.get(key) ?? null,
      letter: /^[\p{L}\d]$/u.test(e.key) && !e.ctrlKey && !e.altKey && !e.metaKey ? e.key : null,
    };
    if (e.repeat && (use.className || use.action && !again.includes(use.action))) { /* done once */ }
    else if (use.action === "help") showKeys();
    else if (!handler?.(use)) return;
    e.preventDefault();
  });
}

// ---- the dialog

function showKeys() {
  const body = h(".keys");
  const box = dialog("Keys", h("p.soft", "Choose a key to change it, then press the new one."),
    lettersSearch() ? h("p.soft", "With more than 20 classes, letters search, except those that a class was given.")
      : null, body,
    h("p", h("button", { type: "button", onclick: reset }, "Back to the keys as delivered")));
  fill();

  function fill() {
    const focused = document.activeElement?.dataset?.of;
    body.replaceChildren(...[
      part("Classes", project.classes.filter(c => keyOf(c.name))
        .map(c => row("class:" + c.name, c.name, [keyOf(c.name)]))),
      part("Images", names("label", "all")), isShapes() ? part("Shapes", names("shapes")) : part("Grid", names("grid")),
    ].filter(Boolean));                                  // null would become a word of the page
    if (focused) [...body.querySelectorAll("button")].find(b => b.dataset.of === focused)?.focus();
  }
  function names(...parts) {
    return Object.keys(actions).filter(n => parts.includes(actions[n][2])).map(n => row(n, actions[n][0], keysOf(n)));
  }
  function part(title, rows) {
    return rows.length ? h("section", h("h3", title), h("dl", rows)) : null;
  }
  function row(of, does, keys) {
    const button = h("button.key", { type: "button", "data-of": of,
      "aria-label": `${keys.map(shown).join(" ") || "No key"}: change the key of ${does}`,
      onclick: () => listen(button, of) }, (keys.length ? keys : [null]).flatMap(k => [" ", h("kbd", shown(k))]));
    return h("div", h("dt", does), h("dd", button));
  }
  function listen(button, of) {
    button.replaceChildren("press a key");
    button.addEventListener("keydown", async e => {
      if (["Shift", "Control", "Alt", "Meta", "Tab"].includes(e.key)) return;
      e.preventDefault();
      e.stopPropagation();
      if (e.key !== "Escape") await change(of, written(e));
      fill();
    }, { once: true, capture: true });
    button.addEventListener("blur", fill, { once: true });
  }
  function reset() {
    own = {};
    remember("keys", own);
    rebuild();
    fill();
  }
  return box;
}

/** Gives an action or a class a key; an action that had it before goes without. */
async function change(of, key) {
  if (of.startsWith("class:")) {
    if (key.length !== 1) return toast("expected a single letter or digit as the key of a class", "bad");
    try {
      await changeClasses({ action: "key", name: of.slice(6), key });
    } catch (e) { toast(`The key was not changed: ${e.message}`, "bad"); }
    return;
  }
  if (lettersSearch() && isLetter(key))
    return toast(`The key was not changed: with more than 20 classes, ${shown(key)} searches`, "bad");
  const holder = project.classes.find(c => c.key === key);
  if (holder) return toast(`The key was not changed: ${shown(key)} is that of the class ${holder.name}`, "bad");
  own = { ...own, [of]: [key] };
  for (const name of Object.keys(actions)) {
    if (name !== of && exists(name) && givenTo(name).includes(key))
      own = { ...own, [name]: givenTo(name).filter(k => k !== key) };
  }
  remember("keys", own);
  rebuild();
}

export { showKeys };
