/** The address of the overlay, to be copied into OBS. */

import { getKey, url } from "./api.js";
import { copy, h, iconButton } from "./dom.js";

const THEMES = ["card", "subtitle", "bubble"];

export function obsPanel({ room }) {
  const wish = { theme: "card", token: "", captions: false, gain: 1 };
  const shown = h("input.mono", { id: "obs-url", type: "text", readOnly: true, onfocus: () => shown.select() });
  const open = h("a.button", { target: "_blank", rel: "noopener", i18n: "obs.open" });
  const tell = () => {
    const query = new URLSearchParams({ room, theme: wish.theme });
    if (wish.captions) query.set("role", "caption");
    if (wish.gain !== 1) query.set("gain", String(wish.gain));
    if (wish.token) query.set("token", wish.token);
    shown.value = open.href = url(`overlay?${query}`);
  };
  const themes = THEMES.map((theme) =>
    h(
      "label",
      {},
      h("span.check", {}, h("input", { type: "radio", name: "theme", value: theme, checked: theme === wish.theme, onchange: () => ((wish.theme = theme), tell()) }), " ", h("span", { i18n: `obs.theme.${theme}` })),
      h("span.sample", { data: { theme }, "aria-hidden": "true" }, "Ann: 你好 hello"),
    ),
  );
  const token = h("input", { id: "obs-token", type: "password", autocomplete: "off", oninput: () => ((wish.token = token.value.trim()), tell()) });
  const gain = h("input", { id: "obs-gain", type: "number", min: 0, max: 2, step: 0.1, value: "1", oninput: () => ((wish.gain = Number(gain.value) || 1), tell()) });
  const captions = h("input", { type: "checkbox", onchange: () => ((wish.captions = captions.checked), tell()) });
  tell();
  return h(
    "div",
    {},
    h("ol.steps", {}, ...["obs.step.1", "obs.step.2", "obs.step.3"].map((key) => h("li", { i18n: key }))),
    h("fieldset.preview", {}, h("legend.offscreen", { i18n: "obs.theme" }), ...themes),
    h(
      "div.form-grid",
      {},
      h("div.field", {}, h("label", { htmlFor: gain.id, i18n: "obs.gain" }), gain),
      getKey() ? h("div.field", {}, h("label", { htmlFor: token.id, i18n: "obs.token" }), token) : null,
      h("label.check", {}, captions, h("span", { i18n: "obs.captions" })),
    ),
    h("div.field", {}, h("label", { htmlFor: shown.id, i18n: "obs.url" }), h("div.copy-line", {}, shown, iconButton("copy", "copy", (event) => copy(shown.value, event.currentTarget)))),
    h("div", {}, open),
  );
}
