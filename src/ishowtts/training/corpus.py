"""The training corpus: tar shards of Ogg/Opus with a manifest → memory-mapped mels, frame labels and samples.

The teacher's phoneme durations come in units of 25 ms and lag behind its sound: over 500 utterances the labels
explain most of the band energies when moved 50 ms (English) or 33 ms (Mandarin) earlier, so they are moved. Silence
at the edges is shortened, and labelled with the closing punctuation so that a question keeps its mark.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
import torch
from tqdm import tqdm

from ishowtts.engine.features import HOP_LENGTH, N_MELS, SAMPLE_RATE, MelFeatures, MelNorm

SILENCE = "<sil>"
UNIT = 600  # samples of one duration unit
LABEL_LAG = {"en": 1200, "zh": 800}  # samples
EDGE_KEEP = (12 * HOP_LENGTH, 18 * HOP_LENGTH)  # samples of silence kept before and after speech
PUNCTUATION = set(";:,.!?—…")
HELD_OUT_SPEAKERS = {f"{lang}_mix{n}" for lang in ("en", "zh") for n in range(55, 60)}
MEL_FLOOR = -7.0


@dataclass(frozen=True)
class Utterance:
    """One aligned recording: `labels[i]` is the phoneme spoken at sample `256 * i`."""

    id: str
    lang: str
    speaker: str
    text: str
    wav: np.ndarray  # (samples,) float32 at 24 kHz, a multiple of 256
    tokens: list[str]
    durations: list[int]  # frames for each token


def make_vocab(teacher_vocab: dict[str, int]) -> list[str]:
    """Silence first, then the teacher's symbols by its own ids."""
    return [SILENCE, *sorted(teacher_vocab, key=teacher_vocab.__getitem__)]


def speech_edges(wav: np.ndarray, below_peak_db: float = 45.0) -> tuple[int, int]:
    """First and last sample (multiples of 256) of what is louder than the loudest frame minus `below_peak_db`."""
    frames = wav[: len(wav) // HOP_LENGTH * HOP_LENGTH].reshape(-1, HOP_LENGTH)
    level = 10 * np.log10((frames**2).mean(1) + 1e-12)
    loud = np.flatnonzero(level > level.max() - below_peak_db)
    return int(loud[0]) * HOP_LENGTH, (int(loud[-1]) + 1) * HOP_LENGTH


def align(row: dict[str, Any], wav: np.ndarray, vocab: set[str]) -> Utterance:
    """Move the labels by the teacher's lag, trim the edges, count frames for each token."""
    phonemes = [c for c in row["phonemes"] if c in vocab]
    ends = np.cumsum(row["durations"]) * UNIT - LABEL_LAG[row["lang"]]
    first, last = speech_edges(wav)
    begin = max(0, first - EDGE_KEEP[0])
    end = min(len(wav), last + EDGE_KEEP[1])
    end = begin + (end - begin) // HOP_LENGTH * HOP_LENGTH
    tail = phonemes[-1] if phonemes[-1] in PUNCTUATION else SILENCE
    tokens = [SILENCE, *phonemes, tail]
    bounds = ends.copy()  # sample where each token ends
    bounds[0] = first
    bounds = np.clip(bounds, begin, max(last, begin))
    bounds[-1] = end
    bounds = np.maximum.accumulate(bounds)
    frame_ends = np.ceil((bounds - begin) / HOP_LENGTH).astype(int)
    durations = np.diff(frame_ends, prepend=0).tolist()
    return Utterance(row["id"], row["lang"], row["speaker"], row["text"], wav[begin:end], tokens, durations)


def read_shards(source: Path) -> Iterator[Utterance]:
    """Every utterance of `source` (`manifest.jsonl.gz`, `vocab.json`, `shard-*.tar`), shard by shard."""
    with gzip.open(source / "manifest.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = {row["id"]: row for row in map(json.loads, lines)}
    vocab = set(json.loads((source / "vocab.json").read_text(encoding="utf-8")))
    for shard in sorted(source.glob("shard-*.tar")):
        with tarfile.open(shard) as tar:
            for member in tar:
                row = rows.get(Path(member.name).stem)
                file = tar.extractfile(member) if row else None
                if row is None or file is None:
                    continue
                wav, rate = sf.read(io.BytesIO(file.read()), dtype="float32")
                if rate != SAMPLE_RATE or wav.ndim != 1:
                    raise ValueError(f"{shard.name}:{member.name}: expected mono {SAMPLE_RATE} Hz, got {rate} Hz")
                yield align(row, wav, vocab)


def prepare(source: Path, out: Path) -> None:
    """Write `mel.f16`, `label.u8`, `wav.i16` and `index.json` under `out`; about 1.5 GB for 6.5 hours."""
    out.mkdir(parents=True, exist_ok=True)
    vocab = make_vocab(json.loads((source / "vocab.json").read_text(encoding="utf-8")))
    ids = {symbol: i for i, symbol in enumerate(vocab)}
    features = MelFeatures(MelNorm(floor=MEL_FLOOR))
    index: list[dict[str, Any]] = []
    start, total, squares = 0, 0.0, 0.0
    with (
        open(out / "mel.f16", "wb") as mel_file,
        open(out / "label.u8", "wb") as label_file,
        open(out / "wav.i16", "wb") as wav_file,
    ):
        for item in tqdm(read_shards(source), desc="corpus", unit="utt"):
            n = len(item.wav) // HOP_LENGTH
            mel = features(torch.from_numpy(item.wav)[None])[0, :, :n].T.contiguous().numpy()
            total += float(mel.sum())
            squares += float((mel.astype(np.float64) ** 2).sum())
            mel.astype(np.float16).tofile(mel_file)
            np.repeat([ids[t] for t in item.tokens], item.durations).astype(np.uint8).tofile(label_file)
            (item.wav.clip(-1, 1) * 32767).round().astype(np.int16).tofile(wav_file)
            index.append(
                {
                    "id": item.id,
                    "lang": item.lang,
                    "speaker": item.speaker,
                    "text": item.text,
                    "start": start,
                    "frames": n,
                    "tokens": [ids[t] for t in item.tokens],
                    "durations": item.durations,
                }
            )
            start += n
    mean = total / (start * N_MELS)
    norm = {"mean": mean, "std": (squares / (start * N_MELS) - mean**2) ** 0.5, "floor": MEL_FLOOR}
    (out / "index.json").write_text(
        json.dumps({"vocab": vocab, "mel_norm": norm, "utterances": index}, ensure_ascii=False), encoding="utf-8"
    )


class Corpus:
    """Memory-mapped view of what `prepare` wrote, split in training, validation and unseen speakers."""

    def __init__(self, root: Path) -> None:
        meta = json.loads((root / "index.json").read_text(encoding="utf-8"))
        self.vocab: list[str] = meta["vocab"]
        self.norm = MelNorm(**meta["mel_norm"])
        self.utterances: list[dict[str, Any]] = meta["utterances"]
        self.mel = np.memmap(root / "mel.f16", np.float16, "r").reshape(-1, N_MELS)
        self.label = np.memmap(root / "label.u8", np.uint8, "r")
        self.wav = np.memmap(root / "wav.i16", np.int16, "r")
        known = [u for u in self.utterances if u["speaker"] not in HELD_OUT_SPEAKERS]
        self.validation = known[::100]
        self.training = [u for i, u in enumerate(known) if i % 100]
        self.by_speaker: dict[str, list[dict[str, Any]]] = {}
        for utterance in self.training:
            self.by_speaker.setdefault(utterance["speaker"], []).append(utterance)
        self._speakers = list(self.by_speaker)
        frames = np.array([sum(u["frames"] for u in self.by_speaker[s]) for s in self._speakers], float)
        self._speaker_p = frames / frames.sum()

    def window(self, rng: np.random.Generator, frames: int) -> tuple[np.ndarray, np.ndarray]:
        """One speaker's utterances end to end, cut to `frames`: normalised mel (frames, 100), labels (frames,)."""
        utterances = self.by_speaker[self._speakers[rng.choice(len(self._speakers), p=self._speaker_p)]]
        mels, labels, have = [], [], -int(rng.integers(0, frames // 2))
        while have < frames:
            u = utterances[rng.integers(len(utterances))]
            span = slice(u["start"], u["start"] + u["frames"])
            mels.append(self.mel[span])
            labels.append(self.label[span])
            have += u["frames"]
        mel, label = np.concatenate(mels), np.concatenate(labels)
        cut = int(rng.integers(0, len(mel) - frames + 1))
        mel = mel[cut : cut + frames].astype(np.float32)
        return (mel - self.norm.mean) / self.norm.std, label[cut : cut + frames].astype(np.int64)

    def batch(self, rng: np.random.Generator, size: int, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
        """mel (size, frames, 100) fp32 and labels (size, frames) int64, no padding."""
        pairs = [self.window(rng, frames) for _ in range(size)]
        return torch.from_numpy(np.stack([m for m, _ in pairs])), torch.from_numpy(np.stack([t for _, t in pairs]))

    def audio(self, rng: np.random.Generator, size: int, samples: int) -> torch.Tensor:
        """Random clips (size, samples) fp32 in ±1, for the vocoder."""
        starts = rng.integers(0, len(self.wav) - samples, size)
        return torch.from_numpy(np.stack([self.wav[s : s + samples] for s in starts]).astype(np.float32) / 32768)
