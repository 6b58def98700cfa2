"""The mini VAE: Wan's architecture, narrow; made, measured, written as a file that every Wan loader reads."""

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from safetensors.torch import save_file
from torch import Tensor

from ...pipeline.wan_vae import check_video
from ...whole_files import written_whole
from .linear_decoder import set_decoder
from .linear_encoder import fit_basis, set_encoder
from .original_names import original_names

if TYPE_CHECKING:
    from diffusers import AutoencoderKLWan

# 3.6 million weights: 7.2 MB in bfloat16.
BASE_DIM = 16
# Least squares need no more than a few clips; the components profit from more.
_CLIPS_FOR_DECODER = 8


def linear_vae(clips: list[Float[Tensor, "frame 3 height width"]], *, seed: int = 0) -> "AutoencoderKLWan":
    """A mini VAE at its linear start; see :mod:`.linear_encoder`.

    Its latents have about zero mean and unit variance: unlike those of a file, they are not yet in Wan's units.

    Args:
        clips: Some dozens of typical clips of 4n + 1 frames in [-1, 1], sides that divide by 8.
        seed: Of the random choices.

    Raises:
        ShapeError: If a clip has another number of frames or other sides.
    """
    for clip in clips:
        check_video(clip)
    from diffusers import AutoencoderKLWan

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # the residual branches' first convolutions, silent at the start
        vae = AutoencoderKLWan(base_dim=BASE_DIM)
    basis = fit_basis(clips)
    set_encoder(vae, basis)
    step = max(1, len(clips) // _CLIPS_FOR_DECODER)
    set_decoder(vae, basis, clips[::step], seed=seed)
    return vae.requires_grad_(False)


@torch.no_grad()
def save_vae(vae: "AutoencoderKLWan", path: Path, *, metadata: dict[str, str]) -> None:
    """Write a VAE of normalised latents as a file in Wan's units, under the original names, in bfloat16.

    Loaders subtract Wan's mean from the latents and divide by its deviation; the first and last convolution
    undo that beforehand, so that what the transformer sees is normalised.
    """
    tensors = {name: tensor.clone() for name, tensor in vae.state_dict().items()}
    mean, deviation = (torch.tensor(values) for values in (vae.config.latents_mean, vae.config.latents_std))
    # Of the encoder's channels the first are the latents; the others are their log-variance.
    num = len(mean)
    tensors["quant_conv.weight"][:num] *= deviation[:, None, None, None, None]
    tensors["quant_conv.bias"][:num] *= deviation
    tensors["quant_conv.bias"][:num] += mean
    weight = tensors["post_quant_conv.weight"]
    weight *= 1 / deviation[:, None, None, None]
    tensors["post_quant_conv.bias"] -= weight[:, :, 0, 0, 0] @ mean
    with written_whole(path) as temporary:
        stored = {name: x.to(torch.bfloat16).contiguous() for name, x in original_names(tensors).items()}
        save_file(stored, temporary, metadata)
