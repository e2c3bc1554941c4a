from __future__ import annotations

import contextlib
import io
import re
import tomllib
from pathlib import Path

from ishowtts.danmaku.event import bounded
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.verdict import REASONS, is_paid

DOCS = (Path(__file__).parents[2] / "docs" / "danmaku-text.md").read_text(encoding="utf-8")


def test_every_reason_is_documented() -> None:
    assert set(re.findall(r"^\|[^|]*\| `(\w+)` \|", DOCS, re.MULTILINE)) == set(REASONS)


def test_the_policy_in_the_docs_is_one() -> None:
    toml = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    assert [Policy.model_validate(tomllib.loads(text)) for text in toml]


def test_the_snippet_in_the_docs_prints_what_stands_there() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    (printed,) = re.findall(r"```\n\n```\n(.*?)```", DOCS, re.DOTALL)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "docs", "exec"), {})
    assert out.getvalue() == printed


def test_what_counts_as_paid() -> None:
    assert is_paid(bounded("twitch", "gift", "a", gift="subscription"))
    assert is_paid(bounded("bilibili", "gift", "a", amount=1))
    assert not is_paid(bounded("bilibili", "gift", "a", amount=0))
    assert not is_paid(bounded("bilibili", "chat", "a", amount=5))
