/** A waveform that fills as sound arrives, shows what was heard, and lets one move in it. */

const SLICE = 0.02; // seconds a stored peak stands for
const BAR = 3;
const GAP = 2; // CSS pixels

export class Wave extends EventTarget {
  #canvas;
  #peaks = [];
  #partial = 0; // the peak of a slice that is not full yet
  #filled = 0; // its samples
  #planned = 0;
  #seconds = 0;
  #heard = 0;

  constructor(canvas) {
    super();
    this.#canvas = canvas;
    new ResizeObserver(() => this.draw()).observe(canvas);
    for (const event of ["theme", "language"]) document.addEventListener(event, () => this.draw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      this.#seek(((event.clientX - box.left) / box.width) * this.#span);
    });
    canvas.addEventListener("keydown", (event) => {
      const to = {
        ArrowLeft: this.#heard - 1,
        ArrowRight: this.#heard + 1,
        Home: 0,
        End: this.#seconds - 0.5,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.#seek(to);
    });
  }

  clear() {
    this.#peaks = [];
    this.#partial = this.#filled = this.#planned = this.#seconds = this.#heard = 0;
    this.draw();
  }

  /** More sound; `planned` is how long all of it is thought to be, in seconds. */
  add(samples, rate, planned = 0) {
    const per = Math.round(SLICE * rate);
    for (let i = 0; i < samples.length; i += 1) {
      this.#partial = Math.max(this.#partial, Math.abs(samples[i]));
      this.#filled += 1;
      if (this.#filled === per) {
        this.#peaks.push(this.#partial);
        this.#partial = this.#filled = 0;
      }
    }
    this.#seconds += samples.length / rate;
    this.#planned = planned;
    this.draw();
  }

  /** All has come. */
  settle() {
    this.#planned = 0;
    this.draw();
  }

  /** Seconds that were heard. */
  set heard(seconds) {
    if (seconds === this.#heard) return;
    this.#heard = seconds;
    this.draw();
  }

  get #span() {
    return Math.max(this.#planned, this.#seconds, 0.1);
  }

  #seek(seconds) {
    if (!this.#seconds) return;
    const to = Math.min(Math.max(seconds, 0), Math.max(0, this.#seconds - 0.05));
    this.dispatchEvent(new CustomEvent("seek", { detail: to }));
  }

  draw() {
    const canvas = this.#canvas;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width) return;
    const scale = globalThis.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    const [accent, rest, line] = [colour("--accent"), colour("--wave"), colour("--line")];
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const bars = Math.floor((width + GAP) / (BAR + GAP));
    const each = this.#span / bars; // seconds a bar stands for
    for (let i = 0; i < bars; i += 1) {
      const x = i * (BAR + GAP);
      const from = i * each;
      if (from >= this.#seconds || !this.#peaks.length) {
        pen.fillStyle = line;
        pen.beginPath();
        pen.roundRect(x, height / 2 - 1.5, BAR, 3, 1.5);
        pen.fill();
        continue;
      }
      const a = Math.floor(from / SLICE);
      const b = Math.max(a + 1, Math.ceil((from + each) / SLICE));
      let peak = 0;
      for (let k = a; k < b && k < this.#peaks.length; k += 1) peak = Math.max(peak, this.#peaks[k]);
      const tall = Math.max(3, Math.min(1, 1.2 * peak ** 0.75) * height);
      pen.fillStyle = from < this.#heard ? accent : rest;
      pen.beginPath();
      pen.roundRect(x, (height - tall) / 2, BAR, tall, 1.5);
      pen.fill();
    }
    canvas.setAttribute("aria-valuemin", "0");
    canvas.setAttribute("aria-valuemax", this.#seconds.toFixed(1));
    canvas.setAttribute("aria-valuenow", Math.min(this.#heard, this.#seconds).toFixed(1));
    canvas.setAttribute("aria-valuetext", `${this.#heard.toFixed(1)} s / ${this.#seconds.toFixed(1)} s`);
  }
}
