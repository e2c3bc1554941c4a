from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch

from ishowtts.engine.features import MelFeatures, MelNorm
from ishowtts.engine.references import ReferenceCache
from ishowtts.errors import UnusableReference
from tests.engine.conftest import make_reference


def cache(max_bytes: int) -> ReferenceCache:
    return ReferenceCache(MelFeatures(MelNorm()), torch.device("cpu"), max_bytes)


def test_a_clip_is_decoded_once_whatever_the_voice_is_called(tmp_path: Path) -> None:
    clips = cache(2**20)
    reference = make_reference(tmp_path / "a.wav")
    first = clips.get(reference)
    assert clips.get(replace(reference, voice="other name")) is first
    assert (clips.hits, clips.misses, len(clips)) == (1, 1, 1)
    assert first.mel.shape == (1, 1.5 * 24_000 // 256, 100)


def test_two_voices_never_swap(tmp_path: Path) -> None:
    clips = cache(2**20)
    a, b = make_reference(tmp_path / "a.wav", pitch=200), make_reference(tmp_path / "b.wav", pitch=400)
    expected = {r.sha256: clips.get(r).mel.clone() for r in (a, b)}
    for reference in [a, b] * 20:
        assert torch.equal(clips.get(reference).mel, expected[reference.sha256])
    assert clips.misses == 2


def test_the_cache_is_bounded_by_bytes_and_forgets_the_oldest(tmp_path: Path) -> None:
    references = [make_reference(tmp_path / f"{i}.wav", pitch=100 + i) for i in range(5)]
    size = cache(2**20).get(references[0]).nbytes
    clips = cache(3 * size)
    for reference in references:
        clips.get(reference)
        assert clips.nbytes <= 3 * size
    assert len(clips) == 3
    clips.get(references[0])
    assert clips.misses == 6
    tiny = cache(10)
    tiny.get(references[0])
    assert (len(tiny), tiny.nbytes) == (0, 0)


def test_a_quiet_clip_is_raised_and_the_gain_is_kept(tmp_path: Path) -> None:
    clip = cache(2**20).get(make_reference(tmp_path / "a.wav"))
    assert clip.gain > 1.0


def test_unusable_clips_say_why(tmp_path: Path) -> None:
    reference = make_reference(tmp_path / "a.wav")
    with pytest.raises(UnusableReference, match="changed on disk"):
        cache(2**20).get(replace(reference, sha256="0" * 64))
    with pytest.raises(UnusableReference, match="cannot be read"):
        cache(2**20).get(replace(reference, audio=tmp_path / "gone.wav"))
    with pytest.raises(UnusableReference, match="shorter"):
        cache(2**20).get(make_reference(tmp_path / "short.wav", seconds=0.2))
    silent = tmp_path / "silent.wav"
    sf.write(silent, np.zeros(24_000), 24_000)
    with pytest.raises(UnusableReference, match="silent"):
        cache(2**20).get(replace(reference, audio=silent, sha256=_digest(silent)))


def _digest(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()
