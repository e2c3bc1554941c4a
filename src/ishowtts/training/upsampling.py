"""Upstream's average upsampling of text without its loop over samples and tokens, and with the same result.

Upstream repeats each of a text's tokens equally often, the last ones once more where the frames do not divide, and
reads every length back from the device to do so; on a GPU each of those waits for all work before it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def average_upsample(text: Tensor, text_mask: Tensor, target_lens: Tensor) -> Tensor:
    """text (b, n, d), text_mask (b, n) True at tokens, target_lens (b,) frames → (b, n, d), zeros past each target."""
    count, frames = text_mask.sum(1, keepdim=True), target_lens[:, None]
    whole = count.clamp(min=1)
    base, rest = frames // whole, frames % whole
    shorter = count - rest  # tokens that last `base` frames; those after them last one more
    at = torch.arange(text.shape[1], device=text.device)[None]
    split = shorter * base
    token = torch.where(at < split, at // base.clamp(min=1), shorter + (at - split) // (base + 1))
    within = (at < frames) & (count > 0)
    places = torch.argsort(~text_mask, dim=1, stable=True)  # where the tokens are, in order
    source = places.gather(1, token.clamp(0, text.shape[1] - 1))
    spread = text.gather(1, source[..., None].expand_as(text))
    return torch.where(within[..., None], spread, torch.zeros_like(spread))


def vectorise(dit: nn.Module) -> None:
    """Use it in one of upstream's `DiT`s."""
    dit.text_embed.average_upsample_text_by_mask = average_upsample  # type: ignore[union-attr]
