"""A decoder that starts as the best linear one: each level fitted by least squares to what the encoder saw there.

Its convolutions follow an upsampling by repetition, so blocks cannot be put back exactly; given its neighbours'
channels, though, each convolution finds the best overlap by itself.
"""

from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...pipeline.wan_vae import LATENT_CHANNELS
from .linear_encoder import (
    NUM_CARRIERS,
    LinearBasis,
    by_frame,
    by_moment,
    channel_rows,
    set_channels,
    set_pairs,
    silence_branches,
    space_to_channels,
    static_latents,
    zero,
)

if TYPE_CHECKING:
    from diffusers import AutoencoderKLWan

# Colours are at most 1. Not longer than needed: the last level's residual branches see it beside the colours, and a
# channel that drowned the others in their norms would leave them nothing to learn from.
_CONSTANT = 6.0
# Least squares on a part of all positions: far more rows than the some 600 unknowns of a channel.
_NUM_ROWS = 40_000
_RIDGE = 1e-4


@torch.no_grad()
def set_decoder(
    vae: "AutoencoderKLWan",
    basis: LinearBasis,
    clips: list[Float[Tensor, "frame 3 height width"]],
    *,
    seed: int = 0,
) -> None:
    """Fit the decoder's skeleton to the latents that the encoder gives for some clips.

    Args:
        vae: With the encoder already set.
        basis: What the encoder computes.
        clips: Of 4n + 1 frames, at most a few dozen.
        seed: Which positions are fitted.
    """
    decoder, generator = vae.decoder, torch.Generator().manual_seed(seed)
    silence_branches(decoder)
    set_channels(decoder.conv_in, torch.eye(LATENT_CHANNELS))

    targets = [_Targets(clip, basis) for clip in clips]
    features = [
        vae.encode(clip.transpose(0, 1)[None]).latent_dist.mode()[0].transpose(0, 1) for clip in clips
    ]
    first, second, third = (block.upsamplers[0] for block in decoder.up_blocks[:3])
    features = _fit_time(first, features, [t.eighth for t in targets], generator)
    features = _fit_space(first, features, [t.quarter for t in targets], generator)
    features = _fit_time(second, features, [t.quarter_all for t in targets], generator)
    features = _fit_space(second, features, [t.half for t in targets], generator)
    _fit_space(third, features, [t.clip for t in targets], generator)
    _set_head(third.resample[1], decoder)


class _Targets:
    """What each level should show, from the clip itself. A first frame has no change."""

    def __init__(self, clip: Tensor, basis: LinearBasis) -> None:
        self.clip, self.half = clip, space_to_channels(clip)
        self.quarter_all = by_frame(basis, clip)
        self.quarter = by_moment(basis, self.quarter_all)
        positions = space_to_channels(self.quarter)
        static = static_latents(basis, positions)
        # Only carriers that are zero in the first frame: it is handed on as its latents are.
        carriers = torch.einsum("kp,fphw->fkhw", basis.carriers[NUM_CARRIERS:], positions)
        gap = static.new_zeros(len(static), LATENT_CHANNELS - static.shape[1], *static.shape[2:])
        self.eighth = torch.cat([static, gap, carriers], dim=1)


def _fit_time(
    upsampler: nn.Module, features: list[Tensor], targets: list[Tensor], generator: torch.Generator
) -> list[Tensor]:
    """Each latent moment after the first becomes two; returns the features that come out."""
    time_conv, dim = upsampler.time_conv, upsampler.dim
    zero(time_conv)
    weight = time_conv.weight[:, :, -1, 0, 0]
    num_inputs, num_outputs = features[0].shape[1], targets[0].shape[1]
    rows = torch.cat([channel_rows(x[1:]) for x in features])
    for moment in range(2):
        wanted = torch.cat([channel_rows(x[1 + moment :: 2]) for x in targets])
        matrix, bias = _least_squares(rows, wanted, generator)
        channels = slice(moment * dim, moment * dim + num_outputs)
        weight[channels, :num_inputs] = matrix
        time_conv.bias[channels] = bias
    result = []
    for x in features:
        both = torch.einsum("oc,fchw->fohw", weight[:, :num_inputs], x[1:]) + time_conv.bias[:, None, None]
        doubled = both.unflatten(1, (2, dim)).flatten(0, 1)[:, :num_outputs]
        first = torch.cat([x[:1], x.new_zeros(1, num_outputs, *x.shape[2:])], dim=1)[:, :num_outputs]
        result.append(torch.cat([first, doubled]))
    return result


def _fit_space(
    upsampler: nn.Module, features: list[Tensor], targets: list[Tensor], generator: torch.Generator
) -> list[Tensor]:
    """Sizes double; returns the features that come out."""
    repeat, conv = upsampler.resample
    zero(conv)
    num_inputs, num_outputs = features[0].shape[1], targets[0].shape[1]
    share = max(1, sum(_num_rows(x) for x in targets) // _NUM_ROWS)
    rows, wanted = [], []
    for x, target in zip(features, targets, strict=True):
        patches = nn.functional.unfold(repeat(x), 3, padding=1)
        chosen = torch.randint(patches.shape[2], (len(x), patches.shape[2] // share), generator=generator)
        rows.append(
            patches.gather(2, chosen[:, None].expand(-1, patches.shape[1], -1)).transpose(1, 2).flatten(0, 1)
        )
        wanted.append(
            target.flatten(2)
            .gather(2, chosen[:, None].expand(-1, num_outputs, -1))
            .transpose(1, 2)
            .flatten(0, 1)
        )
    matrix, bias = _least_squares(torch.cat(rows), torch.cat(wanted), generator)
    conv.weight[:num_outputs, :num_inputs] = matrix.unflatten(1, (num_inputs, 3, 3))
    conv.bias[:num_outputs] = bias
    return [conv(_padded(repeat(x), conv.in_channels))[:, :num_outputs] for x in features]


def _set_head(conv: nn.Module, decoder: nn.Module) -> None:
    """Colours, their negatives and the constant, and a head that puts them together again."""
    conv.weight[3:6], conv.bias[3:6] = -conv.weight[:3], -conv.bias[:3]
    conv.bias[6] = _CONSTANT
    set_pairs(decoder.norm_out, decoder.conv_out, 3, _CONSTANT)


def _least_squares(
    rows: Float[Tensor, "row into"], wanted: Float[Tensor, "row out"], generator: torch.Generator
) -> tuple[Float[Tensor, "out into"], Float[Tensor, " out"]]:
    chosen = torch.randperm(len(rows), generator=generator)[:_NUM_ROWS]
    rows, wanted = rows[chosen].double(), wanted[chosen].double()
    rows = torch.cat([rows, rows.new_ones(len(rows), 1)], dim=1)
    normal = rows.T @ rows
    normal += _RIDGE * normal.diagonal().mean() * torch.eye(len(normal), dtype=torch.float64)
    solution = torch.linalg.solve(normal, rows.T @ wanted).T.float()
    return solution[:, :-1], solution[:, -1]


def _num_rows(x: Tensor) -> int:
    return x.shape[0] * x.shape[2] * x.shape[3]


def _padded(x: Tensor, channels: int) -> Tensor:
    return nn.functional.pad(x, (0, 0, 0, 0, 0, channels - x.shape[1]))
