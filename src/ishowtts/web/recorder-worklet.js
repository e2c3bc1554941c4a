/** Hands on what the microphone hears, a tenth of a second at a time. */
class Tap extends AudioWorkletProcessor {
  #buffer = new Float32Array(Math.round(sampleRate / 10));
  #filled = 0;

  process([[channel]]) {
    for (const sample of channel ?? []) {
      this.#buffer[this.#filled] = sample;
      this.#filled += 1;
      if (this.#filled === this.#buffer.length) {
        this.port.postMessage(this.#buffer.slice());
        this.#filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("tap", Tap);
