from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ishowtts.engine.durations import DurationPredictor, DurationShape
from ishowtts.engine.features import FRAMES_PER_SECOND
from ishowtts.engine.frontend import AlignedFrontend, OfficialFrontend, Prompt, read_vocab
from ishowtts.engine.job import Job, Reference, Sampling
from ishowtts.errors import CheckpointError, InvalidRequest, NothingToSay
from ishowtts.text.lengths import spoken_seconds
from ishowtts.text.phonemes import phonemize
from ishowtts.text.timing import WordTime

REFERENCE = Reference("v", Path("v.wav"), "0" * 64, "Some call me nature", "en")
VOCAB = {s: i for i, s in enumerate(["<sil>", *" .,!?abdefhijklmnopstuwzæðŋɑɔəɛɡɪɹʃʊʌˈˌAIOWYɾθʧʤʒ→↗↘↓ʨɕɻɤʰ"])}
SYMBOLS = list(VOCAB)
READ_AS = {"3": "三"}


@pytest.fixture(scope="module")
def aligned() -> AlignedFrontend:
    return AlignedFrontend(VOCAB, DurationPredictor(DurationShape(n_symbols=len(VOCAB))))


class TestOfficial:
    frontend = OfficialFrontend({c: i for i, c in enumerate(" abcdefghijklmnopqrstuvwxyzS.")}, "char")

    def test_length_is_that_of_the_syllables_at_the_clips_pace(self) -> None:
        text, said = "they see me differently, I know", "Some call me nature. "
        prompt = self.frontend.prompt(Job("j", text, REFERENCE), 300)
        seconds = spoken_seconds(text, said, 300 / FRAMES_PER_SECOND)
        assert prompt.frames == 300 + round(FRAMES_PER_SECOND * seconds)
        assert prompt.tokens.shape == (1, len(said) + len(text))
        slow = self.frontend.prompt(Job("j", text, REFERENCE, Sampling(speed=0.5)), 300)
        assert slow.frames == 300 + round(FRAMES_PER_SECOND * seconds / 0.5)

    def test_a_few_bytes_more_or_less_are_no_leap(self) -> None:
        short, longer = (self.frontend.prompt(Job("j", t, REFERENCE), 300).frames for t in ("hi there", "hi there you"))
        assert short < longer < short + 60

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

    def test_words_are_spread_over_the_new_speech(self) -> None:
        prompt = self.frontend.prompt(Job("j", "they see me", REFERENCE, Sampling(fix_duration=5.0)), 300)
        assert [time[:2] for time in prompt.times] == [(0, 4), (5, 8), (9, 11)]
        assert prompt.times[0].t0 == 0
        assert prompt.times[-1].t1 == pytest.approx(5.0 - 300 / 93.75, abs=0.01)


def said_in(prompt: Prompt, reference_frames: int, time: WordTime) -> str:
    """Symbols of the frames in which a word is said."""
    first, last = (reference_frames + round(t * FRAMES_PER_SECOND) for t in (time.t0, time.t1))
    symbols = [SYMBOLS[i] for i in prompt.tokens[0, first:last].tolist()]
    return "".join(s for i, s in enumerate(symbols) if i == 0 or symbols[i - 1] != s)


class TestAligned:
    @pytest.mark.parametrize("sampling", [Sampling(), Sampling(speed=1.7), Sampling(fix_duration=9.0)])
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("Hello there. That is it! No, two...", ["Hello", "there", "That", "is", "it", "No", "two"]),
            ("我有3个 book，好吗？", ["我", "有", "3", "个", "book", "好", "吗"]),
            ("\u0301 おは 😀 fe\u0301t & ½ 5%", ["おは", "fe\u0301t", "½", "5%"]),
        ],
    )
    def test_a_word_lasts_as_long_as_its_sounds(
        self, aligned: AlignedFrontend, text: str, words: list[str], sampling: Sampling
    ) -> None:
        prompt = aligned.prompt(Job("j", text, REFERENCE, sampling), 150)
        assert [text[a:b] for a, b, _, _ in prompt.times] == words
        end = (prompt.frames - 150) / FRAMES_PER_SECOND
        clock = 0.0
        for time in prompt.times:
            assert clock <= time.t0 <= time.t1 <= end
            clock = time.t1
            word = text[time.start : time.end]
            sounds = {s for s in phonemize(READ_AS.get(word, word)) if s.isalpha()}
            heard = [s for s in said_in(prompt, 150, time) if s.isalpha()]
            if time.t1 - time.t0 > 0.1:
                assert set(heard) & sounds, (word, heard)
                assert not set(said_in(prompt, 150, time)) & {"<sil>", ".", "!"}

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
