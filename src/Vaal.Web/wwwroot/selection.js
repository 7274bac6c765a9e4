// Images that somebody picked out, shown in another view: as tiles, or one by one where labels are shapes.
import { get, post } from "./api.js";
import { toast } from "./dom.js";
import { isShapes } from "./store.js";

const mostAlike = 60;

/** Shows these images, in the order of the choice where they are shown one by one. */
export async function openSelection(images, { oneByOne = isShapes() } = {}) {
  await unlessLeft(async () => {
    const { id } = await post("selection", { images });
    return oneByOne ? `#label?${new URLSearchParams({ selection: id })}`
      : `#grid?${new URLSearchParams({ by: "selection", value: id })}`;
  });
}

/** Shows the images that are most like one. */
export async function openSimilar(image, isStill = () => true) {
  if (!isShapes()) return void (location.hash = `#grid?by=similar&value=${encodeURIComponent(image)}`);
  await unlessLeft(async () => {
    const { items } = await get(`similar/${encodeURIComponent(image)}`, { count: mostAlike });
    const open = items.filter(i => i.state === "unlabelled").map(i => i.id);
    if (!open.length) return void toast("No image without a label is known to be like this one.");
    const { id } = await post("selection", { images: open });
    return `#label?${new URLSearchParams({ selection: id })}`;
  }, isStill);
}

/** Goes where the server's answer leads, unless somebody has gone elsewhere meanwhile. */
async function unlessLeft(ask, isStill = () => true) {
  const from = location.hash;
  try {
    const to = await ask();
    if (to && location.hash === from && isStill()) location.hash = to;
  } catch (e) {
    if (typeof e.status !== "number") throw e;
    toast(e.message, "bad");
  }
}
