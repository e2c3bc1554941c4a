/** Captions: what strangers wrote, as text and nothing else, in boxes that hold it. */

import { h } from "./dom.js";

const LEAVING = 450; // ms
const MOST_SHOWN = 3;

const captions = document.getElementById("captions");

/** id → `{ element, words, over }` of what is on the page. */
export const shown = new Map();

/** Words, and in Chinese and Japanese characters, with what stands between them. */
function pieces(text) {
  if (!globalThis.Intl?.Segmenter) return text.split(/(?<=\s)/);
  return [...new Intl.Segmenter(document.documentElement.lang, { granularity: "word" }).segment(text)].map(({ segment }) => segment);
}

/** Put a message on the page. */
export function show(message) {
  if (shown.has(message.id)) return shown.get(message.id);
  const words = pieces(message.caption).map((text) => h("span", {}, text));
  const paid = message.amount ? h("span.paid", {}, `${message.amount} ${message.currency}`.trim()) : null;
  const user = message.user || paid ? h("div.user", { dir: "auto" }, h("bdi", {}, message.user), paid) : null;
  const element = h("article.message", { data: { id: message.id, kind: message.kind } }, user, h("p.caption", { dir: "auto" }, ...words));
  if (/^#[0-9a-f]{6}$/.test(message.color)) element.style.setProperty("--user", message.color);
  const entry = { element, words, over: false };
  shown.set(message.id, entry);
  captions.append(element);
  while (shown.size > MOST_SHOWN) remove(shown.keys().next().value);
  return entry;
}

/** Take it off, now. */
export function remove(id) {
  shown.get(id)?.element.remove();
  shown.delete(id);
}

/** Let it go after so many ms. */
export function leave(id, after) {
  const entry = shown.get(id);
  if (!entry || entry.over) return;
  entry.over = true;
  light(entry, 1);
  setTimeout(() => entry.element.classList.add("leaving"), after);
  setTimeout(() => shown.get(id) === entry && remove(id), after + LEAVING);
}

/** Light up the words up to this share of the speech. */
export function light(entry, share) {
  const letters = entry.words.reduce((sum, word) => sum + word.textContent.length, 0);
  let passed = 0;
  for (const word of entry.words) {
    word.classList.toggle("said", passed < share * letters);
    passed += word.textContent.length;
  }
}
