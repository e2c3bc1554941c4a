from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ishowtts.engine.durations import DurationPredictor, DurationShape
from ishowtts.engine.frontend import AlignedFrontend, OfficialFrontend, read_vocab
from ishowtts.engine.job import Job, Reference, Sampling
from ishowtts.errors import CheckpointError, InvalidRequest, NothingToSay

REFERENCE = Reference("v", Path("v.wav"), "0" * 64, "Some call me nature", "en")
VOCAB = {s: i for i, s in enumerate(["<sil>", *" .,!?abdefhijklmnopstuwzæðŋɑɔəɛɡɪɹʃʊʌˈˌAIOWYɾθʧʤʒ→↗↘↓ʨɕɻɤʰ"])}


@pytest.fixture(scope="module")
def aligned() -> AlignedFrontend:
    return AlignedFrontend(VOCAB, DurationPredictor(DurationShape(n_symbols=len(VOCAB))))


class TestOfficial:
    frontend = OfficialFrontend({c: i for i, c in enumerate(" abcdefghijklmnopqrstuvwxyzS.")}, "char")

    def test_length_is_upstreams_rule(self) -> None:
        text = "they see me differently, I know"
        prompt = self.frontend.prompt(Job("j", text, REFERENCE), 300)
        said = "Some call me nature. "
        assert prompt.frames == 300 + int(300 / len(said) * len(text))
        assert prompt.tokens.shape == (1, len(said) + len(text))
        slow = self.frontend.prompt(Job("j", text, REFERENCE, Sampling(speed=0.5)), 300)
        assert slow.frames == 300 + int(300 / len(said) * len(text) / 0.5)

    def test_texts_under_ten_bytes_are_slowed_as_upstream_does(self) -> None:
        prompt = self.frontend.prompt(Job("j", "hi there", REFERENCE), 300)
        assert prompt.frames == 300 + int(300 / 21 * 8 / 0.3)

    def test_there_is_always_a_frame_more_than_tokens(self) -> None:
        prompt = self.frontend.prompt(Job("j", "a fairly long text, said fast", REFERENCE, Sampling(speed=4)), 30)
        assert prompt.frames > prompt.tokens.shape[1]

    def test_chinese_becomes_pinyin(self) -> None:
        frontend = OfficialFrontend({" ": 0, "ni3": 1, "hao3": 2}, "pinyin")
        tokens = frontend.prompt(Job("j", "你好", replace(REFERENCE, text="好")), 200).tokens[0].tolist()
        assert tokens[-4:] == [0, 1, 0, 2] or tokens[-4:] == [0, 0, 0, 2]  # 你好 is said ní hǎo
        assert tokens[1] == 2

    def test_nothing_to_say(self) -> None:
        with pytest.raises(NothingToSay):
            self.frontend.prompt(Job("j", " …!! ", REFERENCE), 300)


class TestAligned:
    def test_every_frame_has_a_token(self, aligned: AlignedFrontend) -> None:
        prompt = aligned.prompt(Job("j", "Hello there.", REFERENCE), 150)
        assert prompt.tokens.shape == (1, prompt.frames)
        assert prompt.frames > 150

    def test_a_known_alignment_is_used_as_it_is(self, aligned: AlignedFrontend) -> None:
        marks = (("<sil>", 5), ("h", 20), ("ə", 30), ("l", 25), ("O", 60), (".", 10))
        prompt = aligned.prompt(Job("j", "Hello there.", replace(REFERENCE, alignment=marks)), 150)
        assert prompt.tokens[0, :150].tolist() == [VOCAB[s] for s, n in marks for _ in range(n)]

    def test_of_a_long_clip_the_end_is_heard_from_the_beginning_of_a_word(self, aligned: AlignedFrontend) -> None:
        marks = (("<sil>", 5), ("h", 20), (" ", 4), ("ə", 30), (" ", 6), ("l", 25), ("O", 50), (".", 10))
        job = Job("j", "Hello there.", replace(REFERENCE, alignment=marks))
        whole = aligned.prompt(job, 150)
        for limit, begin in ((0, 0), (150, 0), (130, 25), (124, 26), (100, 59), (80, 70)):
            short = AlignedFrontend(VOCAB, aligned.durations, limit).prompt(job, 150)
            assert short.begin == begin, limit
            assert short.tokens[0].tolist() == whole.tokens[0, begin:].tolist()
            assert short.frames == whole.frames - begin

    def test_speed_shortens_only_what_is_new(self, aligned: AlignedFrontend) -> None:
        text = "Hello there, this is a longer sentence than the other one."
        normal = aligned.prompt(Job("j", text, REFERENCE), 150).frames - 150
        fast = aligned.prompt(Job("j", text, REFERENCE, Sampling(speed=2)), 150).frames - 150
        assert fast < normal * 0.75

    def test_fix_duration_is_exact(self, aligned: AlignedFrontend) -> None:
        prompt = aligned.prompt(Job("j", "Hello there.", REFERENCE, Sampling(fix_duration=4.0)), 150)
        assert prompt.frames == prompt.tokens.shape[1] == 375
        with pytest.raises(InvalidRequest, match="ask for more"):
            aligned.prompt(Job("j", "Hello there.", REFERENCE, Sampling(fix_duration=1.0)), 150)

    def test_nothing_to_say(self, aligned: AlignedFrontend) -> None:
        for text in ("", "…", "😀"):
            with pytest.raises(NothingToSay):
                aligned.prompt(Job("j", text, REFERENCE), 150)


def test_a_vocabulary_keeps_its_blank_and_survives_crlf(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_bytes(b" \r\na\r\nb\r\n")
    assert read_vocab(path) == {" ": 0, "a": 1, "b": 2}
    path.write_bytes(b"")
    with pytest.raises(CheckpointError, match="empty"):
        read_vocab(path)
