/** Home: type, choose a voice, hear it. */

import { askJson, BASE, getKey, keyHeaders, noteRefusal, url } from "./api.js";
import { Caption } from "./caption.js";
import { $, copy, download, h, icon, iconButton } from "./dom.js";
import * as history from "./history.js";
import { language, name, say, t } from "./i18n.js";
import { Parameters } from "./parameters.js";
import { Player } from "./player.js";
import { mountShell, showError } from "./shell.js";
import { snippets } from "./snippets.js";
import { load, save } from "./store.js";
import { fromWav, join, toWav } from "./wav.js";
import { Wave } from "./wave.js";

const TRIES = ["welcome", "thanks", "mixed", "long"];

mountShell("");
const player = new Player();
const wave = new Wave($("wave"));
const caption = new Caption($("caption"));
const parameters = new Parameters(render);
let current = null; // what is on the stage: { text, body, pieces, rate, texts, complete, figures }
let wanted = false; // the last request had to show a key
let asking = false; // a request is under way, or its sound

// ── what is asked ──

/** The body of the request, as the page makes it or as the code does. */
function body({ here }) {
  const voice = $("voice").value;
  const asked = { text: $("text").value, ...(voice ? { voice } : {}), ...parameters.values };
  if (here && asked.stream === undefined) Object.assign(asked, { stream: "sse" });
  if (here && asked.stream === "sse") asked.timestamps ??= "word";
  if (asked.stream !== "sse" && !here) delete asked.timestamps;
  if (asked.stream === false) delete asked.stream;
  return asked;
}

async function speak(since) {
  const asked = body({ here: true });
  if (!asked.text.trim()) return $("text").focus();
  const speech = (current = { text: asked.text, body: asked, pieces: [], rate: 0, texts: [], complete: false, figures: {} });
  showError($("error"), null);
  wave.clear();
  caption.begin(asked.text);
  showFigures();
  asking = true;
  render();
  animate();
  try {
    const result = await player.speak(url("tts"), asked, { headers: keyHeaders(), since });
    Object.assign(speech.figures, { gaps: result.underruns });
    if (result.outcome === "ended") await complete(speech);
  } catch (error) {
    noteRefusal(error);
    if (error.status === 401) wanted = true;
    const code = error instanceof TypeError ? (speech.pieces.length ? "broken_off" : "unreachable") : error.code;
    showError($("error"), Object.assign(error, { code }));
  }
  if (speech !== current) return; // another one took its place
  asking = false;
  render();
}

player.addEventListener("response", ({ detail: { headers } }) => {
  const of = (header) => (headers.has(header) ? Number(headers.get(header)) : undefined);
  Object.assign(current.figures, { seed: of("x-seed"), rtf: of("x-rtf") });
});
player.addEventListener("meta", ({ detail }) => (current.texts = detail.texts));
player.addEventListener("done", ({ detail }) => {
  current.figures.rtf = detail.rtf;
  complete(current);
});
player.addEventListener("start", ({ detail }) => {
  if (current.complete) return;
  current.figures.first = detail.ms;
  showFigures();
});
player.addEventListener("underrun", ({ detail }) => {
  current.figures.gaps = detail.count;
  showFigures();
});
player.addEventListener("sound", ({ detail }) => {
  const { samples, rate, from, ...said } = detail;
  current.pieces.push(samples);
  current.rate = rate;
  const letters = current.texts.reduce((sum, text) => sum + text.length, 0);
  current.letters = (current.letters ?? 0) + (said.text?.length ?? 0);
  const seconds = from + samples.length / rate;
  current.figures.seconds = seconds;
  wave.add(samples, rate, letters > current.letters ? (seconds * letters) / current.letters : 0);
  if (said.span) caption.add({ ...said, from });
  showFigures();
});

/** All of it has come: from now on one can move in it, save it, find it again. */
async function complete(speech) {
  if (speech.complete) return;
  speech.complete = true;
  if (speech === current) wave.settle();
  showFigures();
  render();
  speech.wav = toWav(join(speech.pieces), speech.rate);
  const { text, body, figures, wav } = speech;
  await history.add({ text, body, figures, wav, voice: body.voice ?? "" });
  await renderHistory();
}

function replay(from = 0) {
  const speech = current;
  if (!speech?.complete) return;
  asking = true;
  player.replay(join(speech.pieces), speech.rate, { from }).then(() => {
    if (speech !== current) return;
    asking = player.playing;
    render();
  });
  animate();
  render();
}

let frames = 0;

function animate() {
  cancelAnimationFrame(frames);
  const step = () => {
    wave.heard = player.position;
    caption.show(asking ? player.position : null);
    if (asking) frames = requestAnimationFrame(step);
  };
  frames = requestAnimationFrame(step);
}

// ── what is shown ──

const seconds = (value, digits = 1) => h("span", {}, value.toFixed(digits), " ", h("small", {}, "s"));

function showFigures() {
  const { first, rtf, seconds: length, gaps = 0, seed } = current?.figures ?? {};
  const rows = [
    ["home.first", first === undefined ? null : h("span", {}, String(Math.round(first)), " ", h("small", {}, "ms")), "home.first.why"],
    ["home.rtf", rtf === undefined ? null : rtf.toFixed(2), "home.rtf.why"],
    ["home.length", length === undefined ? null : seconds(length)],
    ["home.gaps", length === undefined ? null : String(gaps), "home.gaps.why"],
  ];
  if (seed !== undefined) {
    const keep = h("button", { type: "button", onclick: () => parameters.set({ ...parameters.values, seed }) }, String(seed));
    name(keep, { title: "home.seed.keep" });
    rows.push(["home.seed", keep]);
  }
  $("figures").replaceChildren(
    ...rows.map(([key, shown, why]) => {
      const term = h("dt", { i18n: key });
      if (why) name(term, { title: why });
      return h("div", {}, term, h("dd", {}, shown ?? "–"));
    }),
  );
}

function render() {
  $("speak").replaceChildren(
    icon(asking ? "stop" : "play"),
    h("span", { i18n: asking ? "home.stop" : "home.speak" }),
  );
  const changed = Object.keys(parameters.values).length;
  $("tune").replaceChildren(
    ...[icon("tune"), h("span", { i18n: "home.parameters" }), changed ? h("span.tag", {}, String(changed)) : null].filter(Boolean),
  );
  say($("count"), "home.count", { n: [...$("text").value].length });
  $("stage-actions").hidden = !current?.complete;
  $("tries").hidden = $("text").value !== "";
  renderCode();
}

// ── code ──

const TABS = { curl: "curl", python: "Python", javascript: "JavaScript" };
let tab = TABS[load("code")] ? load("code") : "curl";

function renderCode() {
  const asked = body({ here: false });
  if (!asked.text) asked.text = t("try.welcome.text");
  $("code").textContent = snippets(BASE.href, asked, wanted || getKey())[tab];
}

function choose(which) {
  tab = which;
  save("code", tab);
  for (const key of Object.keys(TABS)) {
    const selected = key === tab;
    $(`tab-${key}`).setAttribute("aria-selected", String(selected));
    $(`tab-${key}`).tabIndex = selected ? 0 : -1;
  }
  $("code").setAttribute("aria-labelledby", `tab-${tab}`);
  renderCode();
}

function mountTabs() {
  const names = Object.keys(TABS);
  for (const key of names) {
    $("tabs").append(
      h("button", { type: "button", id: `tab-${key}`, role: "tab", "aria-controls": "code", onclick: () => choose(key) }, TABS[key]),
    );
  }
  $("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    choose(names[(names.indexOf(tab) + step + names.length) % names.length]);
    $(`tab-${tab}`).focus();
  });
  $("code-head").append(iconButton("copy", "copy", (event) => copy($("code").textContent, event.currentTarget), { id: "copy" }));
  choose(tab);
}

// ── history ──

async function renderHistory() {
  const all = await history.list();
  $("clear").hidden = !all.length;
  const empty = h("li.empty", { i18n: "home.history.empty" });
  $("history").replaceChildren(...(all.length ? all.map(entry) : [empty]));
}

function entry(kept) {
  const { figures, voice, text, at, id } = kept;
  const when = new Date(at).toLocaleTimeString(language() === "zh" ? "zh-CN" : "en", { hour: "2-digit", minute: "2-digit" });
  const told = [when, voice || t("home.voice.auto"), `${(figures.seconds ?? 0).toFixed(1)} s`];
  return h(
    "li",
    {},
    iconButton("play", "home.history.play", () => stage(kept)),
    h("div.words", {}, h("p", { title: text }, text), h("small", {}, told.join(" · "))),
    h(
      "div.row-actions",
      {},
      iconButton("undo", "home.history.reuse", () => reuse(kept)),
      iconButton("download", "home.download", () => download(kept.wav, `speech-${id}.wav`)),
      iconButton("trash", "home.history.delete", async () => (await history.remove(id), renderHistory())),
    ),
  );
}

/** Put an old speech back on the stage, and play it. */
async function stage(kept) {
  player.stop();
  const { samples, rate } = await fromWav(kept.wav);
  current = { ...kept, pieces: [samples], rate, texts: [], complete: true };
  wave.clear();
  wave.add(samples, rate);
  caption.begin(kept.text);
  showError($("error"), null);
  showFigures();
  replay();
}

function reuse({ text, body: { text: _, voice = "", ...values }, body: asked }) {
  $("text").value = text;
  $("voice").value = voice;
  if (asked.stream === "sse") for (const name of ["stream", "timestamps"]) delete values[name];
  parameters.set(values);
  $("text").focus();
}

// ── voices, and the beginning ──

async function loadVoices() {
  const chosen = $("voice").value || new URLSearchParams(location.search).get("voice") || load("voice") || "";
  try {
    const { voices } = await askJson("voices");
    const groups = new Map();
    for (const voice of voices) groups.set(voice.language, [...(groups.get(voice.language) ?? []), voice]);
    const names = { en: "English", zh: "中文" };
    $("voice").replaceChildren(
      h("option", { value: "", i18n: "home.voice.auto" }),
      ...[...groups].map(([code, members]) =>
        h("optgroup", { label: names[code] ?? code }, ...members.map(({ id, name }) => h("option", { value: id }, name))),
      ),
    );
    $("voice").value = chosen;
    if ($("voice").selectedIndex < 0) $("voice").value = "";
    if (!getKey()) wanted = false;
  } catch (error) {
    wanted ||= error.status === 401;
    showError($("error"), error);
  }
  render();
}

function mount() {
  $("voice").append(h("option", { value: "", i18n: "home.voice.auto" }));
  $("tries").append(
    h("span", { i18n: "home.try" }),
    ...TRIES.map((key) => h("button", { type: "button", i18n: `try.${key}`, onclick: () => type(t(`try.${key}.text`)) })),
  );
  $("stage-actions").append(
    iconButton("play", "home.replay", () => replay()),
    iconButton("download", "home.download", () => download(current.wav, "speech.wav")),
  );
  $("text").value = load("draft", { lasting: false }) ?? new URLSearchParams(location.search).get("text") ?? "";
  $("text").addEventListener("input", () => {
    save("draft", $("text").value, { lasting: false });
    render();
  });
  $("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) speak(event.timeStamp);
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    if (asking) player.stop();
    else speak(event.timeStamp);
    render();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && asking && !document.querySelector("dialog[open]")) player.stop();
  });
  $("speak").addEventListener("pointerdown", () => player.unlock()); // the audio device takes a moment to wake
  $("voice").addEventListener("change", () => (save("voice", $("voice").value || null), render()));
  $("tune").addEventListener("click", () => parameters.open());
  $("clear").addEventListener("click", async () => (await history.clear(), renderHistory()));
  wave.addEventListener("seek", ({ detail }) => replay(detail));
  document.addEventListener("language", () => (render(), renderHistory()));
  document.addEventListener("key", loadVoices);
  mountTabs();
  render();
  showFigures();
  loadVoices();
  renderHistory();
  wave.draw();
}

function type(text) {
  $("text").value = text;
  $("text").dispatchEvent(new Event("input"));
  $("text").focus();
}

mount();
