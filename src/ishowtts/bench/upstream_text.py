"""Upstream's own text path: its chunks and its length rule, with no normaliser before them.

The chunker is upstream's function itself, taken out of its file: importing that file loads its demo's whole stack.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

LONGEST_SECONDS = 22.0
"""Of reference and speech together, as `infer_process` has it."""
FEW_BYTES, SLOW = 10, 0.3
"""Texts below so many bytes are said at this speed."""


def chunks(text: str, reference_text: str, reference_seconds: float, speed: float = 1.0) -> list[str]:
    """What upstream would synthesise one by one."""
    rate = len(reference_text.encode()) / reference_seconds
    longest = int(rate * (LONGEST_SECONDS - reference_seconds) * speed)
    return [str(chunk) for chunk in _chunk_text()(text, max_chars=longest)]


def new_frames(text: str, reference_text: str, reference_frames: int, speed: float = 1.0) -> int:
    """Mel frames that upstream gives to `text`: bytes over bytes, slow below ten of them."""
    if len(text.encode()) < FEW_BYTES:
        speed = SLOW
    return int(reference_frames / len(reference_text.encode()) * len(text.encode()) / speed)


@cache
def _chunk_text() -> Any:
    spec = importlib.util.find_spec("f5_tts")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("f5-tts is not installed: pip install f5-tts", name="f5_tts")
    source = Path(next(iter(spec.submodule_search_locations)), "infer", "utils_infer.py").read_text(encoding="utf-8")
    [function] = [node for node in ast.parse(source).body if getattr(node, "name", None) == "chunk_text"]
    scope: dict[str, Any] = {"re": re}
    exec(compile(ast.Module([function], []), "utils_infer.py", "exec"), scope)  # noqa: S102 - an installed package's own
    return scope["chunk_text"]
