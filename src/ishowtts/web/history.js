/** What was spoken here, kept in this browser and nowhere else: bounded in number and in bytes. */

const MOST = 40;
const MOST_BYTES = 64 * 2 ** 20;

let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("ishowtts", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("speeches", { keyPath: "id", autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function inStore(mode, work) {
  const transaction = (await database()).transaction("speeches", mode);
  const result = work(transaction.objectStore("speeches"));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(result.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

/** All, the newest first; none where the browser keeps nothing. */
export async function list() {
  const all = await inStore("readonly", (store) => store.getAll()).catch(() => []);
  return all.reverse();
}

/** Keep `{ text, body, wav, … }`, and let go of the oldest where there are too many. */
export async function add(speech) {
  try {
    await inStore("readwrite", (store) => store.add({ ...speech, at: Date.now() }));
    let bytes = 0;
    for (const [place, kept] of (await list()).entries()) {
      bytes += kept.wav.size;
      if (place && (place >= MOST || bytes > MOST_BYTES)) await remove(kept.id);
    }
  } catch {
    // private windows and full disks: history is a comfort, not a promise
  }
}

export const remove = (id) => inStore("readwrite", (store) => store.delete(id));

export const clear = () => inStore("readwrite", (store) => store.clear());
