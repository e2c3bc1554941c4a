"""`ishowtts prepare-corpus`, `train`, `train-vocoder`, `train-durations`, `export`: from recordings to a model."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ishowtts.commands.common import note

CorpusOption = Annotated[Path, typer.Option("--corpus", help="Folder that prepare-corpus wrote.", file_okay=False)]
MinutesOption = Annotated[float | None, typer.Option("--minutes", help="Stop after so long; run again to resume.")]
DeviceOption = Annotated[str, typer.Option("--device", help="cpu or cuda.")]
ThreadsOption = Annotated[int, typer.Option("--threads", help="CPU threads; 0 is one for each core.")]
InitOption = Annotated[Path | None, typer.Option("--init", help="Bundle that a new run begins from.", file_okay=False)]
SampleOption = Annotated[
    int,
    typer.Option("--sample-every", min=0, help="Steps from one sample sheet (PNG and WAV) to the next; 0 is never."),
]
RunArgument = Annotated[Path, typer.Argument(help="Folder of checkpoints and log; an earlier run in it is resumed.")]


class Tokens(StrEnum):
    """What the model reads: one phoneme a frame (needs durations), or the text's characters and pinyin."""

    phonemes = "phonemes"
    characters = "characters"


def prepare_corpus(
    source: Annotated[Path, typer.Argument(help="Folder with manifest.jsonl.gz, vocab.json and shard-*.tar.")],
    corpus: CorpusOption = Path("runs/corpus"),
) -> None:
    """Turn shards of recordings into memory-mapped mels, frame labels and samples (1.2 GB for 5 hours).

    A line of the manifest has id, lang (en or zh), speaker and text; recordings are mono at 24 kHz, named by their id.
    With phonemes and durations a line can train every model, without them `train --tokens characters`.
    """
    from ishowtts.training.corpus import prepare

    prepare(source, corpus)
    note(f"{corpus} is ready: ishowtts train runs/dit --corpus {corpus}", "dim")


def train(
    run: RunArgument,
    corpus: CorpusOption = Path("runs/corpus"),
    steps: Annotated[int, typer.Option("--steps", help="Where the learning rate reaches its floor.")] = 60_000,
    minutes: MinutesOption = None,
    init: InitOption = None,
    dim: Annotated[int, typer.Option("--dim")] = 256,
    depth: Annotated[int, typer.Option("--depth")] = 8,
    tokens: Annotated[
        Tokens, typer.Option("--tokens", help="One phoneme a frame, or characters, which need no durations.")
    ] = Tokens.phonemes,
    sample_every: SampleOption = 1000,
    vocoder: Annotated[
        str | None, typer.Option("--vocoder", help="Bundle or hf:// that the samples are heard through.", metavar="DIR")
    ] = None,
    seed: Annotated[int, typer.Option("--seed")] = 0,
    device: DeviceOption = "cpu",
    threads: ThreadsOption = 0,
) -> None:
    """Train the diffusion transformer; Ctrl-C loses at most 500 steps. Samples go to RUN/samples."""
    from ishowtts.engine.device import set_threads
    from ishowtts.training import dit
    from ishowtts.training.corpus import Corpus

    set_threads(threads)
    shape = dit.DitShape(dim=dim, depth=depth, heads=dim // 64)
    training = dit.DitTraining(
        steps=steps, tokens=tokens.value, seed=seed, sample_every=sample_every, vocoder=vocoder, device=device
    )
    dit.train(Corpus(corpus), run, shape, training, minutes, init)


def train_vocoder(
    run: RunArgument,
    corpus: CorpusOption = Path("runs/corpus"),
    steps: Annotated[int, typer.Option("--steps")] = 60_000,
    adversarial_from: Annotated[int, typer.Option("--adversarial-from", help="Step the critics join at.")] = 20_000,
    minutes: MinutesOption = None,
    init: InitOption = None,
    repainted: Annotated[
        bool, typer.Option("--repainted", help="Three quarters of what it hears are mels that `repaint` made.")
    ] = False,
    sample_every: SampleOption = 1000,
    seed: Annotated[int, typer.Option("--seed")] = 0,
    device: DeviceOption = "cpu",
    threads: ThreadsOption = 0,
) -> None:
    """Train the vocoder: spectral losses first, then critics as well. Samples go to RUN/samples."""
    from ishowtts.engine.device import set_threads
    from ishowtts.training import vocoder
    from ishowtts.training.corpus import Corpus
    from ishowtts.training.repaint import Repainted

    set_threads(threads)
    recorded = Corpus(corpus)
    painted = Repainted(corpus, recorded) if repainted else None
    training = vocoder.VocoderTraining(
        steps=steps, adversarial_from=adversarial_from, sample_every=sample_every, seed=seed, device=device
    )
    vocoder.train(recorded, run, vocoder.VocosShape(), training, minutes, init, painted)


def repaint(
    model: Annotated[Path, typer.Argument(help="Bundle whose transformer paints.", file_okay=False)],
    corpus: CorpusOption = Path("runs/corpus"),
    seed: Annotated[int, typer.Option("--seed")] = 0,
    device: DeviceOption = "cpu",
    threads: ThreadsOption = 0,
) -> None:
    """Let a trained transformer paint over the fine detail of every recording, for `train-vocoder --repainted`.

    Written beside the corpus; Ctrl-C loses nothing, run again to go on. 5 hours of speech take one core half an hour.
    """
    from ishowtts.engine.device import set_threads
    from ishowtts.training.repaint import repaint as paint

    set_threads(threads)
    paint(corpus, model, seed, device)


def train_durations(
    run: RunArgument,
    corpus: CorpusOption = Path("runs/corpus"),
    steps: Annotated[int, typer.Option("--steps")] = 6_000,
    minutes: MinutesOption = None,
    seed: Annotated[int, typer.Option("--seed")] = 0,
    threads: ThreadsOption = 0,
) -> None:
    """Train the duration predictor; a few minutes on one core."""
    from ishowtts.engine.device import set_threads
    from ishowtts.training import durations
    from ishowtts.training.corpus import Corpus

    set_threads(threads)
    durations.train(Corpus(corpus), run, durations.DurationTraining(steps=steps, seed=seed), minutes=minutes)


def export(
    out: Annotated[Path, typer.Argument(help="Folder to write the bundle to; model.checkpoint can name it.")],
    dit: Annotated[Path, typer.Option("--dit", file_okay=False)] = Path("runs/dit"),
    vocoder: Annotated[Path, typer.Option("--vocoder", file_okay=False)] = Path("runs/vocoder"),
    durations: Annotated[Path, typer.Option("--durations", file_okay=False)] = Path("runs/durations"),
) -> None:
    """Write the moving averages of the runs as a bundle: fp16 weights, sizes, vocabulary.

    A model trained on characters has no durations, and --durations is not read.
    """
    from ishowtts.training.export import export as write_bundle

    config = write_bundle(dit, vocoder, durations, out)
    note(f"{out}: {config['training']}", "dim")
