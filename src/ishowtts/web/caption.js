/** The text that is spoken, its words lit up when they are heard. */

import { h } from "./dom.js";

export class Caption {
  #element;
  #letters = []; // code points: the server counts in those
  #done = 0;
  #rest;
  #words = [];

  constructor(element) {
    this.#element = element;
  }

  begin(text) {
    this.#letters = [...text];
    this.#done = 0;
    this.#words = [];
    this.#rest = h("span", {}, text);
    this.#element.replaceChildren(this.#rest);
    this.#element.hidden = !text;
  }

  /** What an event with sound says of its words, or at least of its place. */
  add({ words = [], span = null, from, duration }) {
    const known = words.length || !span ? words : [{ start: span[0], end: span[1], t0: from, t1: from + duration }];
    for (const { start, end, t0, t1 } of known) {
      if (start < this.#done) continue;
      this.#put(this.#between(this.#done, start), this.#words.at(-1)?.t1 ?? 0, 0);
      this.#put(this.#between(start, end), t0, t1);
      this.#done = end;
    }
    this.#rest.textContent = this.#between(this.#done, this.#letters.length);
  }

  /** `position` in seconds; null: nothing is being heard. */
  show(position) {
    for (const { element, t0, t1 } of this.#words) {
      const state = position === null ? "said" : position >= t1 ? "said" : position >= t0 ? "now" : "";
      if (element.className !== state) element.className = state;
    }
  }

  #put(text, t0, t1) {
    if (!text) return;
    const element = h("span", {}, text);
    this.#element.insertBefore(element, this.#rest);
    this.#words.push({ element, t0, t1: Math.max(t0, t1) });
  }

  #between(start, end) {
    return this.#letters.slice(start, end).join("");
  }
}
