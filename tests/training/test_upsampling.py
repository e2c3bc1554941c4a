from __future__ import annotations

import copy

import torch

from ishowtts.engine.upstream import upstream
from ishowtts.training.upsampling import average_upsample, vectorise


def dit() -> torch.nn.Module:
    torch.manual_seed(0)
    made: torch.nn.Module = upstream("backbones.dit").DiT(
        dim=64, depth=1, heads=1, dim_head=64, dropout=0.0, ff_mult=2, mel_dim=100, text_num_embeds=30, text_dim=16,
        conv_layers=1, text_mask_padding=True, text_embedding_average_upsampling=True,
    )  # fmt: skip
    for parameter in made.parameters():  # upstream's last layers begin at zero, which would hide every difference
        torch.nn.init.normal_(parameter, std=0.1)
    return made


def test_bit_identical_to_upstream_for_any_lengths() -> None:
    upstreams = dit().text_embed.average_upsample_text_by_mask  # type: ignore[union-attr]
    generator = torch.Generator().manual_seed(0)
    lengths = [(1, 40), (7, 40), (40, 40), (39, 40), (13, 27), (0, 40), (5, 0), (12, 5), (3, 3)]  # tokens, frames
    text = torch.randn(len(lengths), 40, 8, generator=generator)
    mask = torch.arange(40)[None] < torch.tensor([t for t, _ in lengths])[:, None]
    frames = torch.tensor([f for _, f in lengths])
    assert torch.equal(average_upsample(text, mask, frames), upstreams(text, mask, frames))
    holes = torch.rand(len(lengths), 40, generator=generator) < 0.5
    assert torch.equal(average_upsample(text, holes, frames), upstreams(text, holes, frames))


def test_a_model_learns_the_same_from_it() -> None:
    theirs = dit()
    ours = copy.deepcopy(theirs)
    vectorise(ours)
    generator = torch.Generator().manual_seed(1)
    x, cond = (torch.randn(3, 50, 100, generator=generator) for _ in range(2))
    text = torch.randint(0, 30, (3, 20), generator=generator)
    text[1, 11:] = text[2, 5:] = -1
    mask = torch.arange(50)[None] < torch.tensor([50, 44, 17])[:, None]
    outs = [m(x, cond, text, torch.tensor([0.1, 0.5, 0.9]), mask=mask) for m in (ours, theirs)]
    assert torch.equal(*outs)
    for out in outs:
        out.square().mean().backward()
    for (name, a), b in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert (a.grad is None) == (b.grad is None), name
        if a.grad is not None and b.grad is not None:
            torch.testing.assert_close(a.grad, b.grad, rtol=1e-4, atol=1e-7)
