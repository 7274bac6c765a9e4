// Settings of the project, for its owner; the server checks and keeps them.
import { post } from "./api.js";
import { dialog, h, plural, toast, uuid } from "./dom.js";
import { isOwner, project, reloadProject } from "./store.js";

const kinds = [["classes", "one class an image"], ["multi", "several classes an image"],
  ["shapes", "boxes, polygons and brush"]];

const strategies = {
  auto: "automatic", "uncertainty-coverage": "unsure images that cover the pool",
  coverage: "images that cover the pool",
  margin: "two classes are nearly as probable", entropy: "no class is probable", random: "drawn at random",
};

export function showSettings() {
  const owner = isOwner();
  const field = (label, control, hint) => h("label.field", h("span", label, hint ? h("span.hint-line", hint) : null),
    control);
  const number = (name, value, more) => h("input", { type: "number", name, value, disabled: !owner, ...more });
  const share = (name, value) => h("span.unit", number(name, value, { min: 0, max: 100, step: "any" }), "%");
  const percentOf = value => +(100 * value).toFixed(4);
  const choice = (name, options, now) => h("select", { name, disabled: !owner },
    options.map(([value, text]) => h("option", { value, selected: value === now }, text)));
  const kind = choice("kind", kinds, project.kind);
  const form = h("form", { onsubmit: save },
    field("Labels are", kind),
    field("Learn after so many labels", number("learnEvery", project.learnEvery ?? 20, { min: 1, max: 10000, step: 1 }),
      "Then the model is fitted again, and it chooses the next images."),
    field("Strategy", choice("strategy", project.strategies.map(s =>
      [s, strategies[s] ? `${s}: ${strategies[s]}` : s]), project.settings.strategy),
      "How the next images are chosen."),
    field("Show suggestions above", share("suggestAbove", project.settings.suggestAbove
      ? percentOf(project.settings.suggestAbove) : ""), calibrated()),
    field("Images that two people label", share("overlap", percentOf(project.overlap ?? 0)),
      "Neither sees the label of the other. The review compares them."),
    owner ? h("p", h("button.primary", { type: "submit" }, "Save")) : h("p.soft", "Only the owner may change these."));
  const features = project.encoder ? `features by ${project.encoder}`
    : "no encoder: images are compared by their pixels";
  const rounds = project.round ? plural(project.round, "round") : "no round yet";
  const box = dialog("Settings", h("p.soft", `${project.name}: ${features}, ${rounds}.`), form);

  function calibrated() {
    const least = project.suggestAbove;
    return least === null || least === undefined ? "Empty: as calibrated. There are too few labels for suggestions yet."
      : `Empty: as calibrated, now ${percentOf(least).toFixed(0)}%. 100: no suggestions.`;
  }

  async function save(e) {
    e.preventDefault();
    const of = name => form.elements[name].value.trim();
    const asNumber = name => of(name) === "" ? null : Number(of(name));
    const asShare = name => of(name) === "" ? null : +(Number(of(name)) / 100).toFixed(6);
    try {
      await post("settings", { project: project.id, op: uuid(), kind: kind.value, learnEvery: asNumber("learnEvery"),
        strategy: of("strategy") === project.settings.strategy ? null : of("strategy"),
        suggestAbove: asShare("suggestAbove") ?? 0, overlap: asShare("overlap") });
      await reloadProject();
      box.close();
      toast("Settings saved");
    } catch (error) { toast(`Settings were not saved: ${error.message}`, "bad"); }
  }
}
