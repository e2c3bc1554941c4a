from __future__ import annotations

import gzip
import io
import json
import tarfile

import numpy as np
import pytest
import soundfile as sf
import torch

from ishowtts.engine.features import HOP_LENGTH
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


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    source = tmp_path_factory.mktemp("source")
    rows = []
    with tarfile.open(source / "shard-000.tar", "w") as tar:
        for i in range(30):
            durations = [14, 10, 9, 10, 10, 1]
            row = {"id": f"u{i}", "shard": 0, "lang": "en", "text": "ab b.", "phonemes": "ab b.",
                   "durations": [14, 10, 9, 4, 6, 10, 1], "speaker": f"s{i % 2}", "seconds": 1.0}  # fmt: skip
            durations = row["durations"]  # type: ignore[assignment]
            buffer = io.BytesIO()
            sf.write(buffer, recording(durations), 24_000, format="OGG", subtype="VORBIS")
            member = tarfile.TarInfo(f"u{i}.ogg")
            member.size = buffer.tell()
            buffer.seek(0)
            tar.addfile(member, buffer)
            rows.append(row)
    with gzip.open(source / "manifest.jsonl.gz", "wt") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    (source / "vocab.json").write_text(json.dumps(VOCAB))
    out = tmp_path_factory.mktemp("corpus")
    prepare(source, out)
    return Corpus(out)


def test_what_was_prepared_reads_back(corpus: Corpus) -> None:
    assert corpus.vocab == [SILENCE, ".", " ", "a", "b"]
    assert len(corpus.utterances) == 30
    assert len(corpus.mel) == len(corpus.label) == sum(u["frames"] for u in corpus.utterances)
    first = corpus.utterances[0]
    labels = np.repeat(first["tokens"], first["durations"])
    assert np.array_equal(corpus.label[: first["frames"]], labels)


def test_windows_are_full_normalised_and_repeatable(corpus: Corpus) -> None:
    mel, label = corpus.batch(np.random.default_rng(3), 4, 200)
    again, _ = corpus.batch(np.random.default_rng(3), 4, 200)
    assert mel.shape == (4, 200, 100)
    assert label.shape == (4, 200)
    assert label.max() < len(corpus.vocab)
    assert torch.equal(mel, again)
    many, _ = corpus.batch(np.random.default_rng(0), 64, 200)
    assert abs(float(many.mean())) < 0.2
    assert abs(float(many.std()) - 1) < 0.2
