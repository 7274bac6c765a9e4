// Settings of the project, for its owner; the server checks and keeps them.
import { post } from "./api.js";
import { dialog, h, toast, uuid } from "./dom.js";
import { isOwner, project, reloadProject } from "./store.js";

const kinds = [["classes", "one class an image"], ["multi", "several classes an image"],
  ["shapes", "boxes, polygons and brush"]];

export function showSettings() {
  const owner = isOwner();
  const number = (name, label, value, more) => h("label.field", h("span", label),
    h("input", { type: "number", name, value, disabled: !owner, ...more }));
  const kind = h("select", { name: "kind", disabled: !owner },
    kinds.map(([value, text]) => h("option", { value, selected: value === project.kind }, text)));
  const form = h("form", { onsubmit: save },
    h("label.field", h("span", "Labels are"), kind),
    number("learnEvery", "Learn after so many labels", project.learnEvery ?? 20, { min: 1, max: 10000, step: 1 }),
    h("label.field", h("span", "Strategy"), h("select", { name: "strategy", disabled: !owner },
      project.strategies.map(s => h("option", { value: s, selected: s === project.settings.strategy }, s)))),
    number("suggestAbove", "Show suggestions above this probability (empty: as calibrated)",
      project.settings.suggestAbove || "", { min: 0, max: 1, step: 0.01 }),
    number("overlap", "Share of images that two people label", project.overlap ?? 0, { min: 0, max: 1, step: 0.01 }),
    owner ? h("p", h("button.primary", { type: "submit" }, "Save")) : h("p.soft", "Only the owner may change these."));
  const features = project.encoder ? `features by ${project.encoder}` : "no features yet";
  const box = dialog("Settings",
    h("p.soft", `${project.name}: ${features}, round ${project.round ?? 0}.`), form);

  async function save(e) {
    e.preventDefault();
    const of = name => form.elements[name].value.trim();
    const asNumber = name => of(name) === "" ? null : Number(of(name));
    try {
      const other = kind.value !== project.kind;
      await post("settings", { project: project.id, op: uuid(), kind: kind.value, learnEvery: asNumber("learnEvery"),
        strategy: of("strategy") === project.settings.strategy ? null : of("strategy"),
        suggestAbove: asNumber("suggestAbove") ?? 0, overlap: asNumber("overlap") });
      await reloadProject();
      box.close();
      if (other) location.reload();               // each kind has keys and views of its own
      toast("Settings saved");
    } catch (error) { toast(`Settings were not saved: ${error.message}`, "bad"); }
  }
}
