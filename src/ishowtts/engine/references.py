"""Reference clips as tensors, kept by content hash and bounded by bytes.

The earlier way, a key made of a temporary object's id, handed one voice's clip to another; a digest of the file's
bytes cannot.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ishowtts.audio.reference import decode_reference
from ishowtts.engine.features import HOP_LENGTH, SAMPLE_RATE, MelFeatures
from ishowtts.engine.job import Reference
from ishowtts.errors import UnusableReference

TARGET_RMS = 0.1  # quieter clips are raised to this before cloning, as upstream does


@dataclass(frozen=True)
class Clip:
    """mel (1, frames, 100) on the engine's device, normalised; `gain` is what the clip was multiplied with."""

    mel: Tensor
    gain: float

    @property
    def frames(self) -> int:
        return self.mel.shape[1]

    @property
    def nbytes(self) -> int:
        return self.mel.numel() * self.mel.element_size()


class ReferenceCache:
    """Least recently used clips go first; one clip larger than the whole limit is used but not kept."""

    def __init__(self, features: MelFeatures, device: torch.device, max_bytes: int) -> None:
        self.features = features
        self.device = device
        self.max_bytes = max_bytes
        self.hits = self.misses = self.nbytes = 0
        self._clips: OrderedDict[str, Clip] = OrderedDict()

    def __len__(self) -> int:
        return len(self._clips)

    def get(self, reference: Reference) -> Clip:
        """The clip of a reference, decoded at most once. Raises `UnusableReference`."""
        clip = self._clips.get(reference.sha256)
        if clip is not None:
            self.hits += 1
            self._clips.move_to_end(reference.sha256)
            return clip
        self.misses += 1
        clip = self._load(reference)
        if clip.nbytes <= self.max_bytes:
            self._clips[reference.sha256] = clip
            self.nbytes += clip.nbytes
            while self.nbytes > self.max_bytes:
                self.nbytes -= self._clips.popitem(last=False)[1].nbytes
        return clip

    def _load(self, reference: Reference) -> Clip:
        try:
            data = reference.audio.read_bytes()
        except OSError as error:
            raise UnusableReference(f"The clip of voice {reference.voice!r} cannot be read.") from error
        if hashlib.sha256(data).hexdigest() != reference.sha256:
            raise UnusableReference(
                f"The clip of voice {reference.voice!r} has changed on disk: start the server again to use it."
            )
        try:
            wav = decode_reference(data, SAMPLE_RATE)
        except UnusableReference as error:
            raise UnusableReference(f"The clip of voice {reference.voice!r} cannot be used. {error.message}") from error
        gain = max(1.0, TARGET_RMS / float(np.sqrt(np.mean(wav**2))))
        frames = len(wav) // HOP_LENGTH
        mel = self.features(torch.from_numpy(wav * gain)[None].to(self.device))
        return Clip(mel[:, :, :frames].transpose(1, 2).contiguous(), gain)
