/** Voices: who can speak, how they sound, and making one of your own. */

import { ask, askJson, url } from "./api.js";
import { $, h, icon, iconButton } from "./dom.js";
import { apply, say, t } from "./i18n.js";
import { Player } from "./player.js";
import { explain, finding, mountShell, showError } from "./shell.js";
import { VoiceForm } from "./voice-form.js";

const LANGUAGES = { en: "English", zh: "中文" };
const SECTIONS = [
  ["library.yours", (voice) => voice.source !== "built-in"],
  ["library.built-in", (voice) => voice.source === "built-in"],
];
const LONGEST_PREVIEW = 200; // characters

mountShell("library");
const player = new Player();
let playing = null; // the button whose sound is heard
let voices = [];

/** Play what `path` gives, and let `button` stop it. */
async function hear(button, path, options) {
  const again = playing === button;
  player.stop();
  if (again) return;
  player.unlock();
  mark(button);
  showError($("error"), null);
  try {
    await player.play(await ask(path, options));
  } catch (error) {
    showError($("error"), error);
  }
  if (playing === button) mark(null);
}

function mark(button) {
  for (const [which, state] of [[playing, false], [button, true]]) {
    which?.setAttribute("aria-pressed", String(state));
    which?.querySelector("svg").replaceWith(icon(state ? "stop" : "play"));
  }
  playing = button;
}

const preview = (voice, text = "") => `voices/${voice.id}/preview${text ? `?${new URLSearchParams({ text })}` : ""}`;

function card(voice) {
  const play = iconButton("play", "library.preview", () => hear(play, preview(voice)), { "aria-pressed": "false" });
  play.classList.add("play");
  play.setAttribute("aria-label", `${t("library.preview")}: ${voice.name}`);
  delete play.dataset.i18nAttributes;
  return h(
    "li.card.voice",
    { data: { id: voice.id } },
    play,
    h(
      "div.about",
      {},
      h("h3", {}, voice.name, " ", h("span.tag", {}, LANGUAGES[voice.language] ?? voice.language)),
      h("p", {}, voice.description || voice.text),
      h("p.mono", {}, voice.id),
    ),
    h("button.quiet.text", { type: "button", i18n: "library.more", "aria-haspopup": "dialog", onclick: () => open(voice.id) }),
  );
}

async function list() {
  try {
    voices = (await askJson("voices")).voices;
    showError($("error"), null);
  } catch (error) {
    showError($("error"), error);
    return;
  }
  const sections = SECTIONS.map(([title, belongs]) => [title, voices.filter(belongs)]);
  $("voices").replaceChildren(
    ...sections
      .filter(([title, members]) => members.length || title === "library.yours")
      .map(([title, members]) =>
        h(
          "section",
          {},
          h("h2", { i18n: title }),
          members.length ? h("ul.voices", {}, ...members.map(card)) : h("p.muted", { i18n: "library.none" }),
        ),
      ),
  );
}

// ── one voice ──

const dialog = h("dialog.details", { id: "details", "aria-labelledby": "details-title" });
dialog.addEventListener("close", () => player.stop());
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
document.body.append(dialog);

async function open(id) {
  player.stop();
  let voice;
  try {
    voice = await askJson(`voices/${id}`);
  } catch (error) {
    return showError($("error"), error);
  }
  const said = [...voice.text].slice(0, LONGEST_PREVIEW).join("");
  const clip = side("library.original", () => hear(clip, `voices/${id}/audio`));
  const clone = side("library.clone", () => hear(clone, preview(voice, said)));
  const wrong = h("p.note.bad", { role: "alert", hidden: true });
  dialog.replaceChildren(
    h(
      "div.dialog-head",
      {},
      h("h2", { id: "details-title" }, voice.name),
      iconButton("close", "close", () => dialog.close()),
    ),
    h("blockquote", { lang: voice.language }, voice.text),
    h("div.sides", {}, clip, clone),
    h("p.muted", { i18n: "library.compare.why" }),
    facts(voice),
    ...(voice.upload?.warnings ?? []).map((warning) => h("p.note.warn", {}, finding(warning))),
    wrong,
    h(
      "div.actions",
      {},
      ...removal(voice, wrong),
      h("button", { type: "button", i18n: "library.replace", onclick: () => (dialog.close(), form.open(voice)) }),
      h("a.button", { href: url(`?voice=${id}`), i18n: "library.use" }),
    ),
  );
  dialog.showModal();
}

function side(key, onclick) {
  return h("button", { type: "button", "aria-pressed": "false", onclick }, icon("play"), h("span", { i18n: key }));
}

function facts(voice) {
  const rows = [
    ["library.fact.id", voice.id],
    ["library.fact.source", t(`library.source.${voice.source}`)],
    ["library.fact.license", voice.license],
  ];
  if (voice.upload) {
    const { quality, loudness_lufs: loudness } = voice.upload;
    rows.push(
      ["quality.seconds", `${quality.seconds.toFixed(1)} s`],
      ["quality.speech", `${quality.speech_seconds.toFixed(1)} s`],
      ["quality.noise", `${quality.snr_db.toFixed(0)} dB`],
      ["library.fact.loudness", `${loudness.toFixed(1)} LUFS`],
    );
  }
  const known = rows.filter(([, value]) => value);
  return h("dl.facts", {}, ...known.map(([key, value]) => h("div", {}, h("dt", { i18n: key }), h("dd", {}, value))));
}

/** An upload can be removed; one that stands over another voice is reset to it so. Asked twice, without a dialog. */
function removal(voice, wrong) {
  if (voice.source !== "upload") return [];
  const key = voice.overrides ? "library.reset" : "library.remove";
  let sure = false;
  const button = h("button.danger", {
    type: "button",
    i18n: key,
    onclick: async () => {
      if (!sure) {
        sure = true;
        say(button, `${key}.sure`);
        return;
      }
      try {
        await ask(`voices/${voice.id}`, { method: "DELETE" });
        dialog.close();
        tell(`${key}.done`, { name: voice.name });
        await list();
      } catch (error) {
        wrong.hidden = false;
        wrong.textContent = explain(error);
      }
    },
  });
  return [button];
}

function tell(key, vars) {
  $("news").hidden = false;
  say($("news"), key, vars);
}

// ── a new one ──

const form = new VoiceForm(async (voice, replaced) => {
  tell(replaced ? "library.replaced" : "library.added", { name: voice.name });
  await list();
  await open(voice.id);
});

$("new").append(icon("plus"), h("span", { i18n: "library.new" }));
$("new").addEventListener("click", () => form.open());
document.addEventListener("key", list);
document.addEventListener("language", list);
list();
apply();
