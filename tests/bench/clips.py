"""Made-up measurements."""

from typing import Any

from ishowtts.bench.clip import Clip


def clip(id: str = "en-00", **changes: Any) -> Clip:
    defaults: dict[str, Any] = {
        "nfe": 7, "language": "en", "kind": "sentence", "voice": "heart", "text": "one two three four",
        "audio_seconds": 2.0, "wall_seconds": 0.5, "cpu_seconds": 0.4, "heard": "one two three four", "errors": 0,
        "length": 4, "whole": True, "similarity": 0.9, "mos": 4.2,
    }  # fmt: skip
    return Clip(id=id, **{**defaults, **changes})
