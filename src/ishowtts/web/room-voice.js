/** Plays what a room says, when it says so: every page that does is in step with the others. */

import { keyHeaders, url } from "./api.js";
import { Player } from "./player.js";

const MOST_AHEAD = 2;

export class RoomVoice extends EventTarget {
  player;
  #stream;
  #headers;
  #current = null;
  #ahead = new Map(); // id → promise of a response whose body is read already

  constructor(stream, headers = keyHeaders, { volume = 1 } = {}) {
    super();
    this.#stream = stream;
    this.#headers = headers;
    this.player = new Player({ volume });
    stream.addEventListener("making", ({ detail: { id } }) => this.#fetchAhead(id));
    stream.addEventListener("play", ({ detail }) => this.play(detail));
    stream.addEventListener("stop", ({ detail: { id } }) => this.stop(id));
    stream.addEventListener("retracted", ({ detail: { ids } }) => ids.forEach((id) => this.stop(id)));
    stream.addEventListener("state", ({ detail: { now_playing: now } }) => {
      if (this.#current && this.#current !== now?.id) this.stop(this.#current);
      if (now && now.id !== this.#current) this.play(now);
    });
  }

  /** What a `play` event tells of. */
  async play(message) {
    const { id, start_at_ms: start } = message;
    this.#current = id;
    const fetching = this.#ahead.get(id) ?? this.#fetch(id);
    this.#ahead.delete(id);
    const response = await fetching;
    if (this.#current !== id || !response) return;
    const context = this.player.unlock();
    const at = context.currentTime + (start - this.#stream.now) / 1000;
    const begun = ({ detail }) => {
      const ms = Math.round(Date.now() + (detail.at - context.currentTime) * 1000);
      this.dispatchEvent(new CustomEvent("begun", { detail: { id, at: ms } }));
    };
    this.player.addEventListener("start", begun, { once: true });
    await this.player.play(response, { at, inStep: true }).catch(() => {}); // `done`, `stop` or `failed` tells of its end
    this.player.removeEventListener("start", begun);
    if (this.#current === id) this.#current = null;
  }

  stop(id) {
    this.#ahead.delete(id);
    if (id !== this.#current) return;
    this.#current = null;
    this.player.stop();
  }

  #fetchAhead(id) {
    if (this.#ahead.has(id)) return;
    for (const old of [...this.#ahead.keys()].slice(0, Math.max(0, this.#ahead.size - MOST_AHEAD + 1))) this.#ahead.delete(old);
    this.#ahead.set(id, this.#fetch(id));
  }

  async #fetch(id) {
    try {
      const response = await fetch(url(`danmaku/audio/${encodeURIComponent(id)}?format=pcm`), { headers: this.#headers() });
      return response.ok ? new Response(kept(response.body), { headers: response.headers }) : null;
    } catch {
      return null;
    }
  }
}

/** A body that is read at once, however late it is played: the server lets go of those who do not read. */
function kept(body) {
  const reader = body.getReader();
  return new ReadableStream({
    async start(controller) {
      try {
        for (let part; !(part = await reader.read()).done; ) controller.enqueue(part.value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
    },
    cancel: () => reader.cancel(),
  });
}
