/** Numbers of a room, and how they went in the last minutes. */

import { ask } from "./api.js";
import { h } from "./dom.js";
import { Spark } from "./spark.js";

const EVERY = 5000; // ms between two points
const MINUTE = 60_000;

export class Meters {
  #figures = {};
  #past = []; // [time, stats] of the last minute
  #last = 0;
  #open = true; // whether this key may read the metrics

  constructor(element) {
    for (const name of ["received", "read", "dropped", "waiting", "wait", "rtf", "gpu"]) {
      const value = h("strong", {}, "–");
      const canvas = h("canvas", { "aria-hidden": "true" });
      const meter = h("div.meter", { hidden: name === "gpu" }, h("p", { i18n: `meter.${name}` }), value, canvas);
      element.append(meter);
      this.#figures[name] = { meter, value, spark: new Spark(canvas) };
    }
  }

  clear() {
    this.#past = [];
    this.#last = 0;
  }

  show(stats, state) {
    const now = Date.now();
    this.#past = [...this.#past.filter(([time]) => now - time < MINUTE), [now, stats]];
    const [from, before] = this.#past[0];
    const minutes = Math.max((now - from) / MINUTE, 1 / 60);
    const rate = (key) => (stats[key] - before[key]) / Math.max(minutes, 0.25);
    const point = now - this.#last > EVERY;
    if (point) this.#last = now;
    for (const key of ["received", "read", "dropped"]) this.#put(key, rate(key), rate(key).toFixed(0), point);
    this.#put("waiting", state.waiting, String(state.waiting), point);
    const wait = stats.wait_p50;
    this.#put("wait", wait ?? 0, wait === null ? "–" : `${wait.toFixed(1)} s`, point);
    if (point && this.#open) this.#measure();
  }

  #put(name, value, shown, point) {
    const figure = this.#figures[name];
    figure.value.textContent = shown;
    if (point) figure.spark.add(value);
  }

  /** RTF and GPU, where the key may read /metrics. */
  async #measure() {
    const text = await ask("metrics").then((response) => response.text(), () => null);
    if (text === null) {
      this.#open = false;
      this.#figures.rtf.meter.hidden = true;
      return;
    }
    const read = (name) => {
      const values = [...text.matchAll(new RegExp(`^${name}(?:{[^}]*})? (\\S+)`, "gm"))].map(([, value]) => Number(value));
      return values.length ? values.reduce((a, b) => a + b, 0) : null;
    };
    const [sum, count] = [read("tts_synthesis_rtf_sum"), read("tts_synthesis_rtf_count")];
    if (count) this.#put("rtf", sum / count, (sum / count).toFixed(2), true);
    const gpu = read("tts_gpu_utilization_ratio");
    this.#figures.gpu.meter.hidden = gpu === null;
    if (gpu !== null) this.#put("gpu", gpu, `${Math.round(100 * gpu)} %`, true);
  }
}
