"""The forward pass of F5-TTS's `DiT` over packed sequences: upstream's weights, upstream's results.

What upstream computes again at every step is computed once: the conditions' share of the input projection when a job
opens, the modulation of the blocks when a time is first used, rotations when the model is loaded. The rest of a block
is two functions, one on each side of attention, each of which `torch.compile` fuses to a few kernels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ishowtts.engine.attention import Attention
from ishowtts.engine.features import N_MELS
from ishowtts.engine.modulation import Modulation
from ishowtts.engine.packing import Packing

EPS = 1e-6  # of every norm in `DiT`
HEAD_DIM = 64
GROUPS = 16  # of the position convolution
MODULATION_SLOTS = 256
MAX_POSITIONS = 8192  # 87 s: what upstream's text embedding holds


class Block(NamedTuple):
    """Weights of one transformer block, in the dtype they are multiplied in."""

    qkv: Tensor
    qkv_bias: Tensor
    out: Tensor
    out_bias: Tensor
    up: Tensor
    up_bias: Tensor
    down: Tensor
    down_bias: Tensor


def before_attention(
    h: Tensor, slot: Tensor, table: Tensor, cos: Tensor, sin: Tensor, block: Block
) -> tuple[Tensor, Tensor, Tensor]:
    """h (tokens, dim) fp32; slot (tokens,), a row of table (slots, 6 * dim) each, or (1,), one row for all; cos, sin
    (tokens, heads or 1, 32) → q, k, v (heads, tokens, 64)."""
    dim = h.shape[1]
    shift, scale = table[slot, :dim], table[slot, dim : 2 * dim]
    x = F.layer_norm(h, (dim,), eps=EPS) * (1 + scale) + shift
    qkv = F.linear(x.to(block.qkv.dtype), block.qkv, block.qkv_bias)
    q, k, v = qkv.view(len(h), 3, -1, HEAD_DIM).unbind(1)
    q, k = _rotate(q, cos, sin), _rotate(k, cos, sin)
    return q.transpose(0, 1).contiguous(), k.transpose(0, 1).contiguous(), v.transpose(0, 1).contiguous()


def after_attention(h: Tensor, attended: Tensor, slot: Tensor, table: Tensor, block: Block) -> Tensor:
    """attended (heads, tokens, 64) → h (tokens, dim) fp32 as the block leaves it."""
    dim = h.shape[1]
    gate = table[slot, 2 * dim : 3 * dim]
    h = h + gate * F.linear(attended.transpose(0, 1).reshape(len(h), -1), block.out, block.out_bias)
    shift, scale = table[slot, 3 * dim : 4 * dim], table[slot, 4 * dim : 5 * dim]
    x = F.layer_norm(h, (dim,), eps=EPS) * (1 + scale) + shift
    x = _gelu(F.linear(x.to(block.up.dtype), block.up, block.up_bias))
    return h + table[slot, 5 * dim :] * F.linear(x, block.down, block.down_bias)


def _gelu(x: Tensor) -> Tensor:
    """GELU with tanh. For a compiler it is x σ(2u), the same function: its exponential costs a third of a tanh."""
    if not torch.compiler.is_compiling():
        return F.gelu(x, approximate="tanh")
    y = x.float()
    return (y * torch.sigmoid(2 * math.sqrt(2 / math.pi) * (y + 0.044715 * y**3))).to(x.dtype)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding, in fp32, of channels that are stored evens first: the products are upstream's."""
    even, odd = x.float().chunk(2, -1)
    return torch.cat((even * cos - odd * sin, odd * cos + even * sin), -1).to(x.dtype)


class PackedDiT:
    """A `DiT` of upstream's, taken apart. Computes in `dtype`; sums, norms and modulation stay in fp32."""

    def __init__(self, dit: Any, device: torch.device, dtype: torch.dtype) -> None:
        _refuse_what_is_not_here(dit)
        self.device, self.dtype, self.dim = device, dtype, int(dit.dim)
        self.modulation = Modulation(dit, MODULATION_SLOTS, device)
        self.text_embed: nn.Module = dit.text_embed.to(device, torch.float32).eval()
        to: dict[str, Any] = {"device": device, "dtype": dtype}
        proj = dit.input_embed.proj
        noise, audio, text = torch.split(proj.weight.detach(), [N_MELS, N_MELS, proj.in_features - 2 * N_MELS], 1)
        self._noise_in = noise.to(**to)
        self._audio_in, self._text_in, self._bias_in = (x.to(device).float() for x in (audio, text, proj.bias.detach()))
        convs: list[Any] = [m for m in dit.input_embed.conv_pos_embed.conv1d if isinstance(m, nn.Conv1d)]
        self._convs = [(c.weight.detach().to(**to), c.bias.detach().to(**to)) for c in convs]
        self.blocks = [_block(b, to) for b in dit.transformer_blocks]
        self._out = dit.proj_out.weight.detach().to(**to), dit.proj_out.bias.detach().to(**to)
        self._cos, self._sin = _rotations(dit, device)
        self.attention = Attention()
        self.before: Callable[..., tuple[Tensor, Tensor, Tensor]] = before_attention
        self.after: Callable[..., Tensor] = after_attention

    @torch.no_grad()
    def conditions(self, prompt: Tensor, tokens: Tensor, frames: int, guided: bool) -> Tensor:
        """What a job adds to the input of every step.

        prompt (reference frames, 100) fp32 normalised mel, tokens (1, nt) int64 → (rows * frames, dim) fp32: with
        prompt and text, and, if `guided`, once more without either.
        """
        audio = F.linear(prompt, self._audio_in)
        rows = [F.linear(self.text_embed(tokens, frames)[0], self._text_in, self._bias_in)]
        rows[0][: len(audio)] += audio
        if guided:
            rows.append(F.linear(self.text_embed(tokens, frames, drop_text=True)[0], self._text_in, self._bias_in))
        return torch.cat(rows)

    @torch.no_grad()
    def __call__(self, x: Tensor, conditions: Tensor, packing: Packing, slot: Tensor) -> Tensor:
        """x (tokens, 100) fp32 noisy mel, conditions (tokens, dim), slot (tokens,) rows of `modulation`, or (1,) where
        all jobs are at the same time, which costs less → velocity (tokens, 100) fp32."""
        h = F.linear(x.to(self.dtype), self._noise_in) + conditions
        h = h + self._position(h.to(self.dtype), packing)
        cos, sin = self._cos[packing.position], self._sin[packing.position]
        for block, table in zip(self.blocks, self.modulation.blocks, strict=True):
            q, k, v = self.before(h, slot, table, cos, sin, block)
            h = self.after(h, self.attention(q, k, v, packing), slot, table, block)
        scale, shift = self.modulation.final[slot].chunk(2, 1)
        h = F.layer_norm(h, (self.dim,), eps=EPS) * (1 + scale) + shift
        return F.linear(h.to(self.dtype), *self._out).float()

    def _position(self, h: Tensor, packing: Packing) -> Tensor:
        """Both convolutions over all sequences at once; the zeros between them are made zero again after the first."""
        laid = h.new_zeros(packing.padded_length, self.dim)
        laid[packing.padded] = h
        for weight, bias in self._convs:
            out = F.mish(F.conv1d(laid.T[None], weight, bias, padding=weight.shape[2] // 2, groups=GROUPS))
            out = out[0].T[packing.padded]
            laid[packing.padded] = out
        return out


def _refuse_what_is_not_here(dit: Any) -> None:
    attention = dit.transformer_blocks[0].attn
    if attention.q_norm is not None or dit.long_skip_connection is not None:
        raise NotImplementedError("qk_norm and long_skip_connection are in no released F5-TTS")


def _block(block: Any, to: dict[str, Any]) -> Block:
    attn, ff = block.attn, block.ff.ff
    q, k = (_evens_first(x) for x in (attn.to_q, attn.to_k))
    scaled = [x * HEAD_DIM**-0.5 for x in q]  # exact: a power of two
    qkv, qkv_bias = (torch.cat(x) for x in zip(scaled, k, (attn.to_v.weight, attn.to_v.bias), strict=True))
    rest = (attn.to_out[0], ff[0][0], ff[2])
    tensors = [qkv, qkv_bias, *(x for linear in rest for x in (linear.weight, linear.bias))]
    return Block(*(x.detach().to(**to).contiguous() for x in tensors))


def _evens_first(linear: Any) -> tuple[Tensor, Tensor]:
    """Rows of a projection so that each head gives its even channels first: rotation then has no pairs to untangle.
    Scores are sums over channels and do not notice."""
    order = torch.cat((torch.arange(0, HEAD_DIM, 2), torch.arange(1, HEAD_DIM, 2)))
    weight = linear.weight.view(-1, HEAD_DIM, linear.in_features)[:, order].flatten(0, 1)
    return weight, linear.bias.view(-1, HEAD_DIM)[:, order].flatten()


def _rotations(dit: Any, device: torch.device) -> tuple[Tensor, Tensor]:
    """cos and sin (positions, heads or 1, 32) fp32; heads that upstream does not rotate get 1 and 0."""
    rotary, attention = dit.rotary_embed, dit.transformer_blocks[0].attn
    angles = torch.outer(torch.arange(MAX_POSITIONS).float(), rotary.inv_freq.float().cpu())
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]
    rotated = attention.processor.pe_attn_head
    if rotated is not None:
        still = attention.heads - rotated
        cos = torch.cat((cos.expand(-1, rotated, -1), torch.ones_like(cos).expand(-1, still, -1)), 1)
        sin = torch.cat((sin.expand(-1, rotated, -1), torch.zeros_like(sin).expand(-1, still, -1)), 1)
    return cos.contiguous().to(device), sin.contiguous().to(device)
