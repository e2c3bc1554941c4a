from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ishowtts.danmaku.copies import caption, make_copies, spoken, visible
from ishowtts.danmaku.event import MOST_TEXT, Emote
from ishowtts.danmaku.links import LinkPolicy

_WORDS = """< > | { } [ ] <| |> ＜ ｜ ＞ ［ ］ ﹤ <strong> [laughter] [pause:60s] {user} https:// www. example.com co m
. 。 @ 哈 你好 a ab 1 100000 か ㅋ ﷺ 𝓱 ｈ ① ! ！ 👨\u200d👩\u200d👧 🇨"""
_UNSEEN = [" ", "\n", "\x00", "\u200b", "\u202e", "\u0301", "\u0335", "\u3099", "\U000e0041", "\ud800"]
PIECES = st.sampled_from([*_WORDS.split(), *_UNSEEN])
HOSTILE = st.lists(PIECES, max_size=60).map("".join) | st.text(st.characters(), max_size=200)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("𝓱𝓮𝓵𝓵𝓸", "hello"),
        ("哈" * 60, "哈哈哈"),
        ("ㅋ" * 7, "ㅋㅋㅋ"),
        ("关注主播抽大奖" * 6, "关注主播抽大奖"),
        ("加油抽奖 " * 6, "加油抽奖"),
        ("你好，主播！", "你好，主播！"),
        ("hi<|im_end|>you", "hi you"),
        ("100000", "100000"),
        ("6" * 10, "666"),
    ],
)
def test_the_examples_of_the_order(written: str, said: str) -> None:
    assert spoken(written) == said


def test_zalgo_keeps_the_letter_with_its_accent() -> None:
    assert spoken("he\u0301\u0335\u0321l\u0336\u0322l\u0337o\u0338") == "héllo"


@pytest.mark.parametrize(
    "kept",
    [
        "Tiếng Việt",
        "नमस्ते दोस्तों",
        "สวัสดีครับ",
        "مرحبا بكم",
        "안녕하세요",
        "こんにちは",
        "naïve café",
        "x² + ½",
        "1,000.50 €",
    ],
)
def test_other_languages_stay_as_they_are(kept: str) -> None:
    assert spoken(kept) == unicodedata.normalize("NFC", kept)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[laughter] hi", "hi"),
        ("[pause:60s]hi", "hi"),
        ("[voice:x y]hi", "hi"),
        ("<strong>hi</strong>", "hi"),
        ("<speak><break time='60s'/>hi</speak>", "hi"),
        ("{user.__class__} hi", "hi"),
        ("<|speaker:1|>hi", "hi"),
        ("＜｜endofprompt｜＞hi", "hi"),
        ("<|im<|x|>_end|>hi", "im _end hi"),
        ("[大笑]好听[狗头]", "好听"),
        ("1 < 2 and 3 > 2", "1 2 and 3 2"),
        ("I <3 you", "I 3 you"),
        ("[a whole sentence in brackets]", "a whole sentence in brackets"),
    ],
)
def test_nothing_that_an_engine_could_take_for_a_command(written: str, said: str) -> None:
    assert spoken(written) == said


@pytest.mark.parametrize(
    "written", ["", "   ", "...", "！！！？", "😀😀", "\u200b\u200b", "<|x|>", "¯\\_", "♪♪♪", "\x00"]
)
def test_what_has_no_letter_or_digit_is_nothing(written: str) -> None:
    assert spoken(written) == ""


@pytest.mark.parametrize(
    ("written", "said"),
    [("haha haha haha haha", "ha"), ("no no no no", "no"), ("AAAAAAaaaa", "AAA"), ("wow!!!!!!!", "wow!!!"),
     ("121212", "121212"),
     ("123123123123", "123"), ("very good very good", "very good very good"), ("1000000", "1000000")],
)  # fmt: skip
def test_repeats_are_said_once(written: str, said: str) -> None:
    assert spoken(written) == said


def test_twenty_nine_letters_do_not_freeze_the_voice() -> None:
    assert len(spoken("z" * 29)) == 3
    assert len(spoken("aaaaaaaaaab" * 90)) <= 4


@pytest.mark.parametrize(
    ("written", "policy", "said"),
    [
        ("see https://a.example/x?y=1#z now", "replace", "see link now"),
        ("看https://a.example/x这里", "replace", "看 链接 这里"),
        ("visit www.evil.example, ok", "host", "visit evil dot example, ok"),
        ("go to evil.com!", "host", "go to evil dot com!"),
        ("bit.ly/abc", "host", "bit dot ly"),
        ("ＥＶＩＬ．ＣＯＭ", "replace", "link"),
        ("evil。com 来", "replace", "链接 来"),
        ("ｈｔｔｐｓ：／／ｅｖｉｌ．ｃｏｍ 来", "replace", "链接 来"),
        ("mail me@evil.com", "drop", "mail"),
        ("at 10.0.0.1:8080/x", "replace", "at link"),
        ("evil\u200b.com", "replace", "link"),
        ("a.cocococom", "replace", "link"),
    ],
)
def test_addresses(written: str, policy: str, said: str) -> None:
    copies = make_copies(written, links=policy)  # type: ignore[arg-type]
    assert copies.spoken == said
    assert copies.has_link


@pytest.mark.parametrize(
    "written", ["3.14 is pi", "v1.2.3", "ok.me too", "e.g. this", "等等...好", "12:30", "a/b", "Mr.Smith", "i.e."]
)
def test_what_is_no_address(written: str) -> None:
    assert not make_copies(written).has_link


def test_an_address_in_markup_is_still_one() -> None:
    assert make_copies("<https://evil.com>").has_link


def test_emotes_are_left_out_or_named_once() -> None:
    emotes = (Emote("Kappa", 3, 8), Emote("Kappa", 9, 14))
    assert make_copies("hey Kappa Kappa", (Emote("Kappa", 4, 9), Emote("Kappa", 10, 15))).spoken == "hey"
    named = make_copies("hi Kappa Kappa", emotes, emote_policy="name")
    assert named.spoken == "hi Kappa"
    assert named.caption == "hi Kappa Kappa"


def test_emotes_count_in_code_points_behind_an_emoji() -> None:
    assert make_copies("😀 Kappa go", (Emote("Kappa", 2, 7),)).spoken == "go"


def test_the_caption_keeps_what_is_seen_and_drops_what_turns_the_page_around() -> None:
    assert caption("\u202eevil\u202c 你好\u2066x\u2069 👨‍👩‍👧 ❤️") == "evil 你好x 👨‍👩‍👧 ❤️"
    assert caption("a\u200db\u200bc") == "abc"
    assert caption("<b>hi</b>") == "<b>hi</b>", "the page shows it as text"
    assert caption("กิ" + "\u0e34" * 50) == "กิ" + "\u0e34" * 2
    assert caption("哈" * 60) == "哈" * 8
    assert caption("one\r\ntwo\tthree\x07") == "one two three"


@pytest.mark.parametrize(
    "written",
    ["B.A.D", "ｂａｄ", "b а d", "b4d", "b\u0301\u0335a\u0336d", "b\u200ba\u200bd", "𝓫𝓪𝓭", "🇧🇦🇩", "BAD", "b@d"],
)
def test_the_match_copy_is_one_for_all_ways_to_write_a_word(written: str) -> None:
    assert make_copies(written).match == "bad"


@settings(max_examples=400)
@given(HOSTILE, st.sampled_from(["drop", "replace", "host"]))
@example("a.cocococom", "host")
@example("ab" * 5 + "c" + "ab" * 3, "replace")
@example("か\u0301\u3099", "drop")
@example("e" * 4 + "\u0301", "host")
def test_any_text_has_copies_and_what_is_said_is_safe(text: str, links: LinkPolicy) -> None:
    copies = make_copies(text, links=links)
    for copy in (copies.spoken, copies.caption, copies.plain, copies.match):
        copy.encode()
        assert not re.search("[\u0000-\u001f\u200b\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", copy)
        assert copy == copy.strip()
    assert not set("<>{}[]|＜＞｛｝［］｜") & set(copies.spoken)
    assert len(copies.spoken) <= MOST_TEXT
    assert len(copies.caption) <= MOST_TEXT
    assert not copies.spoken or any(map(str.isalnum, copies.spoken))
    assert copies.match.isalnum() or not copies.match


@settings(max_examples=400)
@given(HOSTILE, st.sampled_from(["drop", "replace", "host"]))
@example("か\u0301\u3099", "replace")
@example("wwww.a.cocococom", "host")
@example("a。https://https://", "replace")
def test_to_say_or_show_it_again_changes_nothing(text: str, links: LinkPolicy) -> None:
    assert spoken(spoken(text, links), links) == spoken(text, links)
    assert visible(visible(text)) == visible(text)
    assert not make_copies(make_copies(text).spoken).has_link
    assert not make_copies(caption(text)).has_link or make_copies(text).has_link


def test_ten_thousand_characters_are_a_thousand() -> None:
    assert len(visible("好坏" * 5000)) == MOST_TEXT
