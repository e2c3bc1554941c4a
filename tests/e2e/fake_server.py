"""`ishowtts serve` with the fake engine: python -m tests.e2e.fake_server FOLDER STEP_SECONDS DRAIN_SECONDS JOBS."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path

from ishowtts.commands.network import listen
from ishowtts.commands.serve import _run
from ishowtts.logs import LogStyle
from tests.api.server import make
from tests.fakes import FakeFactory


def main() -> None:
    folder, (step_seconds, drain, together) = Path(sys.argv[1]), map(float, sys.argv[2:])
    LogStyle(logging.INFO, json_lines=True).apply()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    wishes = {"server": {"drain_timeout": drain, "port": 0}, "logging": {"json_lines": True}}
    app, _ = make(folder, FakeFactory(step_seconds=step_seconds, max_batch=int(together)), **wishes)
    settings = app.state.services.settings
    with listen(settings.server) as listener:
        _run(app, settings, listener)


if __name__ == "__main__":
    main()
