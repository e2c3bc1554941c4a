/** English and Chinese: what is said where, and what is said again when the language is switched. */

import { STRINGS } from "./strings.js";
import { save } from "./store.js";

const CHOICES = { en: 0, zh: 1 };
const values = new WeakMap();

export function language() {
  return document.documentElement.lang.startsWith("zh") ? "zh" : "en";
}

/** The words of `key`, with `{name}` filled in from `vars`. */
export function t(key, vars = {}) {
  const words = STRINGS[key]?.[CHOICES[language()]] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => vars[name] ?? whole);
}

/** Let `element` say `key`, now and after the language is switched. */
export function say(element, key, vars = {}) {
  element.dataset.i18n = key;
  values.set(element, vars);
  element.textContent = t(key, vars);
  return element;
}

/** Give `element` attributes in words, such as `{ "aria-label": "home.speak" }`. */
export function name(element, attributes) {
  element.dataset.i18nAttributes = Object.entries(attributes)
    .map((pair) => pair.join("="))
    .join(";");
  for (const [attribute, key] of Object.entries(attributes)) element.setAttribute(attribute, t(key));
  return element;
}

/** Say everything below `root` in the language of the page. */
export function apply(root = document) {
  for (const element of root.querySelectorAll("[data-i18n]")) {
    element.textContent = t(element.dataset.i18n, values.get(element));
  }
  for (const element of root.querySelectorAll("[data-i18n-attributes]")) {
    for (const pair of element.dataset.i18nAttributes.split(";")) {
      const [attribute, key] = pair.split("=");
      element.setAttribute(attribute, t(key));
    }
  }
}

export function switchLanguage() {
  const next = language() === "en" ? "zh" : "en";
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
  save("language", next);
  apply();
  document.dispatchEvent(new CustomEvent("language", { detail: next }));
}
