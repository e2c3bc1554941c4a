"""scripts/lib/env.sh: which interpreter is taken, and what is never overwritten."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENV = Path(__file__).parents[2] / "scripts" / "lib" / "env.sh"


def bash(command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("ISHOWTTS_")} | variables
    return subprocess.run(
        ["bash", "-c", f'set -euo pipefail; source "{ENV}"; {command}'],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_name_that_does_not_run_and_a_version_that_does_not_fit_are_passed_over(tmp_path: Path) -> None:
    script(tmp_path / "python3.12", "exit 127")  # what a version manager leaves for a version it has not enabled
    script(tmp_path / "python3.11", "exit 1")
    (tmp_path / "python3").symlink_to(sys.executable)
    result = bash("find_python", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert result.stdout.strip() in {str(tmp_path / "python3"), "/usr/bin/python3.11", "/usr/bin/python3.12"}


def test_a_named_interpreter_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    result = bash("find_python", ISHOWTTS_PYTHON=str(script(tmp_path / "python2", "exit 1")))
    assert result.returncode == 1
    assert "is not a Python 3.11 or 3.12" in result.stderr


def test_without_any_python_the_error_names_what_to_install(tmp_path: Path) -> None:
    script(tmp_path / "python3", "echo 'Python 3.9.2'; exit 1")
    result = bash("python_fits() { return 1; }; find_python", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert result.returncode == 1
    assert "Python 3.9.2" in result.stderr
    assert "apt-get install python3" in result.stderr


def test_python_without_ensurepip_names_the_debian_package(tmp_path: Path) -> None:
    real = f'case "$*" in *ensurepip*) exit 1;; *) exec "{sys.executable}" "$@";; esac'
    python = script(tmp_path / "python3", real)
    result = bash("make_venv", ISHOWTTS_PYTHON=str(python), ISHOWTTS_VENV=str(tmp_path / "venv"))
    assert result.returncode == 1
    assert f"apt-get install python3.{sys.version_info.minor}-venv" in result.stderr


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("irreplaceable")
    result = bash("make_venv", ISHOWTTS_VENV=str(tmp_path))
    assert result.returncode == 1
    assert "not a Python environment" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_full_disk_is_told_before_anything_is_made(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    venv.mkdir()
    result = bash("df() { printf 'h\\nd 1 1 3000 1%% /\\n'; }; ensure_environment run", ISHOWTTS_VENV=str(venv))
    assert result.returncode == 1
    assert "2 GB free" in result.stderr
    assert not any(venv.iterdir())


def test_setup_off_installs_nothing_and_wants_an_environment(tmp_path: Path) -> None:
    result = bash("ensure_environment run", ISHOWTTS_SETUP="off", ISHOWTTS_VENV=str(tmp_path / "none"))
    assert result.returncode == 1
    assert not (tmp_path / "none").exists()
    assert bash("ensure_environment run", ISHOWTTS_SETUP="off", ISHOWTTS_VENV=sys.prefix).returncode == 0


@pytest.mark.parametrize("changed", ["requirements.lock", "requirements-dev.lock", "pyproject.toml"])
def test_what_is_in_place_is_not_installed_again_until_it_changes(tmp_path: Path, changed: str) -> None:
    root = tmp_path / "checkout"
    (root / "scripts/lib").mkdir(parents=True)
    (root / "scripts/lib/env.sh").write_text(ENV.read_text())
    for name in ("", "-dev", "-cuda", "-nodeps"):
        (root / f"requirements{name}.lock").write_text("a==1\n")
    (root / "pyproject.toml").write_text("[project]\n")
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").symlink_to(sys.executable)

    def installs() -> str:
        fakes = 'check_disk() { :; }; make_venv() { :; }; pip_install() { echo "pip $*"; }; ensure_environment dev'
        source = f'set -euo pipefail; source "{root}/scripts/lib/env.sh"; {fakes}'
        return subprocess.run(["bash", "-c", source], env=clean, capture_output=True, text=True, check=True).stdout

    clean = {k: v for k, v in os.environ.items() if not k.startswith("ISHOWTTS_")}
    first = installs()
    assert first.count("pip ") == 3
    assert installs() == ""
    with (root / changed).open("a") as file:
        file.write("# changed\n")
    assert installs().count("pip ") == (1 if changed == "pyproject.toml" else 2)
    assert installs() == ""
