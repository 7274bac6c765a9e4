// The list of classes beside an image or a grid, the search in it, and the dialog that changes classes.
import { dialog, h, toast } from "./dom.js";
import { firstKeyOf, keyOf, shown } from "./keys.js";
import { changeClasses } from "./steps.js";
import { colorOf, isOwner, on, project } from "./store.js";

export const swatch = name => h("span.swatch", { "aria-hidden": "true", css: { "--c": colorOf(name) } });
export const chip = name => h("span.chip", swatch(name), name);

/** Buttons of all classes; choose(name) is called by a click, or by Enter in the search. */
export class ClassList {
  /** of: tells what would get the class; a new class is not given to what came on screen meanwhile. */
  constructor(choose, { title = "Classes", of = () => null } = {}) {
    this.choose = choose;
    this.of = of;
    this.pressed = new Set();
    this.field = h("input", {
      type: "search", placeholder: "Find or add a class", "aria-label": "Find or add a class", autocomplete: "off",
        spellcheck: "false",
      oninput: () => this.filter(), onkeydown: e => this.typed(e),
    });
    this.hint = h("p.soft.hint-line", { hidden: true, role: "status" });
    this.buttons = h(".class-buttons");
    this.element = h("section.classes", { "aria-label": title },
      h("header", h("h2", title), h("button.quiet", { type: "button", onclick: () => editClasses() }, "Edit")),
      h(".find", this.field, h("kbd", { "aria-hidden": "true" }, shown(firstKeyOf("find")))), this.hint, this.buttons);
    this.off = [on("project", () => this.fill()), on("keys", () => this.fill()), on("counts", () => this.count())];
    this.fill();
  }

  close() {
    this.closed = true;
    this.off.forEach(off => off());
  }

  fill() {
    this.byName = new Map();
    const buttons = project.classes.map(c => {
      const key = keyOf(c.name);
      const button = h("button.class", {
        type: "button", "aria-pressed": this.pressed.has(c.name) ? "true" : "false", "aria-keyshortcuts": key,
        onclick: e => { if (e.detail) button.blur(); this.choose(c.name); },
      }, h("kbd", { "aria-hidden": "true" }, key ? shown(key) : ""), swatch(c.name),
      h("span.what", { title: c.name }, c.name), h("span.count"));
      this.byName.set(c.name, button);
      return button;
    });
    this.buttons.replaceChildren(...buttons);
    if (!buttons.length) this.buttons.append(h("p.soft", "No class yet. Type a name above and press Enter."));
    this.count();
    this.element.classList.toggle("many", project.classes.length > 9);
    this.filter();
  }

  count() {
    for (const c of project.classes) {
      const n = (c.pool ?? 0) + (c.test ?? 0), span = this.byName.get(c.name)?.querySelector(".count");
      if (span) (span.textContent = n), span.setAttribute("title", `${n} labelled`);
    }
  }

  /** Which classes the image has. */
  press(names) {
    const next = new Set(names);
    for (const name of new Set([...this.pressed, ...next])) {
      this.byName.get(name)?.setAttribute("aria-pressed", next.has(name) ? "true" : "false");
    }
    this.pressed = next;
  }

  /** Opens the search, with the letter that was typed. */
  find(letter = "") {
    this.field.value = letter;
    this.field.focus();
    this.filter();
  }

  /** The class that Enter takes: of that name, or that begins so, or has a word that does, or has it anywhere. */
  best() {
    const wanted = this.field.value.trim().toLowerCase();
    if (!wanted) return null;
    const rank = name => name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.split(/[\s_-]+/)
      .some(w => w.startsWith(wanted)) ? 2 : name.includes(wanted) ? 3 : 4;
    const found = project.classes.map(c => [rank(c.name.toLowerCase()), c.name]).filter(([r]) => r < 4);
    return found.sort((a, b) => a[0] - b[0])[0]?.[1] ?? null;
  }

  filter() {
    const wanted = this.field.value.trim().toLowerCase(), best = this.best();
    for (const [name, button] of this.byName) {
      button.hidden = wanted !== "" && !name.toLowerCase().includes(wanted);
      button.classList.toggle("best", name === best);
    }
    const typed = this.field.value.trim();
    this.hint.hidden = !typed;
    this.hint.textContent = best === null ? `Enter adds the class ${typed}.` : best.toLowerCase() === wanted
      ? `Enter takes ${best}.` : `Enter takes ${best}. Shift and Enter add the class ${typed}.`;
  }

  async typed(e) {
    if (e.isComposing) return;                       // Enter and Escape are the input method's
    if (e.key === "Escape") this.leave();
    if (e.key !== "Enter") return;
    e.preventDefault();
    const name = this.field.value.trim();
    const exact = project.classes.some(c => c.name.toLowerCase() === name.toLowerCase());
    const best = e.shiftKey && !exact ? null : this.best(), of = this.of();
    if (best) {
      this.leave();
      this.choose(best);
    } else if (name && await change({ action: "add", name }) && !this.closed) {
      this.leave();
      if (this.of() === of) this.choose(name);
      else toast(`The class ${name} was added. Another image is on screen: it was not labelled.`);
    }
  }

  leave() {
    this.field.value = "";
    this.field.blur();
    this.filter();
  }
}

const countOf = c => `${(c.pool ?? 0) + (c.test ?? 0)}`;

/** Sends one change of the classes; says why when it fails. */
async function change(what) {
  try {
    await changeClasses(what);
    return true;
  } catch (e) {
    toast(`The classes were not changed: ${e.message}`, "bad");
    return false;
  }
}

const fewClasses = 20;          // more have a field that finds them

export function editClasses() {
  const list = h("ul.class-rows");
  let rows = new Map();         // by the class: what its row shows, and the row
  const find = h("input", { type: "search", placeholder: "Find a class", "aria-label": "Find a class to change",
    autocomplete: "off", spellcheck: "false", hidden: project.classes.length <= fewClasses, oninput: () => sift() });
  const name = h("input", { type: "text", "aria-label": "Name of the new class", placeholder: "New class" });
  const add = h("form.row", { onsubmit: async e => {
    e.preventDefault();
    if (name.value.trim() && await change({ action: "add", name: name.value.trim() })) name.value = find.value = "";
    fill();
  } }, name, h("button.primary", { type: "submit" }, "Add"));
  const box = dialog("Classes", isOwner() ? null : h("p.soft", "Only the owner may rename and merge classes."), find,
    list, add);
  fill();

  /** A row that shows the same as before stays, with what has the focus in it. */
  function fill() {
    const before = rows;
    rows = new Map(project.classes.map(c => {
      const shows = `${c.color} ${countOf(c)}`, old = before.get(c.name);
      return [c.name, old?.shows === shows ? old : { shows, row: row(c) }];
    }));
    for (const [name, old] of before) if (rows.get(name) !== old) old.row.remove();
    let next = list.firstChild;
    for (const { row } of rows.values()) {
      if (row === next) next = next.nextSibling;
      else list.insertBefore(row, next);
    }
    sift();
  }
  function sift() {
    const wanted = find.hidden ? "" : find.value.trim().toLowerCase();
    for (const [name, { row }] of rows) row.hidden = !name.toLowerCase().includes(wanted);
  }
  function row(c) {
    const color = h("input", { type: "color", value: c.color, "aria-label": `Colour of ${c.name}`, onchange: async () =>
      { if (!await send({ action: "color", name: c.name, color: color.value })) color.value = c.color; } });
    const text = h("input", { type: "text", value: c.name, "aria-label": `Name of ${c.name}`, onchange: () =>
      rename(c, text),
    // the dialog closes, and the field would be read once more
    onkeydown: e => { if (e.key === "Escape" && !e.isComposing) text.value = c.name; } });
    // the other classes come with the focus: in every row they would be a million of a thousand classes
    const offer = () => offerOthers(c, into);
    const into = h("select", { "aria-label": `Merge ${c.name} into another class`, onchange: () => merge(c, into),
      onfocus: offer, onpointerdown: offer }, h("option", { value: "" }, "merge into…"));
    return h("li", color, text, h("span.count", countOf(c)), into);
  }
  function offerOthers(c, into) {
    const names = project.classes.map(o => o.name).filter(name => name !== c.name);
    const isSame = into.length === names.length + 1 && names.every((name, i) => into[i + 1].value === name);
    if (into.value || isSame) return;
    into.replaceChildren(into[0], ...names.map(name => h("option", { value: name }, name)));
  }
  async function send(what) {
    const done = await change(what);
    fill();
    return done;
  }
  async function rename(c, text) {
    const to = text.value.trim();
    if (!to || to === c.name) return void (text.value = c.name);
    if (project.classes.some(o => o.name === to)) {
      toast(`There is a class ${to} already. Merge the two instead.`, "bad");
      return void (text.value = c.name);
    }
    if (!await send({ action: "rename", name: c.name, to })) text.value = c.name;
  }
  async function merge(c, into) {
    const to = into.value;
    if (to && confirm(`Merge ${c.name} into ${to}? All labels ${c.name} become ${to}.`)
      && await send({ action: "merge", name: c.name, to })) return;
    into.value = "";
  }
  return box;
}
