/** Everything a request can say beside its text and voice, each with what it does; what is empty is not sent. */

import { h, iconButton } from "./dom.js";
import { t } from "./i18n.js";

const number = (min, max, step, group) => ({ kind: "number", min, max, step, group });
const choice = (group, ...options) => ({ kind: "choice", group, options });
const words = (group) => ({ kind: "text", group });
const same = (name) => [name, name];

export const FIELDS = {
  speed: number(0.25, 4, 0.05, "voice"),
  seed: number(0, 4294967295, 1, "voice"),
  target_rms: number(0, 0.5, 0.01, "voice"),
  remove_silence: { ...choice("voice", [true, "parameters.on"], [false, "parameters.off"]) },
  nfe_step: number(1, 64, 1, "model"),
  cfg_strength: number(0, 10, 0.1, "model"),
  sway_sampling_coef: number(-1, 1, 0.05, "model"),
  cross_fade_duration: number(0, 0.5, 0.005, "model"),
  fix_duration: number(1, 30, 0.1, "model"),
  room: words("queue"),
  user: words("queue"),
  priority: choice(
    "queue",
    ...["high", "normal", "low"].map((name) => [name, `parameters.priority.${name}`]),
  ),
  stream: choice(
    "answer",
    ["sse", "parameters.stream.sse"],
    ["audio", "parameters.stream.audio"],
    [false, "parameters.stream.file"],
  ),
  format: choice("answer", ...["wav", "mp3", "opus", "flac", "aac", "pcm"].map(same)),
  timestamps: choice(
    "answer",
    ...["none", "segment", "word"].map((name) => [name, `parameters.timestamps.${name}`]),
  ),
};

/** The drawer; `onchange` is called with the values after each change. */
export class Parameters {
  values = {};
  #dialog;
  #controls = {};
  #onchange;

  constructor(onchange) {
    this.#onchange = onchange;
    const groups = [...new Set(Object.values(FIELDS).map((field) => field.group))];
    this.#dialog = h(
      "dialog.side",
      { id: "parameters", "aria-labelledby": "parameters-title" },
      h(
        "div.drawer-head",
        {},
        h("h2", { id: "parameters-title", i18n: "parameters.title" }),
        iconButton("close", "close", () => this.#dialog.close()),
      ),
      h(
        "div.drawer-body",
        {},
        h("p.muted", { i18n: "parameters.lead" }),
        ...groups.map((group) =>
          h(
            "fieldset",
            {},
            h("legend", { i18n: `parameters.group.${group}` }),
            ...Object.keys(FIELDS)
              .filter((name) => FIELDS[name].group === group)
              .map((name) => this.#row(name)),
          ),
        ),
      ),
      h(
        "div.drawer-foot",
        {},
        h("button.quiet.text", { type: "button", i18n: "parameters.reset", onclick: () => this.set({}) }),
        h("button.primary", { type: "button", i18n: "parameters.done", onclick: () => this.#dialog.close() }),
      ),
    );
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog.close());
    document.addEventListener("language", () => this.#reword());
    document.body.append(this.#dialog);
    this.#reword();
  }

  open(name) {
    this.#dialog.showModal();
    if (name) this.#controls[name].focus();
  }

  /** Show and use these values, and no others. */
  set(values) {
    this.values = {};
    for (const [name, control] of Object.entries(this.#controls)) {
      const value = values[name];
      control.value = value === undefined || value === null ? "" : String(value);
      this.#read(name);
    }
    this.#onchange(this.values);
  }

  #row(name) {
    const field = FIELDS[name];
    const id = `parameter-${name}`;
    const common = { id, "aria-describedby": `${id}-why`, onchange: () => this.#changed(name), autocomplete: "off" };
    let control;
    if (field.kind === "number") {
      const { min, max, step } = field;
      control = h("input", { ...common, type: "number", inputMode: "decimal", min, max, step, oninput: () => this.#changed(name) });
      control.step = Number.isInteger(step) ? step : "any"; // arrows step, and any value between is fine
    } else if (field.kind === "text") {
      control = h("input", { ...common, type: "text", maxLength: 64, oninput: () => this.#changed(name) });
    } else {
      const first = name === "stream" ? "parameters.stream.best" : "parameters.auto";
      const options = field.options.map(([value, key]) =>
        key.startsWith("parameters.") ? h("option", { value: String(value), i18n: key }) : h("option", { value }, key),
      );
      control = h("select", common, h("option", { value: "", i18n: first }), ...options);
    }
    this.#controls[name] = control;
    const range = field.kind === "number" ? ` · ${field.min} – ${field.max}` : "";
    return h(
      "div.parameter",
      {},
      h("label", { htmlFor: id }, h("span", { i18n: `parameters.${name}` }), " ", h("code", {}, name + range)),
      control,
      h("p.why", { id: `${id}-why`, i18n: `parameters.${name}.why` }),
    );
  }

  #reword() {
    for (const [name, control] of Object.entries(this.#controls)) {
      if (control instanceof HTMLInputElement) control.placeholder = t("parameters.auto");
      if (FIELDS[name].kind === "text") control.placeholder = "";
    }
  }

  #changed(name) {
    this.#read(name);
    const order = Object.keys(FIELDS).filter((each) => each in this.values);
    this.values = Object.fromEntries(order.map((each) => [each, this.values[each]]));
    this.#onchange(this.values);
  }

  #read(name) {
    const control = this.#controls[name];
    const field = FIELDS[name];
    const raw = control.value.trim();
    const bad = !control.checkValidity();
    control.setAttribute("aria-invalid", String(bad));
    delete this.values[name];
    if (raw === "" || bad) return;
    if (field.kind === "number") this.values[name] = Number(raw);
    else if (field.kind === "text") this.values[name] = raw;
    else this.values[name] = { true: true, false: false }[raw] ?? raw;
  }
}
