"""`ishowtts say`: speech in a file, without a server."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ishowtts.commands.common import ConfigOption, err, library, load, note
from ishowtts.errors import InvalidRequest, SpeechError

if TYPE_CHECKING:
    from rich.progress import Progress

    from ishowtts.audio.encode import Format
    from ishowtts.serving.worker import Worker
    from ishowtts.settings import Settings
    from ishowtts.synthesis.request import SpeechRequest
    from ishowtts.synthesis.speak import Speech

STDIN = STDOUT = "-"
_MAX_STDIN = 1_000_000  # characters; the limit that is told, server.max_text_chars, is at most a tenth of it


def say(
    text: Annotated[str, typer.Argument(help="What to say; - reads it from standard input.", show_default=False)],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            help="File to write: .wav, .mp3, .opus, .ogg, .flac, .aac or .pcm; - is WAV to standard output.",
        ),
    ],
    voice: Annotated[
        str | None, typer.Option(help="Voice id. Default: the default voice of the text's language.")
    ] = None,
    nfe_step: Annotated[int | None, typer.Option(help="ODE steps, 1 to 64.")] = None,
    cfg_strength: Annotated[float | None, typer.Option(help="Guidance, 0 to 10.")] = None,
    speed: Annotated[float | None, typer.Option(help="Pace, 0.25 to 4.")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same sound.", min=0, max=2**32 - 1)] = None,
    pauses: Annotated[bool, typer.Option(help="Make silence of [pause 0.5s] in the text.")] = True,
    config: ConfigOption = None,
) -> None:
    """Say TEXT and write it to a sound file."""
    flags = {"synthesis.nfe_step": nfe_step, "synthesis.cfg_strength": cfg_strength, "synthesis.speed": speed}
    settings = load(config, flags).settings
    _check_output(output)
    from ishowtts.synthesis.request import prepare

    request = prepare(_read(text), library(settings), settings, voice=voice, seed=seed, pauses=pauses)
    sound, speech = asyncio.run(_speak(request, settings, _format_of(output)))
    _write(output, sound)
    note(
        f"{speech.audio_seconds:.2f} s of speech in {speech.synthesis_seconds:.2f} s (RTF {speech.rtf:.2f}), "
        f"voice {request.voice.id}, seed {request.sampling.seed}"
    )


async def _speak(request: SpeechRequest, settings: Settings, format: Format) -> tuple[bytes, Speech]:
    from ishowtts.audio.encode import encode_file
    from ishowtts.engine.factory import EngineFactory
    from ishowtts.serving.cancel import CancelToken
    from ishowtts.serving.worker import Worker
    from ishowtts.synthesis.speak import Speaker

    # One text: neither compiling nor a warm-up would pay.
    model = settings.model.model_copy(update={"compile": False})
    worker = Worker(settings.queue, EngineFactory(model, settings.cache))
    await worker.start()
    try:
        await _wait_ready(worker)
        speaking = Speaker(worker, settings).speak(request, CancelToken())
        with _progress() as progress:
            bar = progress.add_task("speaking", total=len(speaking.segments))
            chunks = []
            async for chunk in speaking:
                chunks.append(chunk)
                progress.advance(bar)
        return encode_file([chunk.pcm for chunk in chunks], format, chunks[0].sample_rate), speaking.speech
    finally:
        await worker.stop()


def _progress() -> Progress:
    """A bar for a person; a log file would only get blank lines."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=err if err.is_interactive else Console(quiet=True), transient=True)


async def _wait_ready(worker: Worker) -> None:
    """Show how far loading is until jobs are taken. Raises what keeps the model from loading."""
    ready = asyncio.create_task(worker.wait_ready())
    with _progress() as progress:
        bar = progress.add_task("starting", total=1.0)
        while not ready.done():
            await asyncio.wait({ready}, timeout=0.1)
            status = worker.status()
            progress.update(bar, completed=status.fraction, description=status.stage or status.state)
    await ready


def _read(text: str) -> str:
    if text != STDIN:
        return text
    try:
        return sys.stdin.buffer.read(4 * _MAX_STDIN).decode("utf-8")[:_MAX_STDIN]
    except UnicodeDecodeError as error:
        raise InvalidRequest("standard input is not UTF-8 text") from error


def _format_of(output: str) -> Format:
    """By the end of the name; WAV where it has none. Raises `InvalidRequest` for one that is no format of ours."""
    from ishowtts.audio.encode import FORMATS

    ending = Path(output).suffix.lower().removeprefix(".")
    for format in FORMATS:
        if format == ending:
            return format
    if ending in ("", "ogg") or output == STDOUT:
        return "opus" if ending == "ogg" else "wav"
    raise InvalidRequest(f"no sound is written as .{ending}: end the name in {', '.join(FORMATS)} or ogg")


def _check_output(output: str) -> None:
    """Before anything slow: can the sound be put there?"""
    if output == STDOUT:
        if sys.stdout.isatty():
            raise InvalidRequest(
                "-o - writes sound to standard output, which is a terminal here: pipe it, or name a file"
            )
    elif Path(output).is_dir():
        raise InvalidRequest(f"{output} is a folder: name a file in it")
    elif not Path(output).absolute().parent.is_dir():
        raise InvalidRequest(f"there is no folder {Path(output).absolute().parent}")


def _write(output: str, sound: bytes) -> None:
    try:
        if output == STDOUT:
            sys.stdout.buffer.write(sound)
            sys.stdout.buffer.flush()
        else:
            Path(output).write_bytes(sound)
    except OSError as error:
        raise SpeechError(f"cannot write {output}: {error.strerror or error}") from error
