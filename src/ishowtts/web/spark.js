/** A small line of the last values, without axes: whether it rises is what one wants to see. */

const MOST = 60;

export class Spark {
  #canvas;
  #values = [];

  constructor(canvas) {
    this.#canvas = canvas;
    for (const event of ["theme"]) document.addEventListener(event, () => this.#draw());
    new ResizeObserver(() => this.#draw()).observe(canvas);
  }

  add(value) {
    this.#values = [...this.#values, value].slice(-MOST);
    this.#draw();
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (!width) return;
    const scale = globalThis.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    const pen = this.#canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    const most = Math.max(...this.#values, 1e-9);
    const x = (i) => (width * (i + MOST - this.#values.length)) / (MOST - 1);
    const y = (value) => height - 2 - (value / most) * (height - 4);
    const style = getComputedStyle(this.#canvas);
    pen.strokeStyle = style.getPropertyValue("--line").trim();
    pen.strokeRect(0, height - 0.5, width, 0);
    pen.strokeStyle = style.getPropertyValue("--accent").trim();
    pen.lineWidth = 1.5;
    pen.lineJoin = "round";
    pen.beginPath();
    this.#values.forEach((value, i) => pen.lineTo(x(i), y(value)));
    pen.stroke();
  }
}
