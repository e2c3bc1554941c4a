/** Making elements. Text becomes text nodes, never HTML. */

import { name, say } from "./i18n.js";

/**
 * An element: `h("button.primary", { onclick, "aria-pressed": false }, "Speak")`.
 * `i18n` is a key of what it says, `named` one of its accessible name.
 */
export function h(tag, props = {}, ...children) {
  const [type, ...classes] = tag.split(".");
  const element = document.createElement(type);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "i18n") say(element, ...(Array.isArray(value) ? value : [value]));
    else if (key === "named") name(element, { "aria-label": value, title: value });
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && !key.startsWith("aria") && key !== "list") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const $ = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  play: "M7 4.5v15l12-7.5z",
  stop: "M6.5 6.5h11v11h-11z",
  download: "M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M5 20h14",
  copy: "M9 9h10v11H9zM5 15V4h10",
  check: "m5 12.5 4.5 4.5L19 7.5",
  trash: "M5 7h14M10 7V4.5h4V7m3 0-.8 12.5H7.8L7 7m3 4v5m4-5v5",
  tune: "M4 7h9m5 0h2M4 17h2m5 0h9M15.5 4.5v5m-7 5v5",
  key: "M14.5 13a4 4 0 1 0-3.6-2.2L4 17.7V20h3v-2h2v-2h2l1.3-1.8M15.5 8.5h.01",
  mic: "M12 4a2.5 2.5 0 0 0-2.5 2.5v5a2.5 2.5 0 0 0 5 0v-5A2.5 2.5 0 0 0 12 4zM6 11.5a6 6 0 0 0 12 0M12 17.5V21",
  upload: "M12 20V9m0 0 4.5 4.5M12 9l-4.5 4.5M5 4h14",
  plus: "M12 5v14M5 12h14",
  close: "m6 6 12 12M18 6 6 18",
  up: "M12 19V6m0 0-5 5m5-5 5 5",
  undo: "M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2m0 15v2M2.5 12h2m15 0h2M5.3 5.3l1.4 1.4m10.6 10.6 1.4 1.4m0-13.4-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  auto: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
  mute: "M5 9.5v5h3.5l4.5 3.5V6L8.5 9.5zM16 9.5l5 5m0-5-5 5",
};
const FILLED = new Set(["play", "stop"]);

export function icon(which) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", FILLED.has(which) ? "icon filled" : "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[which]);
  svg.append(path);
  return svg;
}

/** A button that shows only an icon; `label` is the key of its name. */
export function iconButton(which, label, onclick, props = {}) {
  return h("button.quiet.square", { type: "button", named: label, onclick, ...props }, icon(which));
}

export function setIcon(button, which) {
  button.querySelector("svg").replaceWith(icon(which));
}

/** Hand the user a file. */
export function download(blob, filename) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: filename });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Copy, and let the button say so for a moment. */
export async function copy(text, button) {
  await navigator.clipboard.writeText(text).catch(() => {
    // Pages without TLS have no clipboard of their own.
    const area = h("textarea.offscreen", { value: text, readOnly: true });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  });
  setIcon(button, "check");
  setTimeout(() => setIcon(button, "copy"), 1500);
}
