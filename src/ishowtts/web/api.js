/** This server, asked with the key that the user gave, if any. */

import { SpeechError } from "./player.js";
import { load, save } from "./store.js";

/** Where the server is: beside the folder of this file, also behind a proxy that adds a path. */
export const BASE = new URL("..", import.meta.url);

export const url = (path) => new URL(path, BASE).href;

let key = load("key", { lasting: false }) ?? load("key") ?? "";

export const getKey = () => key;

/** Keep the key for this tab, or with `lasting` for this browser; "" forgets it. */
export function setKey(value, lasting = false) {
  key = value.trim();
  save("key", key || null, { lasting: false });
  save("key", lasting && key ? key : null);
  document.dispatchEvent(new CustomEvent("key"));
}

export function keyHeaders() {
  return key ? { authorization: `Bearer ${key}` } : {};
}

/** A response, or `SpeechError`; a missing or wrong key also asks the user for one. */
export async function ask(path, { headers = {}, ...options } = {}) {
  let response;
  try {
    response = await fetch(url(path), { ...options, headers: { ...keyHeaders(), ...headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new SpeechError({ message: "", code: "unreachable" });
  }
  if (response.ok) return response;
  const error = await SpeechError.of(response.clone());
  error.body = await response.json().catch(() => null);
  noteRefusal(error);
  throw error;
}

export async function askJson(path, options) {
  return (await ask(path, options)).json();
}

export const send = (path, method, body) =>
  askJson(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** Let the page ask for a key where that is what lacks. */
export function noteRefusal(error) {
  if (error.status === 401) document.dispatchEvent(new CustomEvent("key-wanted"));
}
