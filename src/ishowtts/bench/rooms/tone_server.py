"""`ishowtts serve` with tones for a voice: python -m ishowtts.bench.rooms.tone_server PORT SECONDS_PER_CHARACTER."""

from __future__ import annotations

import logging
import signal
import sys

from ishowtts.app import create_app, make_library
from ishowtts.bench.rooms.tones import ToneFactory
from ishowtts.commands.common import load
from ishowtts.commands.network import listen
from ishowtts.commands.serve import _run
from ishowtts.logs import LogStyle
from ishowtts.serving.metrics import Metrics
from ishowtts.serving.worker import Worker


def main() -> None:
    settings = load(None, {"server.port": int(sys.argv[1])}).settings
    LogStyle(logging.INFO, json_lines=False).apply()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with listen(settings.server) as listener:
        metrics = Metrics()
        worker = Worker(settings.queue, ToneFactory(float(sys.argv[2])), metrics=metrics)
        app = create_app(settings, worker=worker, library=make_library(settings), metrics=metrics)
        _run(app, settings, listener)


if __name__ == "__main__":
    main()
