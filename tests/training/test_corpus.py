from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
import torch

from ishowtts.engine.features import HOP_LENGTH, MelFeatures
from ishowtts.training.corpus import SILENCE, Corpus, align, prepare

VOCAB = {".": 4, " ": 16, "a": 43, "b": 44}


def recording(durations: list[int]) -> np.ndarray:
    """Noise where phonemes are (50 ms before their labels, as the teacher does), silence at the pads."""
    wav = np.zeros(sum(durations) * 600, np.float32)
    begin, end = durations[0] * 600 - 1200, sum(durations[:-2]) * 600 - 1200
    wav[begin:end] = np.random.default_rng(0).normal(0, 0.1, end - begin)
    return wav


def test_labels_move_to_the_sound_and_edges_are_trimmed() -> None:
    durations = [20, 8, 8, 12, 2]
    wav = recording(durations)
    item = align({"id": "x", "lang": "en", "speaker": "s", "text": "ab.", "phonemes": "ab.", "durations": durations},
                 wav, set(VOCAB))  # fmt: skip
    assert item.tokens == [SILENCE, "a", "b", ".", "."]
    assert sum(item.durations) == len(item.wav) // HOP_LENGTH
    lead, a, b, mark, tail = item.durations
    assert lead == 12  # what is kept of the silence before
    assert a == pytest.approx(8 * 600 / 256, abs=1.5)
    assert b == pytest.approx(8 * 600 / 256, abs=1.5)
    assert (mark, tail) == (0, 18)
    assert np.abs(item.wav[: 11 * 256]).max() == 0


def write_shards(source: Path, aligned: bool) -> None:
    """30 recordings of two speakers; durations and a vocabulary only if `aligned`."""
    rows = []
    with tarfile.open(source / "shard-000.tar", "w") as tar:
        for i in range(30):
            durations = [14, 10, 9, 4, 6, 10, 1]
            row: dict[str, Any] = {"id": f"u{i}", "shard": 0, "lang": "en", "text": "ab b.", "speaker": f"s{i % 2}"}
            buffer = io.BytesIO()
            sf.write(buffer, recording(durations), 24_000, format="OGG", subtype="VORBIS")
            member = tarfile.TarInfo(f"u{i}.ogg")
            member.size = buffer.tell()
            buffer.seek(0)
            tar.addfile(member, buffer)
            rows.append(row | ({"phonemes": "ab b.", "durations": durations} if aligned else {}))
    with gzip.open(source / "manifest.jsonl.gz", "wt") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    if aligned:
        (source / "vocab.json").write_text(json.dumps(VOCAB))


@pytest.fixture(scope="session")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("corpus")
    write_shards(source, aligned=True)
    prepare(source, out)
    return out


@pytest.fixture(scope="session")
def corpus(corpus_folder: Path) -> Corpus:
    return Corpus(corpus_folder)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """What those have who own recordings and their texts, and nothing else."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("corpus")
    write_shards(source, aligned=False)
    prepare(source, out)
    return Corpus(out)


def test_what_was_prepared_reads_back(corpus: Corpus) -> None:
    assert corpus.vocab == [SILENCE, ".", " ", "a", "b"]
    assert len(corpus.utterances) == 30
    assert len(corpus.mel) == len(corpus.label) == sum(u["frames"] for u in corpus.utterances)
    first, second = corpus.utterances[:2]
    labels = np.repeat(first["tokens"], first["durations"])
    assert np.array_equal(corpus.label[: first["frames"]], labels)
    both = corpus.labels(first, second)
    assert np.array_equal(both[: first["frames"]], labels)
    assert len(both) == len(corpus.log_mel(first, second)) == first["frames"] + second["frames"]
    sound = corpus.sound(second)
    assert len(sound) == 256 * second["frames"]
    again = MelFeatures(corpus.norm)(torch.from_numpy(sound)[None])[0, :, : second["frames"]].T.numpy()
    assert np.abs(again - corpus.normalised(corpus.log_mel(second)))[8:-8].max() < 0.1


def test_recordings_alone_give_mels_and_texts(corpus: Corpus, recordings: Corpus) -> None:
    assert recordings.vocab == [SILENCE]
    assert np.array_equal(recordings.mel, corpus.mel)
    assert {u["text"] for u in recordings.training} == {"ab b."}
    assert not any(u["tokens"] or u["durations"] for u in recordings.utterances)


def test_named_utterances_are_held_out_as_well(corpus_folder: Path, corpus: Corpus) -> None:
    assert [u["id"] for u in corpus.validation] == ["u0"]
    fewer = Corpus(corpus_folder, held_out=["u7"])
    assert [u["id"] for u in fewer.validation] == ["u0", "u7"]
    assert len(fewer.training) == 28
    assert all(u["id"] != "u7" for group in fewer.by_speaker.values() for u in group)
