"""The decoder without its residual blocks: linear but for the head, a small part of the cost, and trained first.

Fitted level by level, the skeleton is the best for each level but not for all together. Trained as a whole it wins
more than a decibel within minutes on a processor.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor, nn

if TYPE_CHECKING:
    from diffusers import AutoencoderKLWan

_LAYERS = ("conv_in", "time_conv", "resample", "conv_shortcut", "norm_out", "conv_out")


def skeleton_parameters(vae: "AutoencoderKLWan") -> Iterator[nn.Parameter]:
    """What the skeleton computes with."""
    for name, parameter in vae.decoder.named_parameters():
        if any(layer in name for layer in _LAYERS):
            yield parameter


def decode_by_skeleton(
    vae: "AutoencoderKLWan", latents: Float[Tensor, "batch 16 frame height width"]
) -> Float[Tensor, "batch 3 frames pixel_height pixel_width"]:
    """What the decoder gives while its residual blocks and its attention are silent, whole clips at once."""
    decoder = vae.decoder
    x = decoder.conv_in(vae.post_quant_conv(latents))
    for block in decoder.up_blocks:
        for resnet in block.resnets:
            x = resnet.conv_shortcut(x)
        if block.upsamplers is not None:
            x = _enlarged(block.upsamplers[0], x)
    return decoder.conv_out(decoder.nonlinearity(decoder.norm_out(x)))


def _enlarged(upsampler: nn.Module, x: Tensor) -> Tensor:
    """Twice the size and, where the level has a convolution in time, two frames for each but the first."""
    if hasattr(upsampler, "time_conv"):
        first, rest = x[:, :, :1], x[:, :, 1:]
        moments = upsampler.time_conv(rest).unflatten(1, (2, -1))
        x = torch.cat([first, moments.transpose(1, 2).transpose(2, 3).flatten(2, 3)], dim=2)
    frames = upsampler.resample(x.transpose(1, 2).flatten(0, 1))
    return frames.unflatten(0, (len(x), -1)).transpose(1, 2)
