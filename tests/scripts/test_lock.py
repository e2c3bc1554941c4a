"""The lock files: exact, complete for what pyproject.toml asks, and without the packages nobody wants."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PIN = re.compile(r'[a-z0-9.-]+==[0-9][^ ]*( ; python_version == "3\.1[12]")?')


def pins(*files: str) -> dict[str, str]:
    lines = [line for file in files for line in (ROOT / file).read_text().splitlines()]
    found = [Requirement(line) for line in lines if line[:1].isalnum()]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in found}


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name)
def test_each_line_is_one_exact_version_and_names_no_host(path: Path) -> None:
    for line in path.read_text().splitlines():
        assert line.startswith("#") or line == "-c requirements-cuda.lock" or PIN.fullmatch(line), line


@pytest.mark.parametrize(
    ("wanted", "files"),
    [
        (PROJECT["dependencies"], ["requirements.lock", "requirements-nodeps.lock"]),
        (PROJECT["optional-dependencies"]["dev"], ["requirements.lock", "requirements-dev.lock"]),
    ],
    ids=["run", "dev"],
)
def test_what_the_project_asks_for_is_locked_at_a_version_it_allows(wanted: list[str], files: list[str]) -> None:
    locked = pins(*files)
    for requirement in map(Requirement, wanted):
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not locked: run scripts/update_lock.sh"
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}"


def test_torch_and_torchaudio_match() -> None:
    locked = pins("requirements.lock")
    assert locked["torch"] == locked["torchaudio"]


def test_the_server_does_not_need_cuda_packages_or_the_training_stack_of_f5_tts() -> None:
    locked = set(pins("requirements.lock", "requirements-dev.lock"))
    assert not {name for name in locked - {"nvidia-ml-py"} if name.startswith(("nvidia-", "cuda-", "triton"))}
    assert locked.isdisjoint({"f5-tts", "gradio", "wandb", "datasets", "bitsandbytes", "transformers", "accelerate"})
