/** The listening test: two samples, one question, again and again. */

import { ask, askJson } from "./api.js";
import { $, h, icon } from "./dom.js";
import { say } from "./i18n.js";
import { Player } from "./player.js";
import { mountShell, showError } from "./shell.js";
import { Wave } from "./wave.js";

mountShell("listen");
const player = new Player();
let session = "";
let trials = [];
let place = 0;
let sides = {}; // of the trial on the stage: { 1: { samples, rate, wave, button, heard }, 2: … }

async function begin() {
  try {
    ({ session, trials } = await askJson("listen/trials"));
    showError($("error"), null);
    place = 0;
    await trial();
  } catch (error) {
    if (error.status === 404) return notSetUp();
    showError($("error"), error);
  }
}

function notSetUp() {
  const lines = ["[listening]", 'folder_a = "../samples/a"', 'folder_b = "../samples/b"', 'verdicts = "../samples/verdicts.jsonl"'];
  $("stage").replaceChildren(
    h("div.card.results", {}, h("p", { i18n: "listen.none" }), h("pre.note", { tabIndex: 0, named: "listen.none.code" }, lines.join("\n"))),
  );
}

async function trial() {
  player.stop();
  if (place >= trials.length) return end();
  const { id, text } = trials[place];
  sides = {};
  const choices = h(
    "fieldset.choices",
    { disabled: true },
    h("legend.offscreen", { i18n: "listen.title" }),
    choice(1, "listen.first"),
    choice(0, "listen.same"),
    choice(2, "listen.second"),
  );
  const samples = h("div.samples", {}, side(1), side(2));
  $("stage").replaceChildren(
    h(
      "div.card.trial",
      {},
      h(
        "div.progress",
        {},
        h("span", {}, `${place + 1} / ${trials.length}`),
        h("progress", { value: place, max: trials.length, named: "listen.progress" }),
      ),
      text ? h("p.words", {}, text) : null,
      samples,
      choices,
      h("p.muted", {}, h("kbd", {}, "1"), " ", h("kbd", {}, "2"), " ", h("span", { i18n: "listen.keys" })),
    ),
  );
  await Promise.all([1, 2].map((which) => fetchSide(which, id)));
}

function side(which) {
  const canvas = h("canvas", { role: "slider", tabIndex: 0, named: "home.wave" });
  const button = h("button", { type: "button", disabled: true, onclick: () => hear(which) }, icon("play"), h("span", { i18n: `listen.sample.${which}` }));
  const wave = new Wave(canvas);
  wave.addEventListener("seek", ({ detail }) => hear(which, detail));
  sides[which] = { wave, button, heard: false };
  return h("div.sample", {}, canvas, button);
}

async function fetchSide(which, id) {
  const mine = sides[which];
  try {
    const sound = await (await ask(`listen/sound/${session}/${id}/${which}`)).arrayBuffer();
    const decoded = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(sound);
    Object.assign(mine, { samples: decoded.getChannelData(0), rate: decoded.sampleRate });
    mine.wave.add(new Float32Array(mine.samples.length).fill(0.2), mine.rate); // a shape would be judged by the eye
    mine.button.disabled = false;
  } catch (error) {
    showError($("error"), error);
  }
}

async function hear(which, from = 0) {
  const mine = sides[which];
  if (!mine?.samples) return;
  for (const other of Object.values(sides)) other.wave.heard = 0;
  const ended = player.replay(mine.samples, mine.rate, { from });
  const follow = () => {
    mine.wave.heard = player.position;
    if (player.playing && sides[which] === mine) requestAnimationFrame(follow);
  };
  follow();
  if ((await ended).outcome === "ended" && !mine.heard) {
    mine.heard = true;
    mine.button.append(icon("check"));
  }
  if (sides[which] === mine && sides[1].heard && sides[2].heard) document.querySelector(".choices").disabled = false;
}

function choice(better, key) {
  return h("button", { type: "button", i18n: key, onclick: () => judge(better) });
}

async function judge(better) {
  const fields = document.querySelector(".choices");
  fields.disabled = true; // one click, one verdict
  try {
    await ask("listen/verdicts", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ session, trial: trials[place].id, better }),
    });
    showError($("error"), null);
    place += 1;
    await trial();
    document.querySelector(".sample button")?.focus();
  } catch (error) {
    fields.disabled = false;
    showError($("error"), error);
  }
}

async function end() {
  const shown = h("div.card.results", {}, h("h2", { i18n: "listen.thanks" }), h("p.muted", { i18n: "listen.thanks.more" }));
  $("stage").replaceChildren(shown);
  // Those who may see how it stands; others see their thanks.
  const results = await askJson("listen/results").catch(() => null);
  const again = h("div", {}, h("button", { type: "button", i18n: "listen.again", onclick: begin }));
  if (results) {
    const { a, b, same, p, sessions } = results;
    const counts = { "A": a, "B": b };
    shown.append(
      h(
        "dl.split",
        {},
        ...Object.entries(counts).map(([name, count]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(count)))),
        h("div", {}, h("dt", { i18n: "listen.same" }), h("dd", {}, String(same))),
      ),
      say(h("p"), "listen.chance", { p: p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`, sessions }),
    );
  }
  shown.append(again);
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest?.("input, textarea, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "1" || event.key === "2") hear(Number(event.key));
});
document.addEventListener("key", begin);
begin();
