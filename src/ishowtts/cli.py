"""`ishowtts`: the command line. Each command is a file in `commands/`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from ishowtts import __version__
from ishowtts.commands.check_config import check_config
from ishowtts.commands.common import examples, note
from ishowtts.commands.doctor import doctor
from ishowtts.commands.key import key
from ishowtts.commands.models import models
from ishowtts.commands.say import say
from ishowtts.commands.serve import serve
from ishowtts.commands.training import export, prepare_corpus, repaint, train, train_durations, train_vocoder
from ishowtts.commands.voice_edits import add, remove
from ishowtts.commands.voices import voices
from ishowtts.errors import ConfigError, SpeechError

app = typer.Typer(
    name="ishowtts",
    help="Text in, speech in a cloned voice out: F5-TTS as a server, or from the command line.",
    epilog=examples("ishowtts serve", 'ishowtts say "Hello, and welcome." -o hello.wav', "ishowtts doctor"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
_debug = False


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ishowtts {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    global _debug
    _debug = debug


_EXAMPLES: dict[Callable[..., None], tuple[str, ...]] = {
    serve: ("ishowtts serve", "ishowtts serve --port 8080", "ishowtts serve --host 0.0.0.0 --insecure"),
    say: (
        'ishowtts say "Hello, and welcome to the stream." -o hello.wav',
        "ishowtts say 欢迎来到直播间。 -o welcome.mp3 --speed 1.1 --seed 7",
        "echo Hello | ishowtts say - -o - | aplay",
    ),
    models: ("ishowtts models", "ishowtts models --json"),
    key: (
        "ishowtts key obs --scope synthesise --scope overlay --priority high",
        "ishowtts key owner --scope admin",
        "ishowtts key bot --scope danmaku --json",
    ),
    doctor: ("ishowtts doctor", "ishowtts doctor --config my.toml"),
    check_config: ("ishowtts check-config", "ishowtts check-config --config my.toml --json"),
    prepare_corpus: ("ishowtts prepare-corpus data/teacher-speech --corpus runs/corpus",),
    train: (
        "ishowtts train runs/dit --minutes 120",
        "ishowtts train runs/more --init models/mine",
        "ishowtts train runs/mine --tokens characters --sample-every 500",
    ),
    repaint: ("ishowtts repaint models/mine --corpus runs/corpus",),
    train_vocoder: (
        "ishowtts train-vocoder runs/vocoder --corpus runs/corpus",
        "ishowtts train-vocoder runs/better --init models/mine --adversarial-from 0 --repainted",
    ),
    train_durations: ("ishowtts train-durations runs/durations --corpus runs/corpus --minutes 5",),
    export: ("ishowtts export models/mine --dit runs/dit --vocoder runs/vocoder --durations runs/durations",),
}
_TRAINING = (prepare_corpus, train, repaint, train_vocoder, train_durations, export)
for _command, _lines in _EXAMPLES.items():
    _panel = "Making a model of your own" if _command in _TRAINING else None
    app.command(_command.__name__.replace("_", "-"), epilog=examples(*_lines), rich_help_panel=_panel)(_command)

_ADD = 'ishowtts voices add anna.wav --id anna --text "What Anna says in the clip." --consent'
_voices = typer.Typer()
_voices.callback(
    invoke_without_command=True,
    epilog=examples("ishowtts voices", "ishowtts voices --json", _ADD, "ishowtts voices remove anna"),
)(voices)
_voices.command(epilog=examples(_ADD, f"{_ADD} --replace"))(add)
_voices.command(epilog=examples("ishowtts voices remove anna"))(remove)
app.add_typer(_voices, name="voices")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0, 1 for an error, 2 for a wrong setting or option."""
    try:
        app(arguments)
    except SpeechError as error:
        if _debug:
            raise
        note(f"Error: {error.message}", "bold red")
        sys.exit(2 if isinstance(error, ConfigError) else 1)


if __name__ == "__main__":
    main()
