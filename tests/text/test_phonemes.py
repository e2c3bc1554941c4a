from __future__ import annotations

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts.text import phonemes as reading
from ishowtts.text.phonemes import SOUNDS, SYMBOLS, phonemize, read, unspoken, warm_up
from ishowtts.text.readers import Piece


def said(text: str) -> str:
    return "".join(phonemize(text))


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        # from the manifest of the teacher's speech
        ("Natural gas is cleaner than coal.", "nˈæʧəɹᵊl ɡˈæs ɪz klˈinəɹ ðən kˈOl."),
        ("Someday you'll thank me for this.", "sˈʌmdˌA jul θˈæŋk mˌi fɔɹ ðˈɪs."),
        ("大厅里人来人往。", "ta↘tʰi→ŋ li↓ ɻə↗nlai↗ɻə↗nwa↓ŋ."),
        ("差一点就赢了。", "ꭧʰa↘i↘tjɛ↓n ʨjou↘ i↗ŋ lɤ."),
    ],
)
def test_the_symbols_are_the_teachers(text: str, phonemes: str) -> None:
    assert said(text) == phonemes


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("It costs $3.50.", "It costs three dollars and fifty cents."),
        ("他有3个苹果", "他有三个苹果"),
        ("二〇二四年", "二零二四年"),
        ("Ｈｅｌｌｏ", "Hello"),
        ("Wow 😀😀!!!", "Wow!"),
        ("Hello……", "Hello."),
        ("Well (yes) go", "Well, yes, go"),
        ("好的~~", "好的"),
        ("他说“好”", "他说好"),
    ],
)
def test_what_is_written_otherwise_is_read_alike(text: str, same_as: str) -> None:
    assert said(text).rstrip(",").replace("ˌ", "").replace("ˈ", "") == said(same_as).replace("ˌ", "").replace("ˈ", "")


def test_mixed_text_is_read_in_both_languages() -> None:
    parts = said("我用"), said("BBC"), said("直播") + ",", said("hello"), said("大家好") + "!"
    assert said("我用BBC直播，HELLO大家好！") == " ".join(parts)


def test_the_readers_own_markup_is_not_obeyed() -> None:
    assert said("[hello](/kˈæt/)").startswith(said("hello") + ",")


def test_short_acronyms_in_chinese_text_are_spelled() -> None:
    assert said("IT行业").startswith("ˌItˈi")
    assert said("It is late.").startswith("ˌɪt")
    assert said("A股").startswith("ˈA ")


@pytest.mark.parametrize("text", ["", " ", "😀", "...", "！？", "\ud800", "おは", "\u0301", "~"])
def test_nothing_to_say_is_no_symbols(text: str) -> None:
    assert phonemize(text) == []


@pytest.mark.parametrize("text", ["1" * 400, "1" * 5000, "a" * 3000, "!" * 3000, "你" * 1000 + "1" * 40, "a1" * 100])
def test_strange_lengths_are_read_to_the_end(text: str) -> None:
    assert len(phonemize(text)) > len(text) // 2 or set(text) == {"!"}


@settings(deadline=None, max_examples=150)
@given(st.one_of(st.text(max_size=30), st.text(alphabet="aZ9é 你好〇呣，。.!'-$%/:[](~²½×", max_size=30)))
def test_any_string_gives_known_symbols_or_none(text: str) -> None:
    symbols, spans, failures = read(text)
    assert failures >= 0
    assert set(symbols) <= SYMBOLS
    assert [span is None for span in spans] == [s in " ,.:;!?" for s in symbols]
    assert all(0 <= span[0] <= span[1] <= len(text) for span in spans if span)
    assert not symbols or SOUNDS & set(symbols)
    assert "  " not in "".join(symbols)


def test_threads_agree_with_one_thread() -> None:
    texts = [f"你好 number {i} xqz{i}" for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(phonemize, texts))
    read.cache_clear()
    assert together == [phonemize(t) for t in texts]
    assert len({tuple(t) for t in together}) == len(texts)


def test_the_caller_owns_the_list() -> None:
    phonemize("hello").clear()
    assert phonemize("hello")


def test_import_is_light_and_loading_is_silent() -> None:
    code = (
        "import sys, ishowtts.text.phonemes as p; assert not {'hibari', 'jieba', 'misaki', 'torch'} & set(sys.modules);"
        "p.warm_up(); assert {'hibari', 'jieba', 'onnxruntime'} <= set(sys.modules); assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_warm_up_can_be_repeated() -> None:
    warm_up()
    warm_up()


def test_a_piece_that_breaks_the_reader_is_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    warm_up()
    whole = reading._readers["zh"]

    class Fragile:
        def pieces(self, text: str) -> list[Piece]:
            if "坏" in text:
                raise KeyError("no such syllable")
            return list(whole.pieces(text))

    monkeypatch.setitem(reading._readers, "zh", Fragile())
    with caplog.at_level(logging.WARNING):
        symbols = phonemize("你好坏朋友。")
    assert len(symbols) > 6
    assert "a piece of 6 characters cannot be read (KeyError): it is read in smaller ones" in caplog.text
    assert "a piece of 1 characters cannot be read (KeyError): it is left out" in caplog.text
    assert "坏" not in caplog.text
    assert read("你好坏朋友。").failures == 2
    assert unspoken("你好坏朋友。", read("你好坏朋友。")) == 1
    read.cache_clear()


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        ("It costs $3.50, doesn't it? 50%!", 0),
        ("我有3个 book，BBC。", 0),
        ("おは hi", 2),
        ("½ ok", 0),
    ],
)
def test_letters_that_no_sound_stands_for_are_counted(text: str, silent: int) -> None:
    assert unspoken(text, read(text)) == silent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cafe\u0301……e\u0301clair!!! 😀 yes", ["cafe\u0301", "e\u0301clair", "yes"]),
        ("我有3个苹果，BBC", ["我", "有", "3", "个", "苹", "果", "BBC"]),
        ("占3.5%，IT行 WOW", ["占", "3.5%", "IT", "行", "WOW"]),
        ("Ｈｅｌｌｏ ~~ 你〇", ["Ｈｅｌｌｏ", "你", "〇"]),
        ("[hello](/kat/) it's " + "1" * 40, ["hello", "kat", "it's", "1" * 40]),
        ("x " + "b" * 90 + " y", ["x", "b" * 90, "y"]),
        ("one. " * 80 + "two", [*["one"] * 80, "two"]),
        ("好" * 700, ["好"] * 700),
    ],
)
def test_every_sound_knows_what_it_was_written_as(text: str, expected: list[str]) -> None:
    spans = [span for span in read(text).spans if span]
    assert spans == sorted(spans)
    distinct = [span for i, span in enumerate(spans) if i == 0 or spans[i - 1] != span]
    assert [text[a:b].strip("…") for a, b in distinct] == expected
