"""Mels that the transformer has painted over: for a vocoder that will hear its mels, not those of recordings.

A vocoder trained on recordings alone meets the model's mels for the first time in use, and speech loses by it. What
the model says is not in time with any recording, though. So each recording is taken most of the way to noise's other
end, where the flow's last one or two steps begin, and only those are the model's: the words, the voice and the timing
are the recording's, the fine detail is the model's.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from ishowtts.engine.build import load_model
from ishowtts.engine.device import place
from ishowtts.engine.features import HOP_LENGTH, N_MELS
from ishowtts.engine.frontend import AlignedFrontend
from ishowtts.engine.packing import Packing
from ishowtts.engine.schedule import time_grid
from ishowtts.engine.transformer import PackedDiT
from ishowtts.errors import CheckpointError
from ishowtts.settings import ModelSettings
from ishowtts.training.corpus import Corpus

FILE = "repainted.f16"
NFE, CFG, SWAY = 7, 2.0, -1.0
LAST_STEPS = (1, 2)  # how many of them are the model's, by chance
PROMPT_FRAMES = 250


class Painter:
    """A model and how it paints over the end of a flow."""

    def __init__(self, bundle: Path, corpus: Corpus, device: str) -> None:
        """Raises `CheckpointError` if the model in `bundle` was not trained on this corpus's symbols."""
        loaded, placement = load_model(ModelSettings(checkpoint=str(bundle))), place(device, "auto")
        if not isinstance(loaded.frontend, AlignedFrontend) or list(loaded.frontend.vocab) != corpus.vocab:
            raise CheckpointError(f"{bundle} reads other symbols than this corpus has labels for")
        self.corpus, self.norm, self.device = corpus, loaded.norm, placement.device
        self.dit = PackedDiT(loaded.cfm.transformer, placement.device, placement.compute)
        self.grid = time_grid(NFE, SWAY)

    @torch.no_grad()
    def __call__(self, utterance: dict[str, Any], rng: np.random.Generator) -> Tensor:
        """Log-mel (frames, 100) fp32 of the utterance, after another one of the speaker as prompt."""
        spoken = self.corpus.by_speaker[utterance["speaker"]]
        prompt = spoken[rng.integers(len(spoken))]
        cut = slice(-min(prompt["frames"], PROMPT_FRAMES) - utterance["frames"], None)
        mel = self.norm.encode(torch.from_numpy(self.corpus.log_mel(prompt, utterance)[cut]).to(self.device))
        tokens = torch.from_numpy(self.corpus.labels(prompt, utterance)[cut])[None].to(self.device)
        heard = len(mel) - utterance["frames"]
        conditions = self.dit.conditions(mel[:heard], tokens, len(mel), guided=True)
        packing = Packing.of([(len(mel), 2)], self.device)
        times = self.grid[-1 - int(rng.choice(LAST_STEPS)) :]
        noise = torch.from_numpy(rng.standard_normal(mel.shape, dtype=np.float32)).to(self.device)
        x = (1 - times[0]) * noise + times[0] * mel
        for now, then in pairwise(times):
            slot = torch.tensor(self.dit.modulation.slots([now]), device=self.device)
            velocity = self.dit(x[packing.frame], conditions, packing, slot)
            said, unsaid = velocity[packing.guided], velocity[packing.unguided]
            x = x + (then - now) * (said + (said - unsaid) * CFG)
        return self.norm.decode(x[heard:]).cpu()


def repaint(root: Path, bundle: Path, seed: int = 0, device: str = "cpu") -> None:
    """Write `root/repainted.f16`: every training utterance of the corpus in `root`, painted over by `bundle`'s model.

    Goes on where an earlier call stopped: what is not painted yet is NaN.
    """
    corpus = Corpus(root)
    painter, path = Painter(bundle, corpus, device), root / FILE
    if path.exists():
        out = np.memmap(path, np.float16, "r+", shape=corpus.mel.shape)
    else:
        out = np.memmap(path, np.float16, "w+", shape=corpus.mel.shape)
        out[:] = np.nan
    for number, utterance in enumerate(tqdm(corpus.training, desc="repaint", unit="utt", dynamic_ncols=True)):
        frames = slice(utterance["start"], utterance["start"] + utterance["frames"])
        if np.isnan(out[frames.start, 0]):
            painted = painter(utterance, np.random.default_rng([seed, number])).numpy().astype(np.float16)
            out[frames.start + 1 : frames.stop] = painted[1:]
            out[frames.start] = painted[0]  # last: it says that the rest is there
    out.flush()


class Repainted:
    """What `repaint` wrote beside a corpus, as far as it got."""

    def __init__(self, root: Path, corpus: Corpus) -> None:
        """Raises `CheckpointError` if nothing was painted."""
        path = root / FILE
        if not path.exists():
            raise CheckpointError(f"{path} is not there: ishowtts repaint --corpus {root} writes it")
        self.mel = np.memmap(path, np.float16, "r").reshape(-1, N_MELS)
        self.wav = corpus.wav
        self.utterances = [u for u in corpus.training if not np.isnan(self.mel[u["start"], 0])]

    def clips(self, rng: np.random.Generator, size: int, frames: int) -> tuple[Tensor, Tensor]:
        """Random clips: log-mel (size, frames + 1, 100) fp32, and (size, 256 * frames) fp32 true sound in ±1."""
        lengths = np.array([max(0, u["frames"] - frames) for u in self.utterances])
        chosen = rng.choice(len(lengths), size, p=lengths / lengths.sum())
        starts = [self.utterances[i]["start"] + int(rng.integers(lengths[i])) for i in chosen]
        mel = np.stack([self.mel[a : a + frames + 1] for a in starts]).astype(np.float32)
        wav = np.stack([self.wav[a * HOP_LENGTH : (a + frames) * HOP_LENGTH] for a in starts])
        return torch.from_numpy(mel), torch.from_numpy(wav.astype(np.float32) / 32768)
