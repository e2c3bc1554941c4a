"""How natural it sounds: DistillMOS, a predicted mean opinion score from 1 to 5. Not heard by people."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import numpy as np
import torch

from ishowtts.bench.extras import need

SAMPLE_RATE = 16_000
NAME = "DistillMOS v7, distillmos 0.9.1"


class Rater:
    def __init__(self) -> None:
        need("xls_r_sqa")
        with redirect_stdout(io.StringIO()):  # it prints where its weights lie
            self._model = need("distillmos").ConvTransformerSQAModel().eval()

    @torch.inference_mode()
    def rate(self, pcm: np.ndarray) -> float:
        """pcm (samples,) float32 at 16 kHz → 1..5."""
        return float(self._model(torch.from_numpy(pcm)[None])[0, 0])
