/** Users of whom the room knows something: muted, trusted, called otherwise, with a voice of their own. */

import { ask, askJson, send } from "./api.js";
import { h } from "./dom.js";
import { explain } from "./shell.js";

export function usersPanel({ at }) {
  const list = h("ul.lines");
  const wrong = h("p.note.bad", { role: "alert", hidden: true });
  let voices = [];
  const path = (user) => at(`users/${encodeURIComponent(user)}`);
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
    voices = voices.length ? voices : (await askJson("voices")).voices;
    const people = await askJson(at("users"));
    list.replaceChildren(...(people.length ? people.map(line) : [h("li.empty", { i18n: "users.empty" })]));
  };
  const line = (person) => {
    const put = (change) => doing(() => send(path(person.user), "PUT", change));
    const check = (key) =>
      h("label.check", {}, h("input", { type: "checkbox", checked: person[key], onchange: (event) => put({ [key]: event.target.checked }) }), h("span", { i18n: `users.${key}` }));
    const voice = h(
      "select",
      { named: "users.voice", onchange: () => put({ voice: voice.value }) },
      h("option", { value: "", i18n: "users.voice.none" }),
      ...voices.map(({ id, name }) => h("option", { value: id }, name)),
    );
    voice.value = person.voice;
    const nickname = h("input", { type: "text", maxLength: 40, value: person.nickname, named: "users.nickname", onchange: () => put({ nickname: nickname.value }) });
    nickname.placeholder = nickname.getAttribute("aria-label");
    return h(
      "li.line",
      {},
      h("div.who", {}, h("bdi", {}, person.user)),
      h("div.form-grid", {}, check("muted"), check("trusted"), nickname, voice),
      h("div.line-actions", {}, h("button.quiet.text", { type: "button", i18n: "users.forget", onclick: () => doing(() => ask(path(person.user), { method: "DELETE" })) })),
    );
  };
  const user = h("input", { id: "users-new", type: "text", maxLength: 160, placeholder: "twitch:@somebody", autocomplete: "off", required: true });
  const form = h("form.copy-line", {}, user, h("button", { type: "submit", i18n: "users.mute" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(() => send(path(user.value.trim()), "PUT", { muted: true }));
    user.value = "";
  });
  doing(() => Promise.resolve());
  return h("div", {}, list, wrong, h("div.field", {}, h("label", { htmlFor: user.id, i18n: "users.new" }), form));
}
