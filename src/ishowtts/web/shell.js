/** What all pages share: the head of the page, the state of the server, language, theme and key. */

import { askJson, getKey, setKey, url } from "./api.js";
import { $, h, iconButton, setIcon } from "./dom.js";
import { apply, language, say, switchLanguage, t } from "./i18n.js";
import { load, save } from "./store.js";

const PAGES = [
  ["", "nav.speak"],
  ["library", "nav.voices"],
  ["studio", "nav.studio"],
  ["docs", "nav.docs"],
];
const THEMES = ["auto", "light", "dark"];
const THEME_ICONS = { auto: "auto", light: "sun", dark: "moon" };

/** Fill in the head of the page; `here` is its path. */
export function mountShell(here) {
  const header = $("top");
  header.append(
    h("a.skip", { href: "#main", i18n: "nav.skip" }),
    h("a.brand", { href: url("") }, h("span.mark", { "aria-hidden": "true" }, h("i"), h("i"), h("i"), h("i")), "iShowTTS"),
    h("nav", { "aria-label": "iShowTTS" }, ...PAGES.map(([path, key]) => link(path, key, here))),
    h("div.tools", {}, status(), keyButton(), themeButton(), languageButton()),
  );
  document.body.append(keyDialog());
  document.addEventListener("key-wanted", () => openKeyDialog());
  apply();
  setTitle();
  document.addEventListener("language", setTitle);
  queueMicrotask(() => (document.documentElement.dataset.ready = "")); // after the page has filled itself in
}

function setTitle() {
  const key = document.documentElement.dataset.title;
  document.title = key ? `${t(key)} · iShowTTS` : "iShowTTS";
}

function link(path, key, here) {
  return h("a", { href: url(path), i18n: key, "aria-current": path === here ? "page" : null });
}

function languageButton() {
  const button = h("button.quiet.text", { type: "button", onclick: switchLanguage });
  const tell = () => {
    button.textContent = language() === "en" ? "中文" : "English";
    button.lang = language() === "en" ? "zh-CN" : "en";
  };
  tell();
  document.addEventListener("language", tell);
  return button;
}

function themeButton() {
  let theme = load("theme") ?? "auto";
  const button = iconButton(THEME_ICONS[theme] ?? "auto", "nav.theme", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    save("theme", theme === "auto" ? null : theme);
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    setIcon(button, THEME_ICONS[theme]);
    document.dispatchEvent(new CustomEvent("theme"));
  });
  return button;
}

/** Ready or not, and how far; asked often while it is not, else seldom and only where somebody looks. */
function status() {
  const words = h("span");
  const element = h("span.status", { role: "status", data: { state: "unknown" } }, h("i", { "aria-hidden": "true" }), words);
  say(words, "status.unknown");
  let timer = 0;
  const look = async () => {
    clearTimeout(timer);
    let wait = 30_000;
    if (!document.hidden) {
      const known = await fetch(url("readyz"), { cache: "no-store" })
        .then((response) => response.json())
        .catch(() => ({ status: "unreachable" }));
      element.dataset.state = known.status;
      const key = `status.${known.status}`;
      say(words, t(key) === key ? "status.loading" : key, { percent: Math.round(100 * (known.progress ?? 0)) });
      element.title = known.reason ?? known.engine?.model ?? "";
      if (known.status !== "ready") wait = 2000;
      document.dispatchEvent(new CustomEvent("server", { detail: known }));
    }
    timer = setTimeout(look, wait);
  };
  document.addEventListener("visibilitychange", () => document.hidden || look());
  document.addEventListener("look", look);
  look();
  return element;
}

function keyButton() {
  const button = iconButton("key", "key.title", () => openKeyDialog(), { hidden: !getKey() });
  document.addEventListener("key", () => (button.hidden = !getKey()));
  document.addEventListener("key-wanted", () => (button.hidden = false));
  return button;
}

function keyDialog() {
  const input = h("input", { id: "key-input", type: "password", autocomplete: "off", spellcheck: false });
  const lasting = h("input", { type: "checkbox", id: "key-lasting" });
  const wrong = h("p.note.bad", { role: "alert", hidden: true, i18n: "key.wrong" });
  const dialog = h(
    "dialog.small",
    { id: "key-dialog", "aria-labelledby": "key-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "key-title", i18n: "key.title" }),
      h("p", { i18n: "key.why" }),
      h("label", { htmlFor: "key-input", i18n: "key.label" }),
      input,
      h("label.check", {}, lasting, h("span", { i18n: "key.lasting" })),
      wrong,
      h(
        "div.actions",
        {},
        h("button.quiet.text", { type: "button", i18n: "key.forget", onclick: () => (setKey(""), dialog.close()) }),
        h("button.quiet.text", { type: "button", i18n: "cancel", onclick: () => dialog.close() }),
        h("button.primary", { type: "submit", i18n: "key.use" }),
      ),
    ),
  );
  dialog.addEventListener("submit", async (event) => {
    event.preventDefault();
    setKey(input.value, lasting.checked);
    const refused = await askJson("voices").then(() => false, (error) => error.status === 401 || error.status === 403);
    wrong.hidden = !refused;
    if (!refused) dialog.close();
  });
  dialog.addEventListener("close", () => (input.value = ""));
  return dialog;
}

function openKeyDialog() {
  const dialog = $("key-dialog");
  if (!dialog.open) dialog.showModal();
}

/** What to tell a person of an error. */
export function explain(error) {
  const known = `error.${error.code}`;
  if (t(known) !== known) return t(known, { seconds: Math.ceil(error.retryAfter ?? 1) });
  return error.message || t("error.unknown");
}

/** What is said of a clip: the server's words have the figures, but are English. */
export function finding({ code, message }) {
  const key = `gate.${code}`;
  return language() === "en" || t(key) === key ? message : t(key);
}

/** A line that says what went wrong, until something works again. */
export function showError(element, error) {
  element.hidden = !error;
  element.textContent = error ? explain(error) : "";
  if (error?.code === "unreachable" || error?.code === "broken_off") document.dispatchEvent(new CustomEvent("look"));
}
