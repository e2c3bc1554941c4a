/** Samples to a WAV file. */

/** Floats of one channel → a 16-bit WAV. */
export function toWav(samples, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const word = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  for (let i = 0; i < samples.length; i += 1) {
    view.setInt16(44 + 2 * i, Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32768))), true);
  }
  return new Blob([view], { type: "audio/wav" });
}

/** A WAV of ours → `{ samples, rate }`. */
export async function fromWav(blob) {
  const view = new DataView(await blob.arrayBuffer());
  const samples = new Float32Array((view.byteLength - 44) >> 1);
  for (let i = 0; i < samples.length; i += 1) samples[i] = view.getInt16(44 + 2 * i, true) / 32768;
  return { samples, rate: view.getUint32(24, true) };
}

/** Pieces, one after the other. */
export function join(pieces) {
  const all = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
