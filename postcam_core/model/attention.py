"""Attention as the model sees it: a function that the host may replace, and the layers built on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .layers import LayerFactory
from .rope import RotaryTable, rotate

AttentionFn: TypeAlias = Callable[[Tensor, Tensor, Tensor, int], Tensor]
"""``attention(queries, keys, values, num_heads)``: all ``[batch, token, num_heads × head_dim]``, and so is the
result. ComfyUI's ``optimized_attention`` has this form."""


def sdpa(
    queries: Float[Tensor, "batch token dim"],
    keys: Float[Tensor, "batch context dim"],
    values: Float[Tensor, "batch context dim"],
    num_heads: int,
) -> Float[Tensor, "batch token dim"]:
    """Scaled dot-product attention by torch's fastest kernel for the device: the default."""
    heads = [x.unflatten(-1, (num_heads, -1)).transpose(1, 2) for x in (queries, keys, values)]
    return nn.functional.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2)


@dataclass(frozen=True, kw_only=True)
class KeysValues:
    """What a witness offers to attention."""

    keys: Float[Tensor, "batch context dim"]
    values: Float[Tensor, "batch context dim"]

    def joined(self, other: "KeysValues") -> "KeysValues":
        """Both witnesses side by side, to be weighed in one softmax."""
        return KeysValues(
            keys=torch.cat([self.keys, other.keys], dim=1),
            values=torch.cat([self.values, other.values], dim=1),
        )

    def repeated(self, num_branches: int) -> "KeysValues":
        """The same witness for several branches, one after the other along the batch."""
        if num_branches == 1:
            return self
        return KeysValues(
            keys=self.keys.repeat(num_branches, 1, 1), values=self.values.repeat(num_branches, 1, 1)
        )


class WanAttention(nn.Module):
    """The layers of an attention of Wan 2.1: normalised queries and keys, one projection out."""

    def __init__(self, dim: int, num_heads: int, *, layers: LayerFactory, attention: AttentionFn) -> None:
        super().__init__()
        self.num_heads, self.attention = num_heads, attention
        self.q, self.k = layers.linear(dim, dim), layers.linear(dim, dim)
        self.v, self.o = layers.linear(dim, dim), layers.linear(dim, dim)
        self.norm_q, self.norm_k = layers.rms_norm(dim), layers.rms_norm(dim)


class SelfAttention(WanAttention):
    """Attention of tokens among themselves, with positions."""

    def forward(
        self, tokens: Float[Tensor, "batch token dim"], rope: RotaryTable, *, num_queries: int | None = None
    ) -> Float[Tensor, "batch query dim"]:
        """Let the first ``num_queries`` tokens (all for None) look at all tokens."""
        queries = self.norm_q(self.q(tokens[:, :num_queries]))
        queries = rotate(queries, rope.first(num_queries), self.num_heads)
        keys = rotate(self.norm_k(self.k(tokens)), rope, self.num_heads)
        return self.o(self.attention(queries, keys, self.v(tokens), self.num_heads))


class TextAttention(WanAttention):
    """Target tokens look at the text; no positions."""

    def keys_values(self, text: Float[Tensor, "batch word dim"]) -> KeysValues:
        """Keys and values of the embedded text; they depend on neither the noise nor the timestep."""
        return KeysValues(keys=self.norm_k(self.k(text)), values=self.v(text))

    def forward(
        self, target: Float[Tensor, "batch token dim"], text: KeysValues
    ) -> Float[Tensor, "batch token dim"]:
        """Ask the text."""
        queries = self.norm_q(self.q(target))
        return self.o(self.attention(queries, text.keys, text.values, self.num_heads))
