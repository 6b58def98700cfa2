"""Between the nodes and ComfyUI's VAE and CONDITIONING."""

from typing import Any

import node_helpers
import torch
from torch import Tensor

from ...postcam_core.errors import ShapeError
from .conditions import CAMERA, GUIDE, SOURCE, SOURCE_CAMERA

_LATENT_CHANNELS = 16


def encode(vae: Any, images: Tensor) -> Tensor:
    """Encode frames as one clip.

    Args:
        vae: ComfyUI's VAE.
        images: [frame, height, width, 3] in [0, 1].

    Returns:
        [1, 16, latent frame, latent height, latent width], in the scale of a LATENT.

    Raises:
        ShapeError: If the VAE is not one for video with 16 channels, as Wan 2.1's is.
    """
    latents = vae.encode(images)
    if latents.ndim != 5 or latents.shape[1] != _LATENT_CHANNELS:
        raise ShapeError(
            "VAE",
            expected="a video VAE with 16 channels (Wan 2.1)",
            got=f"latents of shape {tuple(latents.shape)}",
            todo="Load wan_2.1_vae with Load VAE.",
        )
    return latents


def join(
    conditioning: list,
    source: Tensor,
    guide: Tensor | None,
    camera_w2c: Tensor,
    source_camera_w2c: Tensor | None = None,
) -> list:
    """The conditioning with what the PostCam model reads from it."""
    values = {SOURCE: source, GUIDE: guide, CAMERA: camera_w2c, SOURCE_CAMERA: source_camera_w2c}
    given = {key: value for key, value in values.items() if value is not None}
    return node_helpers.conditioning_set_values(conditioning, given)


def no_text() -> list:
    """Conditioning without text: a width of 0, which the model turns into zeros of its own text width."""
    return [[torch.zeros(1, 1, 0), {}]]
