/** Where chat comes from: each connection and how it does, and new ones. */

import { ask, askJson, send } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { explain } from "./shell.js";

const FIELDS = {
  twitch: ["channel"],
  bilibili: ["access_key_id", "access_key_secret", "app_id", "code"],
  bilibili_web: ["room_id", "token"],
  youtube: ["video", "api_key"],
};
const NUMBERS = new Set(["app_id", "room_id"]);
const SECRETS = new Set(["access_key_secret", "token", "api_key", "code"]);

export function sourcesPanel({ room }) {
  const list = h("ul.lines");
  const wrong = h("p.note.bad", { role: "alert", hidden: true });
  const doing = async (work) => {
    try {
      await work();
      wrong.hidden = true;
      await show();
    } catch (error) {
      wrong.hidden = false;
      wrong.textContent = explain(error);
    }
  };
  const show = async () => {
    const { items } = await askJson("danmaku/sources");
    const mine = items.filter((source) => source.room === room);
    list.replaceChildren(...(mine.length ? mine.map(line) : [h("li.empty", { i18n: "sources.empty" })]));
  };
  const line = (source) => {
    const running = source.state !== "stopped";
    const path = `danmaku/sources/${encodeURIComponent(source.id)}`;
    return h(
      "li.line",
      {},
      h("div.who", {}, h("bdi", {}, source.place || source.id), h("span.tag", {}, source.type), h("span.muted", {}, `${source.state} · ${t("sources.received", { n: source.received })}`)),
      h("p.why", {}, source.last_error ?? ""),
      h(
        "div.line-actions",
        {},
        h("button.quiet.text", { type: "button", i18n: running ? "sources.stop" : "sources.start", onclick: () => doing(() => ask(`${path}/${running ? "stop" : "start"}`, { method: "POST" })) }),
        h("button.quiet.text", { type: "button", i18n: "sources.remove", onclick: () => doing(() => ask(path, { method: "DELETE" })) }),
      ),
    );
  };
  const type = h("select", { id: "source-type" }, ...Object.keys(FIELDS).map((name) => h("option", { value: name }, name)));
  const rest = h("div.form-grid.wide");
  const fields = () =>
    rest.replaceChildren(
      ...FIELDS[type.value].map((name) =>
        h(
          "div.field",
          {},
          h("label", { htmlFor: `source-${name}` }, h("code", {}, name)),
          h("input", { id: `source-${name}`, name, type: SECRETS.has(name) ? "password" : "text", autocomplete: "off", required: true }),
        ),
      ),
    );
  type.addEventListener("change", fields);
  fields();
  const form = h(
    "form.form-grid",
    {},
    h("div.field", {}, h("label", { htmlFor: type.id, i18n: "sources.type" }), type),
    rest,
    h("div.actions.wide", {}, h("button.primary", { type: "submit", i18n: "sources.add" })),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const source = { type: type.value, room };
    for (const input of rest.querySelectorAll("input")) {
      const digits = NUMBERS.has(input.name) && /^\d+$/.test(input.value);
      source[input.name] = digits ? Number(input.value) : input.value;
    }
    doing(() => send("danmaku/sources", "POST", source));
  });
  doing(() => Promise.resolve());
  return h("div", {}, list, wrong, form);
}
