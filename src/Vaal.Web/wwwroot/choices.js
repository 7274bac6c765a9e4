// Classes that were chosen and not saved, by image, the last at the end. Like drawings they outlive a reload of the
// page, and each person has their own. An undo may bring another image on screen meanwhile.
import { classNamed, ownName, remember, remembered } from "./store.js";

const mostKept = 20;

const chosenHere = () => ownName("chosen");
export const chosenOf = () => new Map(remembered(chosenHere(), []));

/** Keeps the classes that were chosen for an image; null: they are saved, or as they were at first. */
export function keepChosen({ id, state, classes: had }, classes) {
  const all = chosenOf(), was = all.delete(id);
  if (classes) all.set(id, { of: JSON.stringify([state, had]), classes: [...classes] });
  if (was || classes) remember(chosenHere(), [...all].slice(-mostKept));
}

/** What was kept; null: nothing, or somebody has decided on the image or renamed a class since. */
export function keptOf(image) {
  const kept = chosenOf().get(image.id);
  const holds = kept?.of === JSON.stringify([image.state, image.classes]) && kept.classes.every(classNamed);
  return holds ? kept.classes : null;
}
