"""What PostCamConditioning writes into a conditioning, and what the model asks of it before it samples."""

from typing import Any

import torch
from torch import Tensor

from ...postcam_core.errors import PostCamError

# Keys in a conditioning's dictionary, as PostCamConditioning writes them, and the names that core hands on.
SOURCE, GUIDE, CAMERA = "postcam_source_latents", "postcam_guide_latents", "postcam_camera_w2c"
# The source's poses, read only for context windows.
SOURCE_CAMERA = "postcam_source_camera_w2c"
# The released code reads 11 poses whatever the number of frames.
_RELEASED_NUM_POSES = 11
ARGUMENTS = {SOURCE: "source_latents", GUIDE: "guide_latents", CAMERA: "camera_w2c"}
_NAMES = {**ARGUMENTS, SOURCE_CAMERA: "source_camera_w2c"}


class ConditioningError(PostCamError):
    """Conditioning that PostCam cannot be sampled with."""


def check_conditioning(kwargs: dict[str, Any]) -> None:
    """Refuse what is missing, of another length than the latents, or not finite.

    Raises:
        ConditioningError: Naming it.
    """
    for key in (SOURCE, CAMERA):
        if kwargs.get(key) is None:
            raise ConditioningError(
                "conditioning of a PostCam model",
                expected="source video and camera poses in both positive and negative",
                got=f"no {ARGUMENTS[key].replace('_', ' ')}",
                todo="Connect both outputs of PostCam Conditioning to the sampler.",
            )
    noise = kwargs.get("noise")
    if noise is not None and noise.shape[2:] != kwargs[SOURCE].shape[2:]:
        raise ConditioningError(
            "latents to sample",
            expected=f"{tuple(kwargs[SOURCE].shape[2:])} frames, rows and columns, as the source has",
            got=f"{tuple(noise.shape[2:])}",
            todo="Connect the latent output of PostCam Conditioning to the sampler.",
        )
    num_frames, num_poses = kwargs[SOURCE].shape[2], kwargs[CAMERA].shape[1]
    if num_poses not in (num_frames, _RELEASED_NUM_POSES):
        raise ConditioningError(
            "camera poses",
            expected=f"{num_frames}, one per latent frame, or {_RELEASED_NUM_POSES} as the released code asks for",
            got=f"{num_poses}",
            todo="Make the conditioning with PostCam Conditioning from a trajectory for this clip.",
        )
    num_source_poses = num_poses if kwargs.get(SOURCE_CAMERA) is None else kwargs[SOURCE_CAMERA].shape[1]
    if num_source_poses != num_poses:
        raise ConditioningError(
            "the source's camera poses",
            expected=f"{num_poses}, as many as the target's",
            got=f"{num_source_poses}",
            todo="Make the conditioning with PostCam Conditioning, from geometry and trajectory of this clip.",
        )
    for key, name in _NAMES.items():
        if kwargs.get(key) is not None and not torch.isfinite(kwargs[key]).all():
            raise ConditioningError(
                name.replace("_", " "),
                expected="finite numbers",
                got="NaN or infinity",
                todo="Check the VAE and the images or trajectory that it was made from.",
            )


def check_text(text: Tensor | None, text_dim: int) -> None:
    """Refuse text of another model's encoder.

    Raises:
        ConditioningError: Naming both widths.
    """
    if text is not None and text.shape[-1] not in (0, text_dim):
        raise ConditioningError(
            "text",
            expected=f"{text_dim} numbers per word, as this model was trained with, or no text",
            got=f"{text.shape[-1]}",
            todo="Leave positive and negative of PostCam Conditioning unconnected, or load the text encoder "
            "that belongs to the model (umt5_xxl for the released one).",
        )
