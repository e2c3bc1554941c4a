from __future__ import annotations

from pathlib import Path

import pytest

from ishowtts.bench.texts import load_items
from ishowtts.errors import ConfigError
from ishowtts.training.texts import clean, collect, normal


@pytest.mark.parametrize(
    ("line", "cleaned"),
    [
        ("  Too hot—I can't   stand it. ", ("en", "Too hot, I can't stand it.")),
        ("They (women) are “all” students.", ("en", "They, women, are all students.")),
        ("Prepare your résumé.", ("en", "Prepare your résumé.")),
        ("他说：“你好！”", ("zh", "他说：你好！")),
        ("At New Year there's a 福 on the door.", None),
        ("...", None),
        ("", None),
        ("word " * 30, None),
        ("字" * 40, None),
        ("nice 😀 stream", None),
    ],
)
def test_a_line_is_cleaned_or_left_out(line: str, cleaned: tuple[str, str] | None) -> None:
    assert clean(line) == cleaned


def test_normal_form_hears_what_punctuation_and_width_hide() -> None:
    assert normal("Hello,  WORLD!") == normal("ｈｅｌｌｏ world") != normal("hello word")
    assert normal("你好！") == normal("你好") == "你好"


def test_evaluation_text_is_refused_in_any_dress(tmp_path: Path) -> None:
    items = load_items()
    lines = [item.text.upper().rstrip(".!?。！？") + " ..." for item in items]
    (tmp_path / "mine.txt").write_text("\n".join([*lines, "This one is new.", "这一句是新的。", "this one is new!"]))
    texts, left_out = collect(["chat"], [tmp_path / "mine.txt"], [item.text for item in items])
    assert texts["en"].sentences == ["This one is new."]  # once
    assert texts["zh"].sentences == ["这一句是新的。"]
    assert left_out["evaluation text"] == len(items)


def test_chat_lines_of_this_project_are_speakable_and_not_of_the_evaluation() -> None:
    texts, left_out = collect(["chat"], [], [item.text for item in load_items()])
    assert (len(texts["en"].chat), len(texts["zh"].chat)) == (29, 30)
    assert not +left_out


def test_sentences_and_words_of_the_packages() -> None:
    pytest.importorskip("hsk_sentences_audio", reason="hsk-sentences-audio of the extra [teacher] is not installed")
    pytest.importorskip("wordfreq", reason="wordfreq of the extra [teacher] is not installed")
    texts, _ = collect(["hsk", "words"], [], ["crowd", "图书馆在学校里边。"])
    assert "The library is inside the school." in texts["en"].sentences
    assert "图书馆在学校里边。" not in texts["zh"].sentences
    for lang in ("en", "zh"):
        assert len(texts[lang].sentences) > 4000
        assert len(set(texts[lang].words)) == len(texts[lang].words) > 10_000
        assert not texts[lang].chat
    assert "crowd" not in texts["en"].words


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.txt"):
        collect([], [tmp_path / "nowhere.txt"], [])
    (tmp_path / "latin.txt").write_bytes("résumé".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.txt"):
        collect([], [tmp_path / "latin.txt"], [])
