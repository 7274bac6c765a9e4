// Small tools for the document. Text is always set as text: a class or file name is never read as HTML.

/** Makes an element: h("button.primary", { onclick, "aria-label": "…" }, "text", child). Null is left out. */
export function h(spec, ...rest) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const part of rest.flat(3)) add(element, part);
  return element;
}

function add(element, part) {
  if (part === null || part === undefined || part === false) return;
  if (part instanceof Node) return void element.append(part);
  if (typeof part !== "object") return void element.append(String(part));
  for (const [name, value] of Object.entries(part)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "css") for (const [property, text] of Object.entries(value)) element.style.setProperty(property,
      text);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
}

const svgSpace = "http://www.w3.org/2000/svg";

/** The same for SVG; attributes only, so that the content security policy needs no inline style. */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const byId = id => document.getElementById(id);

/** Says something at the foot of the page, to screen readers too. A note does not take the place of what went wrong. */
export function toast(text, kind = "note") {
  const box = byId("toasts"), line = h(`p.toast.${kind}`, text);
  box.querySelectorAll(kind === "bad" ? ".toast" : ".toast:not(.bad)").forEach(old => old.remove());
  box.append(line);
  setTimeout(() => line.remove(), kind === "bad" ? 12000 : 4000);
}

/** A modal dialog: Escape and the button close it, focus stays inside and then goes back. */
export function dialog(title, ...content) {
  const before = document.activeElement;
  const close = h("button.quiet", { type: "button", "aria-label": "Close", onclick: () => box.close() }, "✕");
  const box = h("dialog", { "aria-label": title }, h("header", h("h2", title), close), h(".body", content));
  box.addEventListener("close", () => {
    box.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  box.addEventListener("click", e => { if (e.target === box) box.close(); });
  document.body.append(box);
  box.showModal();
  return box;
}

/** What the server says, as a sentence of the page. */
export const sentence = text => text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
export const percent = (value, digits = 0) => `${(100 * value).toFixed(digits)}%`;
export const plural = (n, one, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/** 128 random bits as a UUID; crypto.randomUUID is missing where the page is served without TLS. */
export function uuid() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  (b[6] = (b[6] & 15) | 64), (b[8] = (b[8] & 63) | 128);
  const hex = [...b].map(x => x.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
