"""The upstream `f5_tts` model classes, without their trainer.

`import f5_tts.model` also imports the training stack (wandb, datasets, accelerate: about 6 s and 1 GB).
The classes used for inference live in submodules that need none of it, so a bare package object is
registered under the package's name first and Python finds the submodules through its `__path__`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from pathlib import Path
from typing import Any


def _register_bare_package(name: str) -> None:
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name.partition(".")[0])
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("f5-tts is not installed: pip install f5-tts", name="f5_tts")
    package = types.ModuleType(name)
    package.__path__ = [str(Path(spec.submodule_search_locations[0], *name.split(".")[1:]))]
    sys.modules[name] = package


def upstream(module: str) -> Any:
    """Import `f5_tts.model.<module>`, for example `upstream("cfm").CFM`."""
    _register_bare_package("f5_tts.model")
    return importlib.import_module(f"f5_tts.model.{module}")
