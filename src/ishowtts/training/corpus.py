"""The training corpus: tar shards of Ogg/Opus with a manifest → memory-mapped mels, frame labels and samples.

The teacher's phoneme durations come in units of 25 ms and lag behind its sound: over 500 utterances the labels
explain most of the band energies when moved 50 ms (English) or 33 ms (Mandarin) earlier, so they are moved. Silence
at the edges is shortened, and labelled with the closing punctuation so that a question keeps its mark.
Recordings without durations have no labels; they can train the characters recipe.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
import torch
from torch import Tensor
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
    """One recording, trimmed; `tokens` and `durations` are empty where it came without durations."""

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
    """Trim the edges; with durations, move the labels by the teacher's lag and count frames for each token."""
    first, last = speech_edges(wav)
    begin = max(0, first - EDGE_KEEP[0])
    end = min(len(wav), last + EDGE_KEEP[1])
    end = begin + (end - begin) // HOP_LENGTH * HOP_LENGTH
    if "durations" not in row:
        return Utterance(row["id"], row["lang"], row["speaker"], row["text"], wav[begin:end], [], [])
    phonemes = [c for c in row["phonemes"] if c in vocab]
    ends = np.cumsum(row["durations"]) * UNIT - LABEL_LAG[row["lang"]]
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


def read_vocab(source: Path) -> dict[str, int]:
    """The teacher's symbols; none where there is no `vocab.json`, since nothing was aligned."""
    path = source / "vocab.json"
    vocab: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return vocab


def read_shards(source: Path) -> Iterator[Utterance]:
    """Every utterance of `source` (`manifest.jsonl.gz`, `vocab.json`, `shard-*.tar`), shard by shard."""
    with gzip.open(source / "manifest.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = {row["id"]: row for row in map(json.loads, lines)}
    vocab = set(read_vocab(source))
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
    vocab = make_vocab(read_vocab(source))
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
            labels = np.repeat([ids[t] for t in item.tokens], item.durations) if item.tokens else np.zeros(n)
            labels.astype(np.uint8).tofile(label_file)
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
    """Memory-mapped view of what `prepare` wrote, split in training, validation and unseen speakers.

    Validation is every hundredth utterance, and those named in `held_out`.
    """

    def __init__(self, root: Path, held_out: Collection[str] = ()) -> None:
        meta = json.loads((root / "index.json").read_text(encoding="utf-8"))
        self.vocab: list[str] = meta["vocab"]
        self.norm = MelNorm(**meta["mel_norm"])
        self.utterances: list[dict[str, Any]] = meta["utterances"]
        self.mel = np.memmap(root / "mel.f16", np.float16, "r").reshape(-1, N_MELS)
        self.label = np.memmap(root / "label.u8", np.uint8, "r")
        self.wav = np.memmap(root / "wav.i16", np.int16, "r")
        known = [u for u in self.utterances if u["speaker"] not in HELD_OUT_SPEAKERS]
        apart = {u["id"] for u in known[::100]}.union(held_out)
        self.validation = [u for u in known if u["id"] in apart]
        self.training = [u for u in known if u["id"] not in apart]
        self.by_speaker = by_speaker(self.training)

    def log_mel(self, *utterances: dict[str, Any]) -> np.ndarray:
        """Utterances end to end: (frames, 100) fp32, as recorded."""
        spans = [self.mel[u["start"] : u["start"] + u["frames"]] for u in utterances]
        mel: np.ndarray = np.concatenate(spans).astype(np.float32)
        return mel

    def labels(self, *utterances: dict[str, Any]) -> np.ndarray:
        """The symbol of each frame, (frames,) int64."""
        spans = [self.label[u["start"] : u["start"] + u["frames"]] for u in utterances]
        return np.concatenate(spans).astype(np.int64)

    def normalised(self, log_mel: np.ndarray) -> np.ndarray:
        """What the model sees of a log-mel."""
        return (log_mel - self.norm.mean) / self.norm.std

    def sound(self, utterance: dict[str, Any]) -> np.ndarray:
        """(samples,) fp32 in ±1."""
        start = utterance["start"] * HOP_LENGTH
        return self.wav[start : start + utterance["frames"] * HOP_LENGTH].astype(np.float32) / 32768

    def audio(self, rng: np.random.Generator, size: int, samples: int) -> Tensor:
        """Random clips (size, samples) fp32 in ±1, for the vocoder."""
        starts = rng.integers(0, len(self.wav) - samples, size)
        return torch.from_numpy(np.stack([self.wav[s : s + samples] for s in starts]).astype(np.float32) / 32768)


def by_speaker(utterances: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for utterance in utterances:
        groups.setdefault(utterance["speaker"], []).append(utterance)
    return groups
