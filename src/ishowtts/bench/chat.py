"""Chat as a livestream sends it: short lines in two languages, no two alike."""

from __future__ import annotations

import random
from collections.abc import Iterator

from ishowtts.bench.texts import Language, load_items


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


_FIRST = {
    "en": _words("Brave Calm Clever Dusty Early Fluffy Golden Happy Jolly Lazy Lucky Mellow Misty Quick Rusty Sleepy"),
    "zh": _words("快乐的 勇敢的 聪明的 安静的 迷路的 可爱的 懒懒的 神秘的 路过的 早起的 爱笑的 贪吃的"),
}
_SECOND = {
    "en": _words("Badger Beaver Falcon Ferret Heron Otter Owl Panda Parrot Puffin Rabbit Raven Salmon Tiger Turtle"),
    "zh": _words("小猫 小狗 熊猫 兔子 海豚 企鹅 狐狸 松鼠 老虎 刺猬 猴子 乌龟"),
}
_FRAMES = {"en": "{name} says: {line}", "zh": "{name}说，{line}"}


def chat_lines(seed: int = 0, chinese: float = 0.5) -> Iterator[str]:
    """For ever, and in the same order for the same seed; `chinese` is the share of Chinese lines, 0 to 1."""
    chance = random.Random(seed)  # noqa: S311 - lines of a benchmark
    items = load_items()
    lines: dict[Language, list[str]] = {
        "en": [item.text for item in items if item.language == "en"],
        "zh": [item.text for item in items if item.language == "zh"],
    }
    said: set[str] = set()
    while True:
        language: Language = "zh" if chance.random() < chinese else "en"
        name = somebody(language, chance)
        text = says(language, name, chance.choice(lines[language]))
        if text in said:
            text = says(language, f"{name} {len(said)}", chance.choice(lines[language]))
        said.add(text)
        yield text


def somebody(language: Language, chance: random.Random) -> str:
    """A name of a viewer."""
    return chance.choice(_FIRST[language]) + (" " if language == "en" else "") + chance.choice(_SECOND[language])


def says(language: Language, name: str, line: str) -> str:
    """A line with the name of who said it, as it is read aloud."""
    return _FRAMES[language].format(name=name, line=line)
