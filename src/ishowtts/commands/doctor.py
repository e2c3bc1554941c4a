"""`ishowtts doctor`: is everything there to speak, and what to do about what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import typer
from rich.text import Text

from ishowtts.commands.common import STYLES, ConfigOption, JsonOption, load, note, out, print_json
from ishowtts.errors import ConfigError


def doctor(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Check machine, libraries, model, voices, settings and who can reach the server; exit 1 where something fails."""
    from ishowtts.commands import checks, exposure_checks, setup_checks
    from ishowtts.commands.checks import Line

    steps: list[Callable[[], Iterator[Line]]] = [
        checks.python,
        checks.machine,
        checks.disk,
        checks.libraries,
        checks.engine,
    ]
    lines: list[Line] = []

    def show(line: Line) -> None:
        lines.append(line)
        if not as_json:
            mark = Text.assemble((f"{line.state:<5}", STYLES[line.state]), f"{line.about:<11}", line.found)
            out.print(mark, soft_wrap=True)
            if line.todo:
                out.print(Text(f"{'':<16}→ {line.todo}", style="dim"), soft_wrap=True)

    try:
        loaded = load(config)
        first = Line("ok", "settings", f"valid; file: {loaded.config or 'none'}")
        steps += [partial(step, loaded.settings) for step in (setup_checks.model, setup_checks.device)]
        steps.append(partial(setup_checks.voices, loaded.settings))
        steps.append(partial(setup_checks.network, loaded.settings))
        steps.append(partial(exposure_checks.exposure, loaded))
    except ConfigError as error:
        first = Line("fail", "settings", error.message, "mend them: model, voices and port were not looked at")
    show(first)
    for step in steps:
        try:
            for line in step():
                show(line)
        except Exception as error:  # a doctor that falls ill itself helps nobody
            show(Line("fail", "doctor", f"{type(error).__name__}: {error}", "tell us: this check should not fail so"))
    if as_json:
        print_json([{"state": x.state, "about": x.about, "found": x.found, "todo": x.todo} for x in lines])
    failed = sum(line.state == "fail" for line in lines)
    if failed:
        note(f"{failed} thing{'s' if failed > 1 else ''} to mend before this can speak.", "bold red")
        raise typer.Exit(1)
    if not as_json:
        note("Ready to speak.", "green")
