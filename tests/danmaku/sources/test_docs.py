"""docs/sources.md says what is true."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import tomli

from ishowtts.danmaku.sources.run import Progress, State
from ishowtts.settings import Settings

DOCS = (Path(__file__).parents[3] / "docs/sources.md").read_text(encoding="utf-8")


def test_every_block_is_a_source() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    kinds = [source.type for block in blocks for source in Settings.model_validate(tomli.loads(block)).danmaku.sources]
    assert kinds == ["twitch", "bilibili", "bilibili_web", "youtube"]


def test_the_snippet_is_python() -> None:
    [snippet] = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    compile(snippet, "docs/sources.md", "exec")


def test_every_field_of_the_status_is_told() -> None:
    table = DOCS.partition("## Is it working?")[2].partition("\n\nWaits")[0]
    told = {
        name for cells in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", cells)
    }
    assert told | {"next_try"} == {field.name for field in fields(Progress)}
    assert all(f"`{state}`" in table for state in get_args(State))
