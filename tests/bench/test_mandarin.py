import pytest

pytest.importorskip("opencc", reason="needs the extra [eval]: opencc turns traditional into simplified")

from ishowtts.bench.mandarin import characters, syllables


def test_script_digits_and_marks_make_no_difference() -> None:
    assert characters("歡迎來到直播間，今天 3 點半開始！") == characters("欢迎来到直播间今天三点半开始")


def test_words_told_apart_in_writing_only() -> None:
    assert characters("她说它很好") == characters("他说他很好")


def test_other_words_stay_other() -> None:
    assert characters("我买了") != characters("我卖了")
    assert characters("好ok") == ["好", "o", "k"]


def test_homophones_are_the_same_syllables() -> None:
    assert syllables("晚安。") == ["wan", "an"]
    assert syllables("真好听") == syllables("珍好听")
    assert syllables("再来一局") != syllables("再来一句话")
    assert syllables("再来一局") != syllables("来一局")
