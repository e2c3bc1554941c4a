/**
 * The overlay: the voice of a room and its captions, for OBS. In the URL: `room`, `token` (a key with the scope
 * `overlay`), `role=caption` for text alone, `theme` (card, subtitle, bubble), `gain` (0 to 2), `lang`.
 */

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { leave, light, remove, show, shown } from "./overlay-captions.js";
import { RoomStream } from "./room-stream.js";
import { RoomVoice } from "./room-voice.js";

const THEMES = ["card", "subtitle", "bubble"];
const LINGER = 1500; // ms that a caption stays after its last sound
const SILENT = 5000; // ms that one without sound stays

const query = new URLSearchParams(location.search);
const token = query.get("token") ?? "";
const headers = () => (token ? { authorization: `Bearer ${token}` } : {});
const language = query.get("lang") ?? navigator.language;
document.documentElement.lang = language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
document.documentElement.dataset.theme = THEMES.includes(query.get("theme")) ? query.get("theme") : THEMES[0];

const captions = document.getElementById("captions");
const unmute = document.getElementById("unmute");
const stream = new RoomStream(query.get("room") ?? "main", query.get("role") === "caption" ? "caption" : "player", headers);
const voice = query.get("role") === "caption" ? null : new RoomVoice(stream, headers, { volume: gain() });

function gain() {
  const asked = Number.parseFloat(query.get("gain") ?? "1");
  return Number.isFinite(asked) ? Math.min(2, Math.max(0, asked)) : 1;
}

function play(message) {
  const entry = show(message);
  entry.start = message.start_at_ms;
  entry.length = message.duration_ms ?? message.expected_ms ?? 0;
  const follow = () => {
    if (entry.over || shown.get(message.id) !== entry) return;
    const passed = stream.now - entry.start;
    // While it is being made its length is a guess: the last word waits for the news that it is over.
    light(entry, entry.length ? Math.min(0.98, passed / entry.length) : 0);
    setTimeout(follow, 60);
  };
  follow();
}

stream.addEventListener("play", ({ detail }) => play(detail));
stream.addEventListener("state", ({ detail: { now_playing: now } }) => {
  for (const id of [...shown.keys()]) if (id !== now?.id) leave(id, 0);
  if (now) play(now);
});
stream.addEventListener("done", ({ detail: { id } }) => leave(id, LINGER));
stream.addEventListener("stop", ({ detail: { id } }) => remove(id));
stream.addEventListener("retracted", ({ detail: { ids } }) => ids.forEach(remove));
stream.addEventListener("failed", ({ detail }) => {
  show(detail);
  leave(detail.id, SILENT);
});
stream.addEventListener("notice", ({ detail: { code } }) => {
  if (code !== "backlog") return;
  const line = h("p.message.notice", { i18n: "overlay.backlog" });
  captions.prepend(line);
  setTimeout(() => line.remove(), SILENT);
});
for (const state of ["connected", "lost"]) {
  stream.addEventListener(state, () => (document.documentElement.dataset.connection = state));
}

if (voice) {
  voice.addEventListener("begun", ({ detail: { id, at } }) => {
    const entry = shown.get(id);
    if (entry) entry.element.dataset.begun = String(at);
  });
  unmute.textContent = t("overlay.unmute");
  unmute.addEventListener("click", () => voice.player.unlock());
  // OBS lets a page sound; a browser wants a click first.
  const context = voice.player.unlock();
  const look = () => (unmute.hidden = voice.player.context.state !== "suspended");
  context.addEventListener("statechange", look);
  setTimeout(look, 500);
}
document.documentElement.dataset.ready = "";
stream.open();
