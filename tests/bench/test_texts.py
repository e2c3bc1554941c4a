import re

from ishowtts.bench.texts import load_items


def test_as_many_as_promised_and_none_twice() -> None:
    items = load_items()
    counts = {(lang, kind): 0 for lang in ("en", "zh") for kind in ("sentence", "chat")}
    for item in items:
        counts[item.language, item.kind] += 1
    assert counts == {("en", "sentence"): 50, ("zh", "sentence"): 50, ("en", "chat"): 10, ("zh", "chat"): 10}
    assert len({item.text for item in items}) == len({item.id for item in items}) == 120


def test_lengths_and_scripts() -> None:
    for item in load_items():
        if item.language == "en":
            length = len(item.text.split())
            assert item.text.isascii()
        else:
            length = len(re.findall(r"[㐀-鿿]", item.text))
            assert not re.search(r"[A-Za-z]", item.text), item
        low, high = (1, 5) if item.kind == "chat" else ((5, 20) if item.language == "en" else (8, 25))
        assert low <= length <= high, item
        assert not re.search(r"\d", item.text), item


def test_a_limit_takes_the_first_of_each_kind() -> None:
    few, all_ = load_items(2), load_items()
    assert [i.id for i in few] == [
        "en-00",
        "en-01",
        "chat_en-00",
        "chat_en-01",
        "zh-00",
        "zh-01",
        "chat_zh-00",
        "chat_zh-01",
    ]
    assert set(few) <= set(all_)
