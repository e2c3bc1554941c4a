from __future__ import annotations

import torch

from ishowtts.engine.features import MelFeatures, MelNorm
from ishowtts.engine.upstream import upstream


def test_without_a_norm_features_are_upstreams() -> None:
    wav = torch.randn(1, 24_000) * 0.1
    mel = MelFeatures()(wav)
    assert mel.shape == (1, 100, 1 + 24_000 // 256)
    assert torch.equal(mel, upstream("modules").MelSpec()(wav))


def test_the_norm_is_undone() -> None:
    norm = MelNorm(mean=-1.4, std=2.4, floor=-7.0)
    mel = torch.linspace(-11, 4, 50)
    encoded = norm.encode(mel)
    assert torch.allclose(norm.decode(encoded), mel.clamp(min=-7.0), atol=1e-5)
    assert float(encoded.min()) >= (-7.0 + 1.4) / 2.4 - 1e-6
