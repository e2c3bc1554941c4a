/** The microphone, as samples. */

import { url } from "./api.js";
import { join } from "./wav.js";

export const LONGEST = 30; // seconds

/** True where this browser lets a page listen: not on plain http, but for this machine itself. */
export const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia && globalThis.AudioWorkletNode);

export class Recorder {
  #stream;
  #context;
  #pieces = [];

  /** Begin; `onpiece(samples, rate)` hears each tenth of a second. Raises what `getUserMedia` does. */
  static async start(onpiece) {
    const recorder = new Recorder();
    // What calls do to a voice is what a clone would learn.
    const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    recorder.#stream = await navigator.mediaDevices.getUserMedia({ audio });
    const context = (recorder.#context = new AudioContext());
    await context.audioWorklet.addModule(url("web/recorder-worklet.js"));
    const tap = new AudioWorkletNode(context, "tap", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    tap.port.onmessage = ({ data }) => {
      recorder.#pieces.push(data);
      onpiece(data, context.sampleRate);
    };
    context.createMediaStreamSource(recorder.#stream).connect(tap);
    return recorder;
  }

  get samples() {
    return join(this.#pieces);
  }

  get rate() {
    return this.#context.sampleRate;
  }

  get seconds() {
    return this.#pieces.reduce((sum, piece) => sum + piece.length, 0) / this.rate;
  }

  stop() {
    for (const track of this.#stream.getTracks()) track.stop();
    this.#context.close();
  }
}
