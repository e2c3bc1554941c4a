/** The form for a new voice, or another clip for one there is: record or drop, hear, say what is said, agree. */

import { ask } from "./api.js";
import { h, icon, iconButton } from "./dom.js";
import { language, say, t } from "./i18n.js";
import { Player } from "./player.js";
import { judge } from "./quality.js";
import { canRecord, LONGEST, Recorder } from "./recorder.js";
import { explain, finding } from "./shell.js";
import { toWav } from "./wav.js";
import { Wave } from "./wave.js";

const MOST_BYTES = 20_000_000;
const UNITS = { seconds: " s", speech: " s", level: " dB", noise: " dB", clipping: " %", pauses: " %" };
const LOOK = 5; // pieces between two looks at the quality while recording

export class VoiceForm {
  #dialog;
  #parts = {};
  #player = new Player();
  #recorder = null;
  #clip = null; // { blob, name, samples, rate }
  #voice = null; // the one that is replaced
  #onmade;

  /** `onmade(voice, replaced)` is called with what the server made. */
  constructor(onmade) {
    this.#onmade = onmade;
    this.#dialog = this.#build();
    document.body.append(this.#dialog);
    this.#parts.shown = new Wave(this.#parts.wave);
    this.#parts.shown.addEventListener("seek", ({ detail }) => this.#hear(detail));
    this.#dialog.addEventListener("close", () => this.#quiet());
  }

  /** For a new voice, or for another clip of `voice`. */
  open(voice = null) {
    const { title, fields, name, text, consent, submit, error, reading } = this.#parts;
    this.#voice = voice;
    this.#forget();
    say(title, voice ? "form.title.replace" : "form.title", { name: voice?.name ?? "" });
    fields.hidden = Boolean(voice);
    for (const field of [name, text]) field.value = "";
    consent.checked = false;
    name.required = !voice;
    error.hidden = true;
    submit.disabled = false;
    reading.textContent = t(`form.reading.${voice?.language ?? language()}`);
    this.#dialog.showModal();
  }

  #build() {
    const p = this.#parts;
    const field = (key, control) => {
      p[key] = control;
      control.id = `form-${key}`;
      return h("div.field", {}, h("label", { htmlFor: control.id, i18n: `form.${key}` }), control);
    };
    p.title = h("h2", { id: "form-title" });
    p.record = h("button", { type: "button", onclick: () => this.#toggle() }, icon("mic"), h("span", { i18n: "form.record" }));
    p.file = h("input.offscreen", { type: "file", id: "form-file", accept: "audio/*,video/webm,.m4a,.opus" });
    p.file.addEventListener("change", () => p.file.files[0] && this.#take(p.file.files[0]));
    p.drop = h(
      "div.drop",
      {},
      p.record,
      h("label.button", { htmlFor: "form-file" }, icon("upload"), h("span", { i18n: "form.file" })),
      p.file,
      h("p.muted", { i18n: canRecord() ? "form.drop" : "form.drop.insecure" }),
    );
    p.record.hidden = !canRecord();
    this.#listenForDrops(p.drop);
    p.reading = h("blockquote");
    p.read = h("button.quiet.text", { type: "button", i18n: "form.reading.use", onclick: () => (p.text.value = p.reading.textContent) });
    p.wave = h("canvas", { role: "slider", tabIndex: 0, named: "form.wave" });
    p.checks = h("ul.checks", { "aria-live": "polite" });
    p.heard = h(
      "div.heard",
      { hidden: true },
      p.wave,
      (p.play = iconButton("play", "form.play", () => (this.#player.playing ? this.#player.stop() : this.#hear()))),
      p.checks,
    );
    p.consent = h("input", { type: "checkbox", required: true });
    p.error = h("div.note.bad", { role: "alert", hidden: true });
    p.submit = h("button.primary", { type: "submit", i18n: "form.submit" });
    p.fields = h(
      "div.pair",
      {},
      field("name", h("input", { type: "text", maxLength: 200, autocomplete: "off" })),
      field(
        "language",
        h(
          "select",
          {},
          h("option", { value: "", i18n: "form.language.auto" }),
          h("option", { value: "en" }, "English"),
          h("option", { value: "zh" }, "中文"),
        ),
      ),
    );
    const form = h(
      "form",
      { novalidate: false },
      h("div.dialog-head", {}, p.title, iconButton("close", "close", () => this.#dialog.close())),
      h("p.muted", { i18n: "form.lead" }),
      h("div.reading", {}, h("p", { i18n: "form.reading.lead" }), p.reading),
      p.drop,
      p.heard,
      h("div", {}, field("text", h("textarea", { rows: 3, maxLength: 2000, required: true })), p.read),
      p.fields,
      h("label.check", {}, p.consent, h("span", { i18n: "form.consent" })),
      p.error,
      h(
        "div.actions",
        {},
        h("button.quiet", { type: "button", i18n: "cancel", onclick: () => this.#dialog.close() }),
        p.submit,
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    return h("dialog.form", { id: "voice-form", "aria-labelledby": "form-title" }, form);
  }

  #listenForDrops(zone) {
    const over = (event) => {
      event.preventDefault();
      zone.classList.toggle("over", event.type === "dragover");
    };
    zone.addEventListener("dragover", over);
    zone.addEventListener("dragleave", over);
    zone.addEventListener("drop", (event) => {
      over(event);
      const [file] = event.dataTransfer.files;
      if (file) this.#take(file);
    });
  }

  async #toggle() {
    if (this.#recorder) return this.#finish();
    this.#forget();
    this.#parts.heard.hidden = false;
    let pieces = 0;
    try {
      this.#recorder = await Recorder.start((samples, rate) => {
        this.#parts.shown.add(samples, rate, 12);
        pieces += 1;
        if (pieces % LOOK === 0 && this.#recorder) this.#check(this.#recorder.samples, rate);
        if (this.#recorder?.seconds >= LONGEST) this.#finish();
      });
    } catch (error) {
      this.#parts.heard.hidden = true;
      return this.#tell(t(error.name === "NotFoundError" ? "form.no-microphone" : "form.refused"));
    }
    this.#parts.record.replaceChildren(icon("stop"), h("span", { i18n: "form.stop" }));
    this.#parts.record.classList.add("recording");
  }

  #finish() {
    const { samples, rate } = this.#recorder;
    this.#quiet();
    this.#use(toWav(samples, rate), "recording.wav", samples, rate);
    if (!this.#parts.text.value) this.#parts.text.value = this.#parts.reading.textContent;
  }

  async #take(file) {
    this.#forget();
    if (file.size > MOST_BYTES) return this.#tell(t("form.too-big"));
    try {
      const context = new OfflineAudioContext(1, 1, 48000);
      const decoded = await context.decodeAudioData(await file.arrayBuffer());
      this.#use(file, file.name, decoded.getChannelData(0), decoded.sampleRate);
    } catch {
      this.#clip = { blob: file, name: file.name }; // the server may know a format that this browser does not
      this.#tell(t("form.undecodable", { name: file.name }));
    }
  }

  #use(blob, name, samples, rate) {
    this.#clip = { blob, name, samples, rate };
    this.#parts.heard.hidden = false;
    this.#parts.shown.clear();
    this.#parts.shown.add(samples, rate);
    this.#check(samples, rate);
  }

  #check(samples, rate) {
    this.#parts.checks.replaceChildren(
      ...judge(samples, rate).map(({ name, value, state }) =>
        h(
          "li",
          { data: { state } },
          h("span.dot", { "aria-hidden": "true" }),
          h("span", { i18n: `quality.${name}` }),
          h("strong", {}, value.toFixed(name === "clipping" ? 2 : name === "seconds" || name === "speech" ? 1 : 0) + UNITS[name]),
          h("small", state === "good" ? {} : { i18n: `quality.${name}.why` }, state === "good" ? t("quality.good") : ""),
        ),
      ),
    );
  }

  async #hear(from = 0) {
    if (!this.#clip?.samples) return;
    const { samples, rate } = this.#clip;
    const ended = this.#player.replay(samples, rate, { from });
    const follow = () => {
      this.#parts.shown.heard = this.#player.position;
      if (this.#player.playing) requestAnimationFrame(follow);
    };
    follow();
    await ended;
  }

  #forget() {
    this.#quiet();
    this.#clip = null;
    this.#parts.heard.hidden = true;
    this.#parts.error.hidden = true;
    this.#parts.shown.clear();
    this.#parts.checks.replaceChildren();
  }

  #quiet() {
    this.#player.stop();
    this.#recorder?.stop();
    this.#recorder = null;
    this.#parts.record.replaceChildren(icon("mic"), h("span", { i18n: "form.record" }));
    this.#parts.record.classList.remove("recording");
  }

  #tell(...lines) {
    this.#parts.error.hidden = false;
    this.#parts.error.replaceChildren(...lines.map((line) => h("p", {}, line)));
  }

  async #send() {
    const { name, text, language: chosen, consent, submit, error } = this.#parts;
    if (this.#recorder) this.#finish();
    if (!this.#clip) return this.#tell(t("form.no-clip"));
    const body = new FormData();
    body.append("audio", this.#clip.blob, this.#clip.name);
    body.append("text", text.value);
    body.append("consent", String(consent.checked));
    if (!this.#voice) body.append("name", name.value);
    if (!this.#voice && chosen.value) body.append("language", chosen.value);
    error.hidden = true;
    submit.disabled = true;
    say(submit, "form.sending");
    try {
      const path = this.#voice ? `voices/${this.#voice.id}` : "voices";
      const made = await (await ask(path, { method: this.#voice ? "PUT" : "POST", body })).json();
      this.#dialog.close();
      this.#onmade(made, Boolean(this.#voice));
    } catch (refused) {
      const reasons = refused.body?.error?.reasons?.map(finding) ?? [];
      this.#tell(...(reasons.length ? reasons : [explain(refused)]));
    } finally {
      submit.disabled = false;
      say(submit, "form.submit");
    }
  }
}
