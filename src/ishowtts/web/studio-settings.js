/** Every setting of a room, changed while it runs; docs/danmaku-text.md has what each does. */

import { ask } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { explain } from "./shell.js";

const CHOICES = {
  language: ["auto", "zh", "en"],
  links: ["drop", "replace", "host", "keep"],
  emotes: ["skip", "name"],
  "people.read_from": ["everyone", "followers", "subscribers", "vips", "moderators", "broadcaster"],
  "voices.commands_from": ["everyone", "followers", "subscribers", "vips", "moderators", "broadcaster"],
  "review.free_from": ["everyone", "followers", "subscribers", "vips", "moderators", "broadcaster"],
  "words.action": ["drop", "remove"],
  "length.action": ["trim", "drop"],
};

const KINDS = ["chat", "gift", "superchat", "bits", "sub", "follow", "join", "like", "raid", "system"];
const LANGUAGES = ["en", "zh"];

export function settingsPanel({ at }) {
  const body = h("div.config");
  const told = h("p.note", { role: "status", hidden: true });
  let version = 0;
  let config = {};
  const changes = new Map(); // dotted key → value

  const say = (kind, text) => {
    told.hidden = !text;
    told.className = text ? `note ${kind}` : "note";
    told.textContent = text;
  };
  const show = (answer) => {
    ({ version, config } = answer);
    changes.clear();
    const plain = Object.keys(config).filter((key) => !isObject(config[key]));
    const sections = Object.keys(config).filter((key) => !plain.includes(key) && key !== "templates");
    body.replaceChildren(
      h("div.form-grid", {}, ...plain.map((key) => control(key, config[key]))),
      h(
        "details",
        {},
        h("summary", {}, h("code", {}, "templates")),
        h("p.muted", { i18n: "settings.templates" }),
        h("div.form-grid", {}, ...KINDS.flatMap((kind) => LANGUAGES.map((language) => template(kind, language)))),
      ),
      ...sections.map((section) =>
        h(
          "details",
          {},
          h("summary", {}, h("code", {}, section)),
          h("div.form-grid", {}, ...Object.entries(config[section]).map(([key, value]) => control(`${section}.${key}`, value))),
        ),
      ),
    );
  };

  /** The control that fits the value: a list of words has one a line, what is deeper is JSON. */
  function control(key, value) {
    const id = `setting-${key}`;
    const note = (parsed) => changes.set(key, parsed);
    if (typeof value === "boolean") {
      return h("label.check", {}, h("input", { id, type: "checkbox", checked: value, onchange: (event) => note(event.target.checked) }), h("code", {}, key));
    }
    let input;
    if (CHOICES[key]) {
      const options = [...new Set([...CHOICES[key], value])];
      input = h("select", { id, onchange: () => note(input.value) }, ...options.map((option) => h("option", { value: option, selected: option === value }, option)));
    } else if (typeof value === "number") {
      input = h("input", { id, type: "number", step: "any", value: String(value), onchange: () => note(Number(input.value)) });
    } else if (typeof value === "string") {
      input = h("input", { id, type: "text", value, onchange: () => note(input.value) });
    } else {
      const words = Array.isArray(value) && value.every((entry) => typeof entry === "string");
      const text = words ? value.join("\n") : JSON.stringify(value, null, 2);
      const read = () => {
        try {
          note(words ? input.value.split("\n").map((line) => line.trim()).filter(Boolean) : JSON.parse(input.value));
          input.removeAttribute("aria-invalid");
        } catch {
          changes.delete(key);
          input.setAttribute("aria-invalid", "true");
        }
      };
      input = h("textarea", { id, rows: 3, value: text, spellcheck: false, onchange: read });
    }
    return h("div.field", {}, h("label", { htmlFor: id }, h("code", {}, key)), input);
  }

  /** What is said of a kind in a language: one sentence a line, of which one is picked; empty is the built-in one. */
  function template(kind, language) {
    const id = `template-${kind}-${language}`;
    const now = config.templates[kind]?.[language];
    const input = h("textarea", { id, rows: 1, lang: language, value: [now ?? []].flat().join("\n"), placeholder: t("settings.built-in") });
    input.addEventListener("change", () => {
      const lines = input.value.split("\n").filter((line) => line.trim());
      const all = structuredClone(changes.get("templates") ?? config.templates);
      const { [language]: _, ...others } = all[kind] ?? {};
      all[kind] = lines.length ? { ...others, [language]: lines.length > 1 ? lines : lines[0] } : others;
      if (!Object.keys(all[kind]).length) delete all[kind];
      changes.set("templates", all);
    });
    return h("div.field", {}, h("label", { htmlFor: id }, h("code", {}, `${kind} · ${language}`)), input);
  }

  /** As a merge patch; what was taken out of an object is null in it, or it would stay. */
  function patch() {
    const out = {};
    for (const [key, value] of changes) {
      const [section, name] = key.split(".");
      const before = name ? config[section][name] : config[section];
      const gone = isObject(value) ? Object.fromEntries(Object.keys(before).filter((k) => !(k in value)).map((k) => [k, null])) : null;
      const put = gone ? { ...value, ...gone } : value;
      if (key === "templates") {
        for (const kind of Object.keys(value)) {
          for (const language of LANGUAGES) value[kind][language] ??= null;
        }
      }
      if (name) out[section] = { ...out[section], [name]: put };
      else out[section] = put;
    }
    return out;
  }

  async function request(method, change) {
    try {
      const headers = { "content-type": "application/json", ...(method === "GET" ? {} : { "if-match": `"${version}"` }) };
      const answer = await ask(at("config"), { method, headers, body: change && JSON.stringify(change) });
      show(await answer.json());
      say("good", method === "GET" ? "" : t("settings.saved"));
    } catch (error) {
      say("bad", [error.param, explain(error)].filter(Boolean).join(": "));
    }
  }

  request("GET");
  return h(
    "div",
    {},
    h("p.muted", { i18n: "settings.lead" }),
    body,
    told,
    h(
      "div.actions",
      {},
      h("button.quiet", { type: "button", i18n: "settings.reload", onclick: () => request("GET") }),
      h("button.quiet", { type: "button", i18n: "settings.reset", onclick: () => request("DELETE") }),
      h("button.primary", { type: "button", i18n: "settings.save", onclick: () => request("PATCH", patch()) }),
    ),
  );
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
