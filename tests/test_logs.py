from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import pickle
import sys
from collections.abc import Iterator

import pytest

from ishowtts.errors import InvalidRequest
from ishowtts.logs import FIELDS, JsonLines, LogStyle, PlainLines, adopt, adopt_loop, style_in_effect


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logging.captureWarnings(False)
    logger.handlers[:] = handlers
    logger.setLevel(level)


def line_of(style: LogStyle, error: Exception | None = None, **extra: object) -> str:
    record = logging.LogRecord("ishowtts.x", logging.ERROR, "x.py", 1, "job %s failed", ("a",), None)
    vars(record).update(extra)
    if error is not None:
        try:
            raise error
        except Exception:
            record.exc_info = sys.exc_info()
    formatter = JsonLines(style) if style.json_lines else PlainLines(style)
    return formatter.format(record)


@pytest.mark.parametrize("json_lines", [False, True])
def test_what_an_exception_says_is_told_at_debug_only(json_lines: bool) -> None:
    error = ValueError("cannot say: my secret")
    error.__cause__ = KeyError("the secret")
    quiet = line_of(LogStyle(logging.INFO, json_lines), error)
    assert "secret" not in quiet
    for told in ("ValueError", "KeyError", "test_logs.py", "job a failed"):
        assert told in quiet
    assert "my secret" in line_of(LogStyle(logging.DEBUG, json_lines), error)


def test_what_our_own_errors_and_the_system_say_is_told() -> None:
    for error in (InvalidRequest("`speed` is too high."), OSError(28, "No space left on device")):
        assert str(error) in line_of(LogStyle(), error)


def test_groups_and_endless_causes_are_told_without_words() -> None:
    group = ExceptionGroup("secret", [ValueError("secret"), TypeError("secret")])
    first, second = ValueError("secret"), TypeError("secret")
    first.__cause__, second.__cause__ = second, first
    for error in (group, first):
        told = line_of(LogStyle(), error)
        assert "secret" not in told
        assert "ValueError" in told
        assert "TypeError" in told


def test_a_json_line_is_one_line_whatever_is_in_it() -> None:
    line = line_of(
        LogStyle(json_lines=True, process="worker"), ValueError(), **{FIELDS: {"path": 'a\n"b', "level": "x"}}
    )
    assert "\n" not in line
    told = json.loads(line)
    assert (told["process"], told["path"], told["level"], told["message"]) == ("worker", 'a\n"b', "ERROR", "request")
    assert "Traceback" in told["exception"]


def test_another_process_can_log_in_the_same_way(root: logging.Logger) -> None:
    style = LogStyle(logging.WARNING, json_lines=True)
    style.apply()
    assert pickle.loads(pickle.dumps(style_in_effect())) == style
    LogStyle().apply()
    assert style_in_effect() == LogStyle()


def test_loggers_with_handlers_of_their_own_are_taken_over(
    root: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", ours)
    LogStyle(json_lines=True).apply()
    stranger = logging.getLogger("stranger.of.a.library")
    stranger.addHandler(logging.StreamHandler(theirs))
    stranger.propagate = False
    adopt()
    stranger.warning("hello")
    assert json.loads(ours.getvalue())["message"] == "hello"
    assert theirs.getvalue() == ""


def test_what_nobody_caught_is_told_without_words(root: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = io.StringIO()
    monkeypatch.setattr(sys, "stderr", lines)
    LogStyle(json_lines=True).apply()

    async def fail() -> None:
        raise ValueError("".join(("se", "cret")))  # the line itself is in the traceback

    async def run() -> None:
        adopt_loop(asyncio.get_running_loop())
        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(run())
    told = json.loads(lines.getvalue())
    assert told["message"] == "Task exception was never retrieved"
    assert "ValueError" in told["exception"]
    assert "secret" not in lines.getvalue()
