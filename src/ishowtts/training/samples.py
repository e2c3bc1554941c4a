"""What a run can say so far: every N steps a few held-out utterances as a sheet of spectrograms, and as WAV files.

The diffusion transformer goes on from another recording of the speaker, with the text and the length of the true one;
the vocoder copies the true one. It is always the same utterances with the same noise, so that sheets compare.
Training goes on as if nothing had been: weights are the moving average's, in a model built for the occasion.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import soundfile as sf
import torch
from torch import Tensor, nn
from tqdm import tqdm
from vocos.pretrained import Vocos

from ishowtts.engine.features import SAMPLE_RATE, MelFeatures, MelNorm
from ishowtts.engine.vocoder import Vocoder, load_vocoder
from ishowtts.errors import CheckpointError
from ishowtts.training.batches import Batches
from ishowtts.training.corpus import Corpus
from ishowtts.training.loop import Ema, undisturbed
from ishowtts.training.sheet import MISSING, Panels, available, draw

COUNT = 4
NFE, CFG, SWAY, SEED = 16, 2.0, -1.0, 0
PROMPT_FRAMES = 256  # 2.7 s
_EASY = range(140, 471)  # frames, 1.5 to 5 s


def choose(corpus: Corpus, count: int = COUNT) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(prompt, target) pairs: held-out targets of 1.5 to 5 s, languages in turn, each of another speaker, who is heard
    in training; the prompt is a recording from there of about 2.7 s."""
    known = [u for u in corpus.validation if u["speaker"] in corpus.by_speaker]
    by_language: dict[str, dict[str, dict[str, Any]]] = {}
    for u in [u for u in known if u["frames"] in _EASY] or known:
        by_language.setdefault(u["lang"], {}).setdefault(u["speaker"], u)
    turns = zip_longest(*(speakers.values() for speakers in by_language.values()))
    targets = [u for turn in turns for u in turn if u is not None][:count]
    return [(prompt_for(corpus, u), u) for u in targets]


def prompt_for(corpus: Corpus, target: dict[str, Any]) -> dict[str, Any]:
    """The training utterance of the speaker whose length is nearest to 2.7 s."""
    return min(corpus.by_speaker[target["speaker"]], key=lambda u: abs(u["frames"] - PROMPT_FRAMES))


def averaged(make: Callable[[], nn.Module], weights: dict[str, Tensor], device: str) -> nn.Module:
    """A model of its own with the moving average's weights, for inference."""
    model = make()
    model.load_state_dict(weights)
    return model.to(device).eval()


def infill(cfm: nn.Module, batches: Batches, prompt: dict[str, Any], target: dict[str, Any], device: str) -> Tensor:
    """The target's text after the prompt, for as long as the true one lasts: log-mel (frames, 100) fp32 on the CPU."""
    corpus, frames = batches.corpus, prompt["frames"] + target["frames"]
    tokens = torch.from_numpy(batches.tokens(prompt, target))[None].to(device)
    heard = torch.from_numpy(corpus.normalised(corpus.log_mel(prompt)))[None].to(device)
    with undisturbed(device), torch.autocast(device, dtype=torch.bfloat16):
        out, _ = cfm.sample(  # type: ignore[operator]
            cond=heard,
            text=tokens,
            duration=max(frames, tokens.shape[1] + 1),  # upstream wants one frame more than tokens; it is cut off
            steps=NFE,
            cfg_strength=CFG,
            sway_sampling_coef=SWAY,
            seed=SEED,
        )
    return corpus.norm.decode(out[0, prompt["frames"] : frames].float().cpu())


class _Samples:
    """Where samples go, and what every one of them needs."""

    def __init__(self, folder: Path, corpus: Corpus) -> None:
        self.folder, self.corpus = folder, corpus
        self.pairs = choose(corpus)
        self.sheets = available()
        if not self.sheets:
            _say(f"no sample sheets, only WAV files: {MISSING}")

    def _true(self, target: dict[str, Any]) -> Tensor:
        return torch.from_numpy(self.corpus.log_mel(target))

    def _write(self, step: int, made: list[tuple[dict[str, Any], Tensor, Tensor | None]], how: str) -> None:
        """`made` are targets with log-mels (frames, 100) and sounds (samples,)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"step-{step:06}"
        for target, _, sound in made:
            true = self.folder / f"true-{target['id']}.wav"
            if not true.exists():
                sf.write(true, self.corpus.sound(target), SAMPLE_RATE)
            if sound is not None:
                sf.write(self.folder / f"{name}-{target['id']}.wav", sound.clamp(-1, 1).cpu().numpy(), SAMPLE_RATE)
        if self.sheets:
            blocks = [
                Panels(f"{u['id']}  {u['speaker']}  ", u["text"], self._true(u).numpy(), mel.cpu().numpy())
                for u, mel, _ in made
            ]
            draw(self.folder / f"{name}.png", f"step {step}, moving average; {how}", blocks, self.corpus.norm.floor)


class ModelSamples(_Samples):
    """Samples of a diffusion transformer; `vocoder` is as for `load_vocoder`, None for the embedded one."""

    def __init__(
        self, folder: Path, batches: Batches, make: Callable[[], nn.Module], vocoder: str | None, device: str
    ) -> None:
        super().__init__(folder, batches.corpus)
        self.batches, self.make, self.device = batches, make, device
        with undisturbed(device):
            self.vocoder = embedded_vocoder() if vocoder is None else load_vocoder(vocoder)
        if self.vocoder is not None:
            note_floors(self.vocoder, batches.corpus.norm)

    def __call__(self, step: int, ema: Ema) -> None:
        made: list[tuple[dict[str, Any], Tensor, Tensor | None]] = []
        with undisturbed(self.device):
            cfm = averaged(self.make, ema.shadow, self.device)
            for prompt, target in self.pairs:
                mel = infill(cfm, self.batches, prompt, target, self.device)
                made.append((target, mel, self.vocoder(mel) if self.vocoder else None))
        self._write(step, made, f"NFE {NFE}, CFG {CFG:g}, sway {SWAY:g}, seed {SEED}, true lengths")


class VocoderSamples(_Samples):
    """Copy synthesis by a vocoder in training."""

    def __init__(self, folder: Path, corpus: Corpus, make: Callable[[], Vocos], device: str) -> None:
        super().__init__(folder, corpus)
        self.make, self.device = make, device
        self.features = MelFeatures(MelNorm(floor=corpus.norm.floor))

    def __call__(self, step: int, ema: Ema) -> None:
        made: list[tuple[dict[str, Any], Tensor, Tensor | None]] = []
        with undisturbed(self.device):
            vocoder = Vocoder(averaged(self.make, ema.shadow, "cpu"), self.corpus.norm.floor)
            for _, target in self.pairs:
                sound = vocoder(self._true(target))
                made.append((target, self.features(sound[None])[0, :, : target["frames"]].T, sound))
        self._write(step, made, "the vocoder's copy of the true spectrogram")


def embedded_vocoder() -> Vocoder | None:
    """The one that ships, or None and a word about it where it does not."""
    try:
        return load_vocoder("f5-mini")
    except CheckpointError as error:
        _say(f"samples have no sound: {error.message}; --vocoder names another")
        return None


def note_floors(vocoder: Vocoder, norm: MelNorm) -> None:
    if vocoder.floor is None or abs(vocoder.floor - norm.floor) > 0.01:
        theirs = "none" if vocoder.floor is None else f"{vocoder.floor:g}"
        _say(
            f"the corpus's log-mels have a floor of {norm.floor:g}, the samples' vocoder was trained with "
            f"{theirs}: silence may hiss or click"
        )


def _say(text: str) -> None:
    tqdm.write(text, file=sys.stderr)
