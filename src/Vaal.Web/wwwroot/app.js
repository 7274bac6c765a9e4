// The page: opens the project, chooses the view by the address, shows what is saved, listens to the server.
import { get } from "./api.js";
import { byId, dialog, h, plural, toast } from "./dom.js";
import { showKeys, startKeys, takeKeys } from "./keys.js";
import { LabelView } from "./label.js";
import { openOutbox, pending, sendNow } from "./outbox.js";
import { showSettings } from "./settings.js";
import { emit, isShapes, on, project, reloadProject, remember, remembered, setProject } from "./store.js";

const views = {
  label: ["Label", async () => LabelView],
  grid: ["Grid", async () => (await import("./grid.js")).GridView],
  map: ["Map", async () => (await import("./map.js")).MapView],
  review: ["Review", async () => (await import("./review.js")).ReviewView],
};
let view = null, shownName = null, opened = 0, failed = false;    // failed: the script of the view did not come

function chooseTheme(theme) {
  remember("theme", theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  emit("theme");
}

async function start() {
  chooseTheme(remembered("theme", "system"));
  try {
    setProject(await get("project"));
  } catch (e) {
    if (e.status === 401 || e.status === 403) return void signedOut();
    byId("view").replaceChildren(h("p.empty", `The server does not answer. Trying again…`));
    return void setTimeout(start, 1500);
  }
  byId("name").textContent = project.name;
  startKeys();
  fillTop();
  on("outbox", showSaved);
  on("signed-out", signedOut);
  on("recount", () => reloadProject().catch(() => { /* the numbers stay as they are */ }));
  openOutbox();
  addEventListener("hashchange", open);
  document.querySelector(".skip").addEventListener("click", e => { e.preventDefault(); byId("view").focus(); });
  listen();
  document.addEventListener("visibilitychange", listen);
  // a browser may remember that a script did not come, and not ask again
  on("back", () => { if (failed && heard) location.reload(); });
  await open();
  (window.requestIdleCallback ?? (work => setTimeout(work, 1000)))(() =>
    shownViews().forEach(name => views[name][1]().catch(() => { /* opening the view tells */ })));
}

/** The grid gives classes to whole images: where labels are shapes there is none. */
const shownViews = () => isShapes() ? ["label", "map", "review"] : Object.keys(views);

/** #grid?by=cluster&value=3 → the grid with these values. */
async function open() {
  const [name, values] = location.hash.slice(1).split("?");
  const chosen = shownViews().includes(name) ? name : "label", turn = ++opened;
  document.title = `${views[chosen][0]} · ${project.name} · Vaal`;
  view?.close();
  view = null;
  takeKeys(null);
  for (const link of byId("views").children) {
    link.getAttribute("href") === `#${chosen}` ? link.setAttribute("aria-current", "page")
      : link.removeAttribute("aria-current");
  }
  const root = byId("view");
  if (shownName !== chosen) root.replaceChildren(h("p.empty", "Loading…"));
  shownName = chosen;
  const View = await views[chosen][1]().catch(e => { console.error(e); return null; });
  if (turn !== opened) return;
  failed = !View;
  if (View) {
    view = new View(root, chosen === name ? Object.fromEntries(new URLSearchParams(values ?? "")) : {});
    return;
  }
  root.replaceChildren(h("p.empty", "The server does not answer. Trying again…"));
  setTimeout(() => { if (turn === opened) open(); }, 3000);
}

function fillTop() {
  byId("views").replaceChildren(...shownViews().map(name => h("a", { href: `#${name}` }, views[name][0])));
  const theme = h("select", { "aria-label": "Light or dark", onchange: () => chooseTheme(theme.value) },
    ["system", "light", "dark"].map(t => h("option", { value: t }, t === "system" ? "Auto" : t === "light" ? "Light"
      : "Dark")));
  theme.value = remembered("theme", "system");
  byId("tools").replaceChildren(theme,
    h("button.quiet", { type: "button", onclick: showKeys, "aria-label": "Show the keys", title: "Show the keys" },
      "?"),
    h("button.quiet", { type: "button", onclick: showSettings }, "Settings"),
    project.me ? h("span.me", { title: project.me.role }, project.me.name) : null);
}

let wasAway = false;
function showSaved({ waiting, reached, known, stored }) {
  const box = byId("saved");
  const away = !reached && waiting > 0;
  box.dataset.state = away ? "away" : waiting ? "waiting" : "saved";
  box.textContent = waiting === 0 ? "Saved" : !away ? `${waiting} waiting`
    : `${waiting} waiting, ${known ? "server away" : "not signed in"}`;
  box.title = !stored ? "This browser could not store the labels that wait: keep the page open." : away
    ? "The labels wait in this browser and are sent once." : "";
  if (away && known && !wasAway) toast("The server does not answer. Go on: labels wait in this browser.");
  if (!away && wasAway && waiting === 0) toast("The server is back, and no label waits any more.");
  wasAway = away;
}

let asked = false;
function signedOut() {
  if (asked) return;
  asked = true;
  const n = project ? pending() : 0;
  const text = h("p", "This page is not signed in. Open the link that ", h("code", "vaal serve"),
    " printed, or your invitation, in this browser.");
  const kept = n ? `${plural(n, "label")} ${n === 1 ? "waits" : "wait"} in this browser; the page sends ${n === 1 ? "it"
    : "them"} after that.` : null;
  if (!project) return void byId("view").replaceChildren(h(".empty", text));
  dialog("Not signed in", text, kept ? h("p", kept) : null).addEventListener("close", () => { asked = false; });
}

let source = null, heard = false;
/** What the server tells by itself. A hidden tab does not listen: a browser opens six connections to a server. */
function listen() {
  if (document.hidden === (source === null)) return;
  if (document.hidden) {
    source.close();
    source = null;
    return;
  }
  source = new EventSource("/api/v1/events");
  source.addEventListener("open", () => { if (pending()) sendNow(); });
  source.addEventListener("message", ({ data }) => {
    if (data === "hello") catchUp();
    if (data === "learned") emit("learned");
    if (data === "learned" || data === "panel") emit("panel");
    if (data === "classes") emit("recount");
    if (data === "gone") toast("The server stops. Labels wait in this browser until it is back.");
  });
}

/** What was told while nobody listened here: before the page was there, in a hidden tab, without a server. */
function catchUp() {
  emit("recount");
  emit("back");                                         // to a view that got no answer
  if (heard) emit("learned");
  heard = true;
}

start();
