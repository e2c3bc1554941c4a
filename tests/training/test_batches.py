from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ishowtts.engine.build import official_vocab
from ishowtts.engine.frontend import OfficialFrontend, read_vocab
from ishowtts.engine.job import Job, Reference
from ishowtts.errors import ConfigError
from ishowtts.training.batches import PhonemeWindows, WholeTexts, make_batches
from ishowtts.training.corpus import Corpus

WINDOWS = ((200, 4), (100, 8))


def test_windows_are_full_normalised_and_repeatable(corpus: Corpus) -> None:
    windows = PhonemeWindows(corpus, WINDOWS)
    rng, again = np.random.default_rng(3), np.random.default_rng(3)
    seen = set()
    for _ in range(12):
        batch = windows.draw(rng)
        assert torch.equal(batch.mel, windows.draw(again).mel)
        assert batch.mel.shape[:2] == batch.tokens.shape
        assert batch.lens.tolist() == [batch.mel.shape[1]] * len(batch.mel)
        assert batch.frames == 800
        assert batch.tokens.max() < len(windows.vocab)
        seen.add(tuple(batch.tokens.shape))
    assert seen == {(4, 200), (8, 100)}
    many = torch.cat([windows.draw(rng).mel.flatten() for _ in range(16)])
    assert abs(float(many.mean())) < 0.2
    assert abs(float(many.std()) - 1) < 0.2


def test_validation_is_of_held_out_speech_and_always_the_same(corpus: Corpus) -> None:
    for batches in (PhonemeWindows(corpus, WINDOWS), WholeTexts(corpus, 1000)):
        first, second = list(batches.held_out()), list(batches.held_out())
        assert len(first) == len(second) > 0
        assert all(
            torch.equal(a.mel, b.mel) and torch.equal(a.tokens, b.tokens) for a, b in zip(first, second, strict=True)
        )
    held = torch.from_numpy(corpus.normalised(corpus.log_mel(*corpus.validation)))
    assert torch.equal(first[0].mel[0], held)


def test_phonemes_need_durations_and_characters_do_not(recordings: Corpus) -> None:
    with pytest.raises(ConfigError, match="--tokens characters"):
        make_batches("phonemes", recordings, WINDOWS, 1000)
    assert make_batches("characters", recordings, WINDOWS, 1000).draw(np.random.default_rng(0)).frames > 0


def test_whole_texts_are_padded_to_the_longest_and_within_the_limit(recordings: Corpus) -> None:
    whole = WholeTexts(recordings, 1000)
    rng = np.random.default_rng(0)
    joined = single = 0
    for _ in range(80):
        batch = whole.draw(rng)
        size, length = batch.mel.shape[:2]
        assert size * length <= 1000
        assert length == batch.lens.max()
        assert batch.frames == batch.lens.sum()
        for mel, ids, frames in zip(batch.mel, batch.tokens, batch.lens, strict=True):
            assert not mel[frames:].any()
            said = "".join(whole.vocab[i] for i in ids[ids >= 0])
            assert said in ("ab b.", "ab b. ab b.")
            assert (said == "ab b.") == (frames < 200)
            joined += said != "ab b."
            single += said == "ab b."
    assert joined / (joined + single) == pytest.approx(0.4, abs=0.1)


def test_joined_texts_are_what_the_engine_gives_the_model(corpus: Corpus) -> None:
    frontend = OfficialFrontend(read_vocab(official_vocab()), "pinyin")
    whole = WholeTexts(corpus, 1000)
    for said, text in (("What a day", "Is it?"), ("今天天气很好。", "我们走吧"), ("Yes, please.", "谢谢 you")):
        reference = Reference("v", Path("v.wav"), "0" * 64, said, "en")
        wanted = frontend.prompt(Job("j", text, reference), 300).tokens[0].tolist()
        assert whole.tokens({"text": said}, {"text": text}).tolist() == wanted


def test_examples_longer_than_a_batch_are_left_out(corpus: Corpus) -> None:
    longest = max(u["frames"] for u in corpus.training)
    batches = WholeTexts(corpus, longest)
    assert {len(batches.draw(np.random.default_rng(1)).mel) for _ in range(20)} == {1}  # none of two joined
    with pytest.raises(ConfigError, match="as short as 50 frames"):
        WholeTexts(corpus, 50).draw(np.random.default_rng(0))
