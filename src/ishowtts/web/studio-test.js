/** Try a message: what every filter says of it, or say it. */

import { send } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { explain } from "./shell.js";

const KINDS = ["chat", "gift", "superchat", "bits", "sub", "follow", "join", "like", "raid", "system"];

export function testPanel({ at }) {
  const user = h("input", { id: "test-user", type: "text", maxLength: 100, value: "Ann", autocomplete: "off" });
  const text = h("input", { id: "test-text", type: "text", maxLength: 1000, value: t("test.sample"), autocomplete: "off" });
  const kind = h("select", { id: "test-kind" }, ...KINDS.map((name) => h("option", { value: name }, name)));
  const told = h("div", { "aria-live": "polite" });
  const item = () => ({ user: user.value, text: text.value, kind: kind.value });
  const doing = async (work) => {
    try {
      told.replaceChildren(...(await work()));
    } catch (error) {
      told.replaceChildren(h("p.note.bad", { role: "alert" }, explain(error)));
    }
  };
  const form = h(
    "form.form-grid",
    {},
    field("test.user", user),
    field("test.kind", kind),
    h("div.field.wide", {}, h("label", { htmlFor: text.id, i18n: "test.text" }), text),
    h(
      "div.actions.wide",
      {},
      h("button", { type: "button", i18n: "test.say", onclick: () => doing(async () => receipts(await send(at("").replace("/?", "?"), "POST", item()))) }),
      h("button.primary", { type: "submit", i18n: "test.try" }),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(async () => trace(await send(at("test"), "POST", item())));
  });
  return h("div", {}, h("p.muted", { i18n: "test.lead" }), form, told);
}

function field(key, control) {
  return h("div.field", {}, h("label", { htmlFor: control.id, i18n: key }), control);
}

function trace({ read, spoken, reason, steps }) {
  const verdict = read
    ? h("p.note.good", {}, `${t("test.read")} ${spoken}`)
    : h("p.note.bad", {}, `${t("test.not-read")} ${reasonOf(reason)}`);
  const lines = steps.map(({ step, said, reason: why, note, before, after }) =>
    h(
      "li.step",
      { data: { said } },
      h("code", {}, step),
      h("span", { i18n: `said.${said}` }),
      h("span", { dir: "auto" }, [why ? reasonOf(why) : "", note, said === "change" ? `${before} → ${after}` : ""].filter(Boolean).join(" · ")),
    ),
  );
  return [verdict, h("ol.steps", {}, ...lines)];
}

function reasonOf(reason) {
  const words = t(`reason.${reason}`);
  return words === `reason.${reason}` ? reason : words;
}

const receipts = ({ items }) =>
  items.map(({ status, reason }) => h("p.note", {}, reason ? `${t(`outcome.${status}`)}: ${reasonOf(reason)}` : t(`outcome.${status}`)));
