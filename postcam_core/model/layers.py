"""The small parts: layers as the host makes them, modulation by the timestep, the output head."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .precision import exact_dtype, wide_dtype


@dataclass(frozen=True, kw_only=True)
class LayerFactory:
    """Makes layers of the host's kind, so that its casting, quantisation, offloading and LoRA apply.

    Attributes:
        operations: Namespace with ``Linear``, ``LayerNorm``, ``RMSNorm``, ``Conv3d`` that take torch.nn's
            arguments: ``torch.nn`` itself or one of ComfyUI's.
        eps: Stabiliser of all norms.
        device: Where parameters are created.
        dtype: What parameters are created in.
    """

    operations: Any
    eps: float
    device: torch.device | str | None
    dtype: torch.dtype | None

    def linear(self, in_features: int, out_features: int) -> nn.Module:
        """A linear layer with bias."""
        return self.operations.Linear(in_features, out_features, device=self.device, dtype=self.dtype)

    def patch_embedding(self, channels: int, dim: int, patch_size: tuple[int, int, int]) -> nn.Module:
        """A convolution that turns each patch of a latent video into one token."""
        return self.operations.Conv3d(
            channels, dim, kernel_size=patch_size, stride=patch_size, device=self.device, dtype=self.dtype
        )

    def layer_norm(self, dim: int, *, is_affine: bool = False) -> nn.Module:
        """A layer norm; without weights where modulation follows."""
        return self.operations.LayerNorm(
            dim, eps=self.eps, elementwise_affine=is_affine, device=self.device, dtype=self.dtype
        )

    def rms_norm(self, dim: int) -> nn.Module:
        """A root-mean-square norm over all heads together."""
        return self.operations.RMSNorm(dim, eps=self.eps, device=self.device, dtype=self.dtype)

    def parameter(self, *shape: int) -> nn.Parameter:
        """A bare parameter. Zero, and not random: low-precision dtypes have no random numbers."""
        return nn.Parameter(torch.zeros(*shape, device=self.device, dtype=self.dtype))


@dataclass(frozen=True, kw_only=True)
class Modulation:
    """How the timestep shifts and scales a normed stream, and how much of an update it lets through.

    Kept in float32: in bfloat16 ``1 + scale`` would lose the scale's digits. Where the batch holds more
    branches than these tensors, the branches share them.
    """

    shift: Float[Tensor, "batch 1 dim"]
    scale: Float[Tensor, "batch 1 dim"]
    gate: Float[Tensor, "batch 1 dim"] | None = None

    def apply(self, normed: Float[Tensor, "rows token dim"]) -> Float[Tensor, "rows token dim"]:
        """``normed · (1 + scale) + shift``."""
        shift, scale = _fit(self.shift, normed), _fit(self.scale, normed)
        return torch.addcmul(shift, normed, 1 + scale).to(normed.dtype)

    def add(
        self, stream: Float[Tensor, "rows token dim"], update: Float[Tensor, "rows token dim"]
    ) -> Float[Tensor, "rows token dim"]:
        """``stream + gate · update``."""
        return torch.addcmul(stream, update, _fit(self.gate, stream)).to(stream.dtype)


def _fit(values: Tensor, stream: Tensor) -> Tensor:
    """Repeat values per clip over the stream's branches; one set of values serves every row as it is."""
    if values.shape[0] in (1, stream.shape[0]):
        return values
    return values.repeat(stream.shape[0] // values.shape[0], 1, 1)


def feed_forward(dim: int, ffn_dim: int, *, layers: LayerFactory) -> nn.Sequential:
    """Two linear layers with a GELU (tanh form) between."""
    return nn.Sequential(
        layers.linear(dim, ffn_dim), nn.GELU(approximate="tanh"), layers.linear(ffn_dim, dim)
    )


def timestep_frequencies(timestep: Float[Tensor, " batch"], count: int) -> Float[Tensor, "batch count"]:
    """Cosines, then sines, of the timestep (0 … 1000) at geometric frequencies.

    Source:
        ``sinusoidal_embedding_1d`` of the released code. Differs: the released sampler rounds the timestep
        to bfloat16 first (995.9 → 996); here it stays exact.
    """
    half = count // 2
    exact = exact_dtype(timestep.device)
    frequencies = 10000.0 ** -(torch.arange(half, device=timestep.device, dtype=exact) / half)
    angles = timestep.to(exact)[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=1).to(wide_dtype(timestep.dtype))


class Head(nn.Module):
    """Turns target tokens into patches of velocity."""

    def __init__(
        self, dim: int, out_dim: int, patch_size: tuple[int, int, int], *, layers: LayerFactory
    ) -> None:
        super().__init__()
        self.norm = layers.layer_norm(dim)
        self.head = layers.linear(dim, out_dim * math.prod(patch_size))
        self.modulation = layers.parameter(1, 2, dim)

    def forward(
        self, target: Float[Tensor, "rows token dim"], time: Float[Tensor, "batch dim"]
    ) -> Float[Tensor, "rows token patch"]:
        """Norm, modulate by the embedded timestep, project."""
        wide = wide_dtype(target.dtype)
        shift, scale = (self.modulation.to(time.device, wide) + time.to(wide)[:, None]).chunk(2, dim=1)
        return self.head(Modulation(shift=shift, scale=scale).apply(self.norm(target)))
