/** The news of a room, for as long as the page is there: connects again by itself, and knows the server's clock. */

import { keyHeaders, url } from "./api.js";
import { serverEvents } from "./player.js";

const FIRST_WAIT = 500; // ms
const LONGEST_WAIT = 10_000;
const SILENCE = 40_000; // the server says something every 15 s
const SAMPLES = 20;

export class RoomStream extends EventTarget {
  #room;
  #role;
  #headers;
  #lastId = "";
  #wait = FIRST_WAIT;
  #offsets = [];
  #abort = null;

  /** `headers()` are sent with each connection. */
  constructor(room, role, headers = keyHeaders) {
    super();
    this.#room = room;
    this.#role = role;
    this.#headers = headers;
  }

  /** Until `close`; each event of the server is one of this object, with its data as `detail`. */
  async open() {
    const abort = (this.#abort = new AbortController());
    while (!abort.signal.aborted) {
      let refused = null;
      try {
        await this.#listen(abort.signal);
      } catch (error) {
        refused = error;
      }
      if (abort.signal.aborted) return;
      this.#tell("lost", { status: refused?.status ?? 0 });
      await new Promise((resolve) => setTimeout(resolve, this.#wait * (0.75 + 0.5 * Math.random())));
      this.#wait = Math.min(LONGEST_WAIT, 2 * this.#wait);
    }
  }

  close() {
    this.#abort?.abort();
  }

  /** The server's clock now, in ms since 1970. */
  get now() {
    // What is said of its clock is late by the way here: the least late is the most true.
    return Date.now() + (this.#offsets.length ? Math.max(...this.#offsets) : 0);
  }

  async #listen(signal) {
    const query = new URLSearchParams({ room: this.#room, role: this.#role });
    const one = new AbortController();
    const over = () => one.abort();
    signal.addEventListener("abort", over);
    let watch = 0;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(over, SILENCE);
    };
    alive();
    try {
      const response = await fetch(url(`danmaku/stream?${query}`), {
        headers: { ...this.#headers(), ...(this.#lastId ? { "last-event-id": this.#lastId } : {}) },
        signal: one.signal,
        cache: "no-store",
      });
      if (!response.ok) throw Object.assign(new Error("refused"), { status: response.status });
      this.#tell("connected", {});
      for await (const { event, data, id } of serverEvents(response.body, one.signal, alive)) {
        this.#lastId = id || this.#lastId;
        const said = JSON.parse(data);
        if (said.server_now_ms) this.#offsets = [...this.#offsets, said.server_now_ms - Date.now()].slice(-SAMPLES);
        if (event === "state") this.#wait = FIRST_WAIT;
        this.#tell(event, said);
      }
    } finally {
      clearTimeout(watch);
      signal.removeEventListener("abort", over);
    }
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
