from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.fold import Forms, folded_key


def test_letters_that_stand_alone_are_one_word() -> None:
    assert " bad " in Forms("so b.a.d now").words[0].text
    assert Forms("badge").words[0].text == " badge "


def test_digits_alone_stay_digits() -> None:
    assert folded_key("100 1488") == "1001488"
    assert folded_key("b4d") == "bad"
    assert folded_key("我4点到") == "我4点到"


def test_the_syllables_of_chinese() -> None:
    assert Forms("你是sha逼").pinyin.text == " ni  shi  sha  bi "


def test_what_was_found_is_found_in_the_text() -> None:
    text = "you 𝓫.\u200b4\u0301.d guy"
    for form in Forms(text).words:
        at = form.text.find(" bad ")
        if at >= 0:
            start, end = form.span(at, at + 5)
            assert text[start:end] == "𝓫.\u200b4\u0301.d"
            break
    else:
        raise AssertionError("not found")


def test_one_arabic_sign_does_not_grow_to_eighteen() -> None:
    assert len(folded_key("\ufdfa" * 100)) <= 300


@given(st.text(st.characters(), max_size=80))
def test_every_form_of_any_text_points_into_it(text: str) -> None:
    forms = Forms(text)
    for form in [*forms.words, *forms.squashed, forms.pinyin]:
        assert len(form.text) == len(form.origin)
        assert all(0 <= i < len(text) for i in form.origin)
        assert list(form.origin) == sorted(form.origin)
        for i, c in enumerate(form.text):
            if c != " ":
                start, end = form.span(i, i + 1)
                assert 0 <= start < end <= len(text)
    assert forms.key == Forms(text).key
