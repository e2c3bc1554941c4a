/** The studio: a room live, what waits, what became of each message, and the buttons that stop it. */

import { ask, askJson, send } from "./api.js";
import { $, h, iconButton } from "./dom.js";
import { say, t } from "./i18n.js";
import { Meters } from "./studio-meters.js";
import { RoomStream } from "./room-stream.js";
import { RoomVoice } from "./room-voice.js";
import { load, save } from "./store.js";
import { mountShell, showError } from "./shell.js";
import { obsPanel } from "./studio-obs.js";
import { settingsPanel } from "./studio-settings.js";
import { sourcesPanel } from "./studio-sources.js";
import { testPanel } from "./studio-test.js";
import { usersPanel } from "./studio-users.js";

const MOST_LOG = 200;
const QUEUE_EVERY = 2000; // ms; events tell of what comes, this of its order and its wait
const PANELS = { test: testPanel, obs: obsPanel, sources: sourcesPanel, users: usersPanel, settings: settingsPanel };

mountShell("studio");
const meters = new Meters($("meters"));
let room = new URLSearchParams(location.search).get("room") ?? load("room") ?? "main";
let stream = null;
let monitor = null; // { stream, voice } of role player, where this page sounds
let mode = {};
let connected = false;
let playing = null;
let log = [];

const at = (path) => `danmaku/${path}${path.includes("?") ? "&" : "?"}room=${encodeURIComponent(room)}`;

/** A control of the room; what goes wrong is told at the top. */
async function command(path, body = {}) {
  try {
    await ask(at(path), { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    showError($("error"), null);
  } catch (error) {
    const nothing = ["skip", "move"].includes(path) && error.code === "message_not_found"; // it was over already
    if (!nothing) showError($("error"), error);
  }
  refresh();
}

// ── the desk ──

const buttons = {
  pause: h("button.toggle", { type: "button", onclick: () => command(mode.paused ? "resume" : "pause") }),
  skip: h("button", { type: "button", i18n: "studio.skip", onclick: () => command("skip") }),
  replay: h("button", { type: "button", i18n: "studio.replay", onclick: () => command("replay") }),
  monitor: h("button.toggle", { type: "button", "aria-pressed": "false", i18n: "studio.monitor", onclick: () => toggleMonitor() }),
  panic: h("button.panic", { type: "button", onclick: () => command(mode.silenced ? "resume" : "panic") }),
};
$("controls").append(...Object.values(buttons));
$("clear").addEventListener("click", () => command("clear"));

function showMode() {
  const state = !connected ? "lost" : mode.silenced ? "silenced" : mode.paused ? "paused" : mode.players ? "on" : "alone";
  $("air").dataset.state = state;
  say($("air"), `studio.air.${state}`);
  say(buttons.pause, mode.paused ? "studio.resume" : "studio.pause");
  buttons.pause.setAttribute("aria-pressed", String(Boolean(mode.paused)));
  buttons.pause.disabled = Boolean(mode.silenced);
  say(buttons.panic, mode.silenced ? "studio.unpanic" : "studio.panic");
  buttons.panic.title = "Ctrl/⌘ + .";
  const hint = state === "alone" ? "studio.hint.alone" : mode.degraded ? "studio.hint.degraded" : mode.ready === false ? "studio.hint.loading" : "";
  $("hint").hidden = !hint;
  if (hint) say($("hint"), hint);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "." && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    command("panic");
  }
});

function toggleMonitor() {
  const on = monitor === null;
  if (on) {
    const player = new RoomStream(room, "player");
    monitor = { stream: player, voice: new RoomVoice(player) };
    monitor.voice.player.unlock();
    player.open();
  } else {
    monitor.stream.close();
    monitor.voice.player.stop();
    monitor = null;
  }
  buttons.monitor.setAttribute("aria-pressed", String(on));
}

// ── messages ──

function who(message, more = "") {
  const paid = message.amount ? h("span.tag", { data: { rank: "paid" } }, `${message.amount} ${message.currency ?? ""}`.trim()) : null;
  const kind = message.kind && message.kind !== "chat" ? h("span.tag", { data: { rank: message.rank ?? "" } }, message.kind) : null;
  return h("div.who", {}, h("bdi", {}, message.user || t("studio.nobody")), kind, paid, h("span.muted", {}, more));
}

function actions(message, ...buttons) {
  const mute = message.user_id
    ? iconButton("mute", "studio.mute", () => mutePerson(message.user_id))
    : null;
  return h("div.line-actions", {}, ...buttons, mute);
}

async function mutePerson(user) {
  try {
    await send(at(`users/${encodeURIComponent(user)}`), "PUT", { muted: true });
    refresh();
  } catch (error) {
    showError($("error"), error);
  }
}

let dragged = null; // the id of what is being moved; the list stays as it is meanwhile

function queued(message, place, all) {
  const waits = message.state === "queued"; // and is not being made yet
  const above = all[place - 1];
  const up =
    waits && above?.state === "queued"
      ? iconButton("up", "studio.earlier", () => command("move", { id: message.id, before: above.id }))
      : null;
  const drop = iconButton("close", "studio.drop", () => command("skip", { id: message.id }));
  const line = h(
    "li.line",
    { data: { id: message.id }, draggable: waits },
    who(message, `${message.rank} · ${Math.round(message.waited)} s`),
    h("p.what", { dir: "auto" }, message.caption),
    actions(message, ...(up ? [up, drop] : [drop])),
  );
  if (waits) movable(line, message.id);
  return line;
}

function movable(line, id) {
  const mark = (on) => line.classList.toggle("over", on);
  line.addEventListener("dragstart", () => (dragged = id));
  line.addEventListener("dragend", () => (dragged = null));
  line.addEventListener("dragleave", () => mark(false));
  line.addEventListener("dragover", (event) => {
    if (!dragged || dragged === id) return;
    event.preventDefault();
    mark(true);
  });
  line.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    if (dragged && dragged !== id) command("move", { id: dragged, before: id });
    dragged = null;
  });
}

function held(message) {
  return h(
    "li.line",
    {},
    who(message),
    h("p.what", { dir: "auto" }, message.caption),
    actions(
      message,
      iconButton("check", "studio.approve", () => command("approve", { id: message.id })),
      iconButton("close", "studio.reject", () => command("reject", { id: message.id })),
    ),
  );
}

function ended(message) {
  const when = new Date(message.over_at_ms ?? Date.now()).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const replay = message.outcome === "read" ? iconButton("undo", "studio.replay", () => command("replay", { id: message.id })) : null;
  return h(
    "li.line",
    { data: { outcome: message.outcome } },
    who(message, when),
    h("p.what", { dir: "auto" }, message.caption),
    h("p.why", {}, why(message)),
    actions(message, ...(replay ? [replay] : [])),
  );
}

function why({ outcome, reason }) {
  if (!reason) return t(`outcome.${outcome}`);
  const known = t(`reason.${reason}`);
  return `${t(`outcome.${outcome}`)}: ${known === `reason.${reason}` ? reason : known}`;
}

function fill(list, items, draw, empty) {
  list.replaceChildren(...(items.length ? items.map(draw) : [h("li.empty", { i18n: empty })]));
}

function showLog() {
  const shown = $("unread").checked ? log.filter(({ outcome }) => outcome !== "read") : log;
  fill($("log"), shown, ended, "studio.log.empty");
}

function showNow() {
  if (!playing) return $("now").replaceChildren(h("p.empty", { i18n: "studio.now.empty" }));
  const length = playing.duration_ms ?? playing.expected_ms ?? 0;
  const bar = h("progress", { max: 1, value: 0, named: "studio.now" });
  $("now").replaceChildren(h("div.line.now", {}, who(playing, playing.voice), h("p.what", { dir: "auto" }, playing.caption), actions(playing), bar));
  const mine = playing;
  const follow = () => {
    if (playing !== mine) return;
    bar.value = length ? Math.min(1, Math.max(0, (stream.now - mine.start_at_ms) / length)) : 0;
    setTimeout(follow, 100);
  };
  follow();
}

/** What the events do not tell: order, waits, and numbers. */
async function refresh() {
  if (document.hidden || !connected) return;
  try {
    const [state, stats] = await Promise.all([askJson(at("state")), askJson(at("stats"))]);
    mode = state;
    if (!dragged) fill($("queue"), state.queue, queued, "studio.queue.empty");
    fill($("held"), state.held, held, "studio.queue.empty");
    $("held-section").hidden = !state.held.length;
    meters.show(stats, state);
    showMode();
  } catch (error) {
    showError($("error"), error);
  }
}

// ── the room ──

async function enter(name) {
  room = name;
  save("room", room);
  stream?.close();
  monitor && toggleMonitor();
  log = [];
  playing = null;
  meters.clear();
  stream = new RoomStream(room, "studio");
  stream.addEventListener("connected", () => {
    connected = true;
    refresh();
  });
  stream.addEventListener("lost", ({ detail: { status } }) => {
    connected = false;
    if (status === 401) document.dispatchEvent(new CustomEvent("key-wanted"));
    showMode();
  });
  stream.addEventListener("state", ({ detail }) => {
    mode = detail;
    playing = detail.now_playing;
    showNow();
    showMode();
  });
  stream.addEventListener("play", ({ detail }) => ((playing = detail), showNow()));
  for (const event of ["done", "stop"]) stream.addEventListener(event, () => ((playing = null), showNow()));
  stream.addEventListener("mode", ({ detail }) => ((mode = { ...mode, ...detail }), showMode()));
  stream.addEventListener("over", ({ detail }) => {
    log = [{ ...detail, over_at_ms: Date.now() }, ...log].slice(0, MOST_LOG);
    logSoon();
  });
  for (const event of ["queued", "held", "cleared", "making"]) stream.addEventListener(event, () => soon());
  stream.open();
  showNow();
  showMode();
  showPanel();
  try {
    const { items } = await askJson(at(`history?limit=${MOST_LOG}`));
    const known = new Set(log.map(({ id }) => id));
    log = [...log, ...items.filter(({ id }) => !known.has(id))].slice(0, MOST_LOG);
  } catch (error) {
    showError($("error"), error);
  }
  showLog();
}

/** `work` a moment later, and once for all who ask in between: a flood of chat must not stop the page. */
function gathered(work, wait) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      work();
    }, wait);
  };
}

const soon = gathered(refresh, 200);
const logSoon = gathered(showLog, 100);

async function loadRooms() {
  try {
    const { rooms } = await askJson("danmaku/rooms");
    $("room").replaceChildren(...rooms.map(({ name }) => h("option", { value: name }, name)));
    if (!rooms.some(({ name }) => name === room)) room = rooms[0]?.name ?? "main";
    $("room").value = room;
    showError($("error"), null);
    enter(room);
  } catch (error) {
    showError($("error"), error);
  }
}

// ── tools ──

let panel = PANELS[load("panel")] ? load("panel") : "test";

function showPanel() {
  for (const key of Object.keys(PANELS)) {
    const tab = $(`tab-${key}`);
    tab.setAttribute("aria-selected", String(key === panel));
    tab.tabIndex = key === panel ? 0 : -1;
  }
  $("panel").setAttribute("aria-labelledby", `tab-${panel}`);
  $("panel").replaceChildren(PANELS[panel]({ room, at }));
}

function mountTabs() {
  const names = Object.keys(PANELS);
  const open = (key) => {
    panel = key;
    save("panel", key);
    showPanel();
  };
  for (const key of names) {
    const tab = { type: "button", id: `tab-${key}`, role: "tab", "aria-controls": "panel", i18n: `panel.${key}` };
    $("tabs").append(h("button", { ...tab, onclick: () => open(key) }));
  }
  $("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    open(names[(names.indexOf(panel) + step + names.length) % names.length]);
    $(`tab-${panel}`).focus();
  });
}

$("room").append(h("option", { value: room }, room));
$("room").addEventListener("change", () => enter($("room").value));
$("unread").addEventListener("change", showLog);
document.addEventListener("language", () => (showLog(), showNow(), showPanel(), refresh()));
document.addEventListener("key", loadRooms);
document.addEventListener("visibilitychange", refresh);
mountTabs();
showMode();
showNow();
showLog();
fill($("queue"), [], queued, "studio.queue.empty");
loadRooms();
setInterval(refresh, QUEUE_EVERY);
