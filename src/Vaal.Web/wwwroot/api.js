// Requests to the server. Each write carries X-Vaal, which no foreign page can send.
import { uuid } from "./dom.js";

/** This tab: leases are held by it, and it stays the same over a reload. */
export const page = (() => {
  try {
    const known = sessionStorage.getItem("vaal.page") ?? uuid();
    sessionStorage.setItem("vaal.page", known);
    return known;
  } catch { return uuid(); }
})();

/** status 0: no answer came, and nobody knows what the server did. */
export class ServerError extends Error {
  constructor(message, status) { super(message); this.status = status; }
  get away() { return this.status === 0 || this.status >= 500 || this.status === 429; }
}

async function ask(method, path, body, signal, keepalive = false) {
  let answer;
  try {
    const headers = { "X-Vaal-Page": page };
    if (method !== "GET") headers["X-Vaal"] = "1";
    if (body !== undefined) headers["Content-Type"] = "application/json";
    answer = await fetch("/api/v1/" + path, {
      method, headers, signal, keepalive, credentials: "same-origin", cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (e) {
    throw new ServerError(e.name === "AbortError" ? "the server took too long" : "the server does not answer", 0);
  }
  const text = await answer.text().catch(() => { throw new ServerError("the answer broke off", 0); });
  const data = text ? parsed(text) : {};
  if (!answer.ok) throw new ServerError(data.error ?? `the server answered ${answer.status}`, answer.status);
  return data;
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return {}; }
}

/** Values that are null, undefined or empty are left out. */
function query(values) {
  const kept = Object.entries(values ?? {}).filter(([, v]) => v !== null && v !== undefined && v !== "");
  return kept.length ? "?" + new URLSearchParams(kept) : "";
}

export const get = (path, values, signal) => ask("GET", path + query(values), undefined, signal);
export const post = (path, body, signal) => ask("POST", path, body, signal);
/** Also when the page is being closed. */
export const postLast = (path, body) => ask("POST", path, body, undefined, true)
  .catch(() => { /* nobody is left to tell */ });

/** Addresses of an image's pictures; with the version of its file the browser may keep them for good. */
const picture = kind => image =>
  `/images/${encodeURIComponent(image.id)}/${kind}${image.v ? "?v=" + encodeURIComponent(image.v) : ""}`;
export const tile = picture("tile"), full = picture("full");
