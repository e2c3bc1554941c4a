"""Log lines on stderr, plain or one JSON object each, alike in the server and in its worker process.

Messages of unexpected exceptions are left out above DEBUG: they may quote what a caller wants said.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from ishowtts.errors import SpeechError

FIELDS = "fields"
"""`extra={FIELDS: {…}}` of a log call: what a JSON line tells one by one, and the message in one string."""

HARMLESS = (SpeechError, OSError, ImportError, MemoryError)
"""Exceptions whose messages never hold a caller's text."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


@dataclass(frozen=True, slots=True)
class LogStyle:
    """How a process logs. Picklable, so that another one can log in the same way."""

    level: int = logging.INFO
    json_lines: bool = False
    process: str = "server"

    def apply(self) -> None:
        """Send every logger of this process to stderr, and nothing below `level`."""
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines(self) if self.json_lines else PlainLines(self))
        logging.basicConfig(level=self.level, handlers=[handler], force=True)
        logging.captureWarnings(True)


def style_in_effect() -> LogStyle:
    """Of this process, whoever has set it up."""
    root = logging.getLogger()
    json_lines = any(isinstance(handler.formatter, JsonLines) for handler in root.handlers)
    return LogStyle(root.getEffectiveLevel(), json_lines)


def adopt() -> None:
    """Let every logger that has handlers of its own speak through ours."""
    for name in list(logging.Logger.manager.loggerDict):
        logger = logging.getLogger(name)
        if logger.handlers:
            logger.handlers.clear()
            logger.propagate = True


def adopt_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Log what nobody caught as any other exception: asyncio's own way quotes it in the message."""

    def tell(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        logging.getLogger("asyncio").error("%s", context.get("message"), exc_info=context.get("exception"))

    loop.set_exception_handler(tell)


class _Discreet(logging.Formatter):
    def __init__(self, style: LogStyle) -> None:
        who = "worker " if style.process == "worker" else ""
        super().__init__(f"%(asctime)s %(levelname)s {who}%(name)s: %(message)s")
        self._process = style.process
        self._all = style.level <= logging.DEBUG

    def formatException(self, ei: ExcInfo) -> str:
        """The traceback; above DEBUG without messages that may quote the caller."""
        if self._all or ei[1] is None:
            return super().formatException(ei)
        return "".join(_without_messages(ei[1])).rstrip()


class PlainLines(_Discreet):
    """For a person."""


class JsonLines(_Discreet):
    """One object a line: time (UTC, ISO 8601), level, process, logger, message or fields, and a traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = getattr(record, FIELDS, {})
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process,
            "logger": record.name,
            "message": "request" if fields else record.getMessage(),
        }
        line |= {name: value for name, value in fields.items() if name not in line}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _without_messages(error: BaseException, depth: int = 10) -> Iterator[str]:
    """As Python prints an exception and what led to it, with most messages left out."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth:
        yield from _without_messages(cause, depth - 1)
        yield "\nand then:\n"
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(error.__traceback__)
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions if depth else ():
            yield from _without_messages(inner, depth - 1)
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    yield f"{name}: {error}\n" if isinstance(error, HARMLESS) else f"{name} (message at DEBUG)\n"
