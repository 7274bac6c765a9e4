// What is said about an image: the model's suggestions, its state, and the facts beside its name.
import { h, plural } from "./dom.js";
import { filterName, flagReasons } from "./filters.js";
import { isMulti, isShapes } from "./store.js";

/** What the head suggests: one class, or where an image may have several those that it is sure of. */
export const suggestionsOf = image => image.split === "test" ? []
  : image.suggestions ?? (image.suggestion ? [image.suggestion] : []);

export function stateText(image) {
  switch (image.state) {
    case "labelled": return isShapes() ? `Labelled: ${plural(image.shapes.length, "shape")}` : image.by
      ? `Labelled by ${image.by}` : isMulti() && !image.classes.length ? "Labelled: none of the classes" : "Labelled";
    case "unsure": return "Marked unsure";
    case "unusable": return "Marked unusable";
    default: return "Not labelled";
  }
}

export function factsOf(image) {
  return [
    h("span", `${image.width} × ${image.height}`),
    image.split === "test" && h("span.badge.test", "test image"),
    image.rank !== null && image.rank !== undefined && h("span", { title: "Place in the last choice; 1 comes first" },
      `rank ${image.rank}`),
    ...(image.flags ?? []).map(f => h("span.badge", { title: flagReasons[f] }, filterName(f).toLowerCase())),
    image.group > 1 && h("span.badge", { title: "So many images look alike, this one among them" },
      `${image.group} near-duplicates`),
  ].filter(Boolean);
}
