/**
 * What can be said of a clip while it is being recorded: the figures of the server's gate that are cheap to have here,
 * with its bounds (docs/voices.md). The server measures again, and its word counts.
 */

const FRAME = 0.01; // seconds
const FLOOR = 0.001; // −60 dBFS
const RANGE = 0.01; // within 40 dB of the loud frames is speech
const FLAT_RUN = 3;

/** Samples → `[{ name, state: "good" | "warn" | "bad", value }]`. */
export function judge(samples, rate) {
  const levels = frames(samples, Math.round(FRAME * rate));
  const loud = quantile(levels, 0.95);
  const spoken = levels.map((level) => level > Math.max(FLOOR, RANGE * loud));
  const first = spoken.indexOf(true);
  const span = first < 0 ? 0 : spoken.lastIndexOf(true) - first + 1;
  const count = spoken.filter(Boolean).length;
  const seconds = samples.length / rate;
  const speech = count * FRAME;
  const level = decibel(Math.sqrt(mean(levels.filter((_, i) => spoken[i]).map((x) => x * x))));
  const snr = noise(frames(samples, Math.round(2 * FRAME * rate)));
  const pauses = span ? 1 - count / span : 1;
  const clipped = clipping(samples);
  return [
    check("seconds", seconds, { bad: seconds < 2 || seconds > 30, warn: seconds < 3 || seconds > 12 }),
    check("speech", speech, { bad: speech < 0.6, warn: speech < 1.5 }),
    check("level", level, { bad: level < -50, warn: level < -40 }),
    check("noise", snr, { bad: snr < 12, warn: snr < 20 }),
    check("clipping", 100 * clipped, { bad: clipped >= 0.005, warn: clipped >= 0.0005 }),
    check("pauses", 100 * pauses, { bad: pauses > 0.75, warn: pauses > 0.5 }),
  ];
}

const check = (name, value, { bad, warn }) => ({ name, value, state: bad ? "bad" : warn ? "warn" : "good" });

function frames(samples, size) {
  const levels = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    let sum = 0;
    for (let i = at; i < at + size; i += 1) sum += samples[i] * samples[i];
    levels.push(Math.sqrt(sum / size));
  }
  return levels;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const decibel = (value) => 20 * Math.log10(Math.max(value, 1e-12));

function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : 0;
}

/** All of the clip against its quietest twentieth, in dB. */
function noise(levels) {
  const powers = levels.map((level) => level * level);
  const quiet = Math.max(quantile(powers, 0.05), 1e-14);
  return Math.min(100, 10 * Math.log10(Math.max(mean(powers) - quiet, 1e-3 * quiet) / quiet));
}

/** Share of samples that stand at the limit in runs. */
function clipping(samples) {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  if (!peak) return 0;
  let flat = 0;
  let run = 0;
  for (const sample of samples) {
    if (Math.abs(sample) >= 0.995 * peak) run += 1;
    else {
      if (run >= FLAT_RUN) flat += run;
      run = 0;
    }
  }
  return (flat + (run >= FLAT_RUN ? run : 0)) / samples.length;
}
