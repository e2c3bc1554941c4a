"""What start_all.sh needs to know about a server: where it will listen, whether that port is free, when it is ready.

Standard library only, except `address`, which asks the settings.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

READY, FAILED, TIMED_OUT = 0, 1, 2


def address(config: Path | None, host: str | None, port: int | None) -> None:
    """Print `host port` as the server will see them: flags, environment, file, default; port 0 is made a free one."""
    from ishowtts.errors import ConfigError
    from ishowtts.settings import load_settings

    try:
        server = load_settings(config, {"server.host": host, "server.port": port}).settings.server
    except ConfigError as error:
        sys.exit(f"error: {error}")
    number = server.port
    if number == 0:
        with socket.create_server((server.host, 0)) as free:
            number = free.getsockname()[1]
    print(server.host, number)


def is_free(host: str, port: int) -> bool:
    """True when a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            return True
    except OSError as error:
        print(error.strerror or error, file=sys.stderr)
        return False


def ask(host: str, port: int) -> tuple[int, dict[str, Any]]:
    """Status and JSON body of /readyz; status 0 while nobody listens. Proxies of the environment are not used."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = json.loads(answer.read() or b"{}")
        return answer.status, body if isinstance(body, dict) else {}
    except (OSError, ValueError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()


def alive(pid: int) -> bool:
    """False too for a process that has ended and waits for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def wait(host: str, port: int, pid: int, seconds: float) -> int:
    """Until /readyz is 200, the process ends, loading fails for good, or time is up. Prints each stage once."""
    deadline, shown = time.monotonic() + seconds, ""
    while True:
        status, body = ask(host, port)
        if status == 200:
            return READY
        if body.get("status") == "failed":
            print(f"[start] the model could not be loaded: {body.get('reason')}")
            return FAILED
        if not alive(pid):
            print("[start] the server ended before it was ready")
            return FAILED
        stage = str(body.get("stage") or (f"answers with {status}" if status else "starting Python"))
        if stage != shown:
            print(f"[start] {float(body.get('progress', 0)):4.0%} {stage}", flush=True)
            shown = stage
        if time.monotonic() >= deadline:
            print(f"[start] not ready after {seconds:g} s")
            return TIMED_OUT
        time.sleep(0.2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    where = commands.add_parser("address")
    where.add_argument("--config", type=Path)
    where.add_argument("--host")
    where.add_argument("--port", type=int)
    for name in ("free", "wait"):
        command = commands.add_parser(name)
        command.add_argument("host")
        command.add_argument("port", type=int)
        if name == "wait":
            command.add_argument("pid", type=int)
            command.add_argument("seconds", type=float)
    arguments = parser.parse_args()
    if arguments.command == "address":
        address(arguments.config, arguments.host, arguments.port)
        return 0
    if arguments.command == "free":
        return 0 if is_free(arguments.host, arguments.port) else 1
    return wait(arguments.host, arguments.port, arguments.pid, arguments.seconds)


if __name__ == "__main__":
    sys.exit(main())
