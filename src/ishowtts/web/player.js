/**
 * Plays speech while it is still being made, without a gap between its pieces.
 *
 * One file without imports, so that it can be copied to any site or into an OBS overlay:
 *
 *   import { Player } from "./player.js";
 *   const player = new Player();
 *   await player.speak("http://localhost:27121/tts", { text: "Hello.", stream: "sse" });
 *
 * A body asks for events (`stream: "sse"`), for a file as it is made (`stream: "audio"`, `format: "wav"` or `"pcm"`), or
 * for a whole file of any format; all are played. Sound is scheduled on the clock of the audio device, sample by sample.
 */

const RAMP = 0.01; // seconds: a stop fades, so that it does not click
const LEAD = 0.05; // seconds between scheduling and sound: less is late on slow machines
const LONGEST_PREBUFFER = 1; // seconds
const UNKNOWN_LENGTH = 0xffffffff;

/** The server said no: `status`, `code` and `param` as in its answer, `retryAfter` in seconds where it told. */
export class SpeechError extends Error {
  constructor(detail, status = 0, retryAfter = null) {
    super(detail.message ?? `The server answered ${status}.`);
    this.name = "SpeechError";
    Object.assign(this, { status, retryAfter, code: detail.code ?? "", param: detail.param ?? null });
  }

  static async of(response) {
    const body = await response.json().catch(() => null);
    const after = Number.parseFloat(response.headers.get("retry-after"));
    return new SpeechError(body?.error ?? {}, response.status, Number.isFinite(after) ? after : null);
  }
}

/**
 * Events: `response` (its headers are known), `sound` (`samples`, `rate`, `from` in seconds, and what the server's event said), `meta`, `start` (`ms` from
 * the call to the first sound), `underrun` (`seconds` of silence, `count`), `end` (`outcome`).
 */
export class Player extends EventTarget {
  #context = null;
  #given;
  #rate;
  #prebuffer;
  #volume;
  #output = null;
  #track = null;
  #abort = null;

  /** `context`: yours, else one is made; `prebuffer` in seconds; `volume` 0 and up. */
  constructor({ context = null, sampleRate = 24000, prebuffer = 0.15, volume = 1 } = {}) {
    super();
    this.#given = context;
    this.#rate = sampleRate;
    this.#prebuffer = prebuffer;
    this.#volume = volume;
  }

  /** Ask `url` with a JSON body and play the answer; the result tells how it went once the sound is over. */
  async speak(url, body, { headers = {}, since = performance.now(), ...options } = {}) {
    this.stop();
    this.unlock();
    const abort = (this.#abort = new AbortController());
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
        signal: abort.signal,
        ...options,
      });
      if (!response.ok) throw await SpeechError.of(response);
      this.#tell("response", response);
      return await this.#play(response, { abort, since });
    } catch (error) {
      if (abort.signal.aborted) return { outcome: "stopped", seconds: 0, underruns: 0, gap: 0, firstSound: null };
      throw error;
    }
  }

  /**
   * Play an answer that you fetched yourself. `at`: not before this time of the audio context; with `inStep`, what would
   * come after its time by that is left out, so that several pages sound together.
   */
  async play(response, { at = 0, inStep = false, since = performance.now() } = {}) {
    this.stop();
    this.unlock();
    return this.#play(response, { abort: (this.#abort = new AbortController()), since, at, inStep });
  }

  /** Play samples that are there already, from `from` seconds on. */
  async replay(samples, rate, { from = 0 } = {}) {
    this.stop();
    this.unlock(rate);
    const track = this.#begin(performance.now(), { from });
    track.push(samples.subarray(Math.round(from * rate)), rate);
    track.finish();
    return this.#over(track);
  }

  /** Stop sound and request, with a short fade. */
  stop() {
    this.#abort?.abort();
    this.#abort = null;
    this.#track?.stop();
  }

  /** Make sure there is an audio context; to be called in a click, where the browser asks for one. */
  unlock(rate = this.#rate) {
    if (this.#given) this.#context = this.#given;
    else if (!this.#context || this.#context.state === "closed" || this.#context.sampleRate !== rate) {
      this.#context?.close();
      // At the rate of the speech: then no piece is resampled by itself, and their edges meet exactly.
      this.#context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
      this.#rate = rate;
      this.#output = null;
    }
    if (!this.#output) {
      this.#output = this.#context.createGain();
      this.#output.gain.value = this.#volume;
      this.#output.connect(this.#context.destination);
    }
    if (this.#context.state === "suspended" && this.#context.resume) this.#context.resume().catch(() => {});
    return this.#context;
  }

  /** True while the browser waits for a click before it lets a page sound. */
  get blocked() {
    return this.#context?.state === "suspended";
  }

  get context() {
    return this.#context;
  }

  get volume() {
    return this.#volume;
  }

  set volume(value) {
    this.#volume = value;
    if (this.#output) this.#output.gain.setTargetAtTime(value, this.#context.currentTime, RAMP);
  }

  get playing() {
    return this.#track !== null && !this.#track.over;
  }

  /** Seconds of the speech that were heard. */
  get position() {
    return this.#track?.position ?? 0;
  }

  /** Seconds of the speech that have arrived. */
  get received() {
    return this.#track?.received ?? 0;
  }

  get underruns() {
    return this.#track?.underruns ?? 0;
  }

  #begin(since, when) {
    const track = (this.#track = new Track(this.#context, this.#output, { prebuffer: this.#prebuffer, ...when }));
    track.onstart = (start) => {
      track.firstSound = performance.now() - since + (start - this.#context.currentTime) * 1000;
      this.#tell("start", { ms: track.firstSound, at: start });
    };
    track.onunderrun = (seconds) => this.#tell("underrun", { seconds, count: track.underruns });
    return track;
  }

  async #play(response, { abort, since, at = 0, inStep = false }) {
    const track = this.#begin(since, { at, inStep });
    const told = {};
    const take = (samples, rate, detail = {}) => {
      if (track.over) return;
      if (!this.#given && !track.begun && rate !== this.#context.sampleRate) {
        this.unlock(rate);
        track.move(this.#context, this.#output);
      }
      const from = track.received;
      track.push(samples, rate);
      this.#tell("sound", { samples, rate, from, ...detail });
    };
    try {
      await this.#read(response, take, told, abort.signal);
    } catch (error) {
      track.finish(); // what has come is heard to its end
      if (!track.over || !abort.signal.aborted) throw error;
    }
    track.finish();
    return { ...(await this.#over(track)), ...told };
  }

  async #read(response, take, told, signal) {
    const type = response.headers.get("content-type") ?? "";
    if (type.startsWith("text/event-stream")) {
      for await (const { event, data } of serverEvents(response.body, signal)) {
        if (signal.aborted) return;
        const said = JSON.parse(data);
        if (event === "audio") take(fromBase64(said.audio), told.meta?.sample_rate ?? this.#rate, said);
        else if (event === "error") throw new SpeechError(said.error, said.status);
        else if (event === "meta" || event === "done") this.#tell(event, (told[event] = said));
      }
      if (!told.done && !signal.aborted) throw new SpeechError({ message: "The speech broke off.", code: "broken_off" });
    } else if (/^audio\/(wav|x-wav|wave)/.test(type)) {
      await readSamples(response.body, wavHeader, take, signal);
    } else if (/^audio\/(pcm|l16)/i.test(type)) {
      const rate = Number(/rate=(\d+)/.exec(type)?.[1] ?? this.#rate);
      await readSamples(response.body, () => ({ rate, start: 0, length: UNKNOWN_LENGTH }), take, signal);
    } else {
      const decoded = await this.#context.decodeAudioData(await response.arrayBuffer());
      take(decoded.getChannelData(0), decoded.sampleRate);
    }
  }

  async #over(track) {
    const outcome = await track.ended;
    const { received, underruns, gap, firstSound } = track;
    const result = { outcome, seconds: received, underruns, gap, firstSound };
    if (track === this.#track) this.#tell("end", result);
    return result;
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** One speech on the clock of one audio context. */
class Track {
  underruns = 0;
  gap = 0; // seconds of silence where there should have been sound
  received = 0; // seconds
  firstSound = null; // milliseconds
  begun = false;
  over = false;
  onstart = () => {};
  onunderrun = () => {};

  #context;
  #gain;
  #prebuffer;
  #at;
  #inStep;
  #waiting = [];
  #held = 0;
  #frame = 0; // of the context: where the next piece goes
  #scheduled = 0; // seconds of the speech that have their place
  #anchors = []; // [time of the context, second of the speech]: a new one after each underrun
  #sources = new Set();
  #complete = false;
  #settle;
  #rest = null; // the position where it was stopped

  constructor(context, output, { prebuffer, at = 0, inStep = false, from = 0 }) {
    this.#prebuffer = prebuffer;
    this.#at = at;
    this.#inStep = inStep;
    this.received = this.#scheduled = from;
    this.ended = new Promise((resolve) => (this.#settle = resolve));
    this.move(context, output);
  }

  /** To another context, before anything is scheduled. */
  move(context, output) {
    this.#context = context;
    this.#gain = context.createGain();
    this.#gain.connect(output);
  }

  push(samples, rate) {
    if (this.over || !samples.length) return;
    this.#waiting.push([samples, rate]);
    this.#held += samples.length / rate;
    this.received += samples.length / rate;
    this.#flush();
  }

  finish() {
    if (this.#complete) return;
    this.#complete = true;
    this.#flush();
    this.#endIfDone();
  }

  stop() {
    if (this.over) return;
    const now = this.#context.currentTime;
    this.#rest = this.position;
    this.#gain.gain.setValueAtTime(this.#gain.gain.value, now);
    this.#gain.gain.linearRampToValueAtTime(0, now + RAMP);
    for (const source of this.#sources) source.stop(now + 2 * RAMP);
    this.#sources.clear();
    this.#end("stopped");
  }

  get position() {
    if (this.#rest !== null) return this.#rest;
    const now = this.#context.currentTime;
    let heard = this.#anchors[0]?.[1] ?? 0;
    for (const [start, from, until] of this.#anchors) {
      if (now >= start) heard = Math.min(from + now - start, until());
    }
    return heard;
  }

  #flush() {
    const { currentTime, sampleRate } = this.#context;
    const next = this.#frame / sampleRate;
    if (!this.begun || next < currentTime) {
      if (!this.begun && this.#inStep) this.#catchUp(currentTime + LEAD - this.#at - this.#scheduled);
      if (!this.#held || (this.#held < this.#prebuffer && !this.#complete)) return;
      // On a frame of the context: between two of them the sound would be interpolated.
      this.#frame = Math.ceil(Math.max(currentTime + LEAD, this.begun ? 0 : this.#at) * sampleRate);
      const start = this.#frame / sampleRate;
      const place = this.#anchors.length;
      const from = this.#scheduled;
      this.#anchors.push([start, from, () => this.#anchors[place + 1]?.[1] ?? this.#scheduled]);
      if (this.begun) {
        this.underruns += 1;
        this.gap += start - next;
        this.#prebuffer = Math.min(LONGEST_PREBUFFER, 2 * this.#prebuffer);
        this.onunderrun(start - next);
      } else {
        this.begun = true;
        this.onstart(start);
      }
    }
    for (const [samples, rate] of this.#waiting) this.#schedule(samples, rate);
    this.#waiting = [];
    this.#held = 0;
  }

  /** Leave out so many seconds of what has not begun. */
  #catchUp(late) {
    while (late > 0 && this.#waiting.length) {
      const [samples, rate] = this.#waiting.shift();
      const dropped = Math.min(samples.length, Math.ceil(late * rate));
      late -= dropped / rate;
      this.#held -= dropped / rate;
      this.#scheduled += dropped / rate;
      if (dropped < samples.length) this.#waiting.unshift([samples.subarray(dropped), rate]);
    }
  }

  #schedule(samples, rate) {
    const buffer = this.#context.createBuffer(1, samples.length, rate);
    buffer.copyToChannel(samples, 0);
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#gain);
    source.onended = () => {
      source.disconnect();
      this.#sources.delete(source);
      this.#endIfDone();
    };
    this.#sources.add(source);
    source.start(this.#frame / this.#context.sampleRate);
    this.#frame += (samples.length * this.#context.sampleRate) / rate;
    this.#scheduled += samples.length / rate;
  }

  #endIfDone() {
    if (this.#complete && !this.#sources.size && !this.#waiting.length && !this.over) this.#end("ended");
  }

  #end(outcome) {
    this.over = true;
    setTimeout(() => this.#gain.disconnect(), 1000 * 4 * RAMP);
    this.#settle(outcome);
  }
}

/** The events of a text/event-stream body: `{event, data, id}`; none after `signal` aborts. `alive` hears of each byte. */
export async function* serverEvents(body, signal = null, alive = () => {}) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  signal?.addEventListener("abort", () => reader.cancel().catch(() => {}));
  let rest = "";
  let event = "message";
  let id = "";
  let data = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line === "") {
          if (data.length) yield { event, data: data.join("\n"), id };
          event = "message";
          data = [];
        } else if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
        else if (line.startsWith("event:")) event = line.slice(6).trim();
        else if (line.startsWith("id:")) id = line.slice(3).trim();
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** base64 of 16-bit little-endian samples → floats. */
export function fromBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return toFloats(bytes);
}

function toFloats(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(bytes.byteLength >> 1);
  for (let i = 0; i < samples.length; i += 1) samples[i] = view.getInt16(2 * i, true) / 32768;
  return samples;
}

/** Samples of a body whose head is read by `header` (null: more bytes are needed), as they come. */
async function readSamples(body, header, take, signal) {
  const reader = body.getReader();
  signal.addEventListener("abort", () => reader.cancel().catch(() => {}));
  let rest = new Uint8Array(0);
  let found = null;
  let left = Infinity;
  try {
    while (left > 0) {
      const { value, done } = await reader.read();
      if (done) break;
      rest = joined(rest, value);
      if (!found) {
        found = header(rest);
        if (!found) continue;
        rest = rest.subarray(found.start);
        if (found.length !== UNKNOWN_LENGTH) left = found.length;
      }
      const usable = Math.min(rest.length, left) & ~1; // a network's pieces end in the middle of samples
      if (usable) take(toFloats(rest.subarray(0, usable)), found.rate);
      left -= usable;
      rest = rest.slice(usable);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
  if (!found && !signal.aborted) throw new SpeechError({ message: "This is no WAV file of 16-bit mono sound.", code: "bad_audio" });
}

function wavHeader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let rate = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    if (name === "data") return { rate, start: at + 8, length };
    if (name === "fmt ") {
      if (at + 24 > bytes.length) return null;
      if (view.getUint16(at + 10, true) !== 1 || view.getUint16(at + 22, true) !== 16) {
        throw new SpeechError({ message: "The player wants 16-bit mono sound.", code: "bad_audio" });
      }
      rate = view.getUint32(at + 12, true);
    }
    at += 8 + length + (length & 1);
  }
  return null;
}

function joined(a, b) {
  if (!a.length) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
