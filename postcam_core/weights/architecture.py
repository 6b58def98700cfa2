"""What the names and shapes in a file say about the model it belongs to."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from ..errors import CheckpointError
from ..model import PostCamConfig
from .files import Checkpoint

_WAN_HEAD_DIM = 128


def config_of(checkpoint: Checkpoint, path: Path) -> PostCamConfig:
    """The config that a file carries, or the one its shapes imply.

    Shapes say everything but the number of heads, the norms' epsilon and the guide's positions; without
    metadata these are Wan's (heads of 128, 1e-6) and the released model's.

    Raises:
        CheckpointError: If the file is no PostCam transformer, or shapes do not suffice.
    """
    missing = missing_architecture(checkpoint.tensors)
    if missing:
        raise CheckpointError(
            f"{path}",
            expected="a PostCam transformer",
            got=missing,
            todo="Load the released postcam.ckpt or a file converted from it.",
        )
    if "config" in checkpoint.metadata:
        return _from_metadata(checkpoint.metadata["config"], path)
    return _from_shapes(checkpoint.tensors, path)


def missing_architecture(tensors: Mapping[str, Tensor]) -> str:
    """Empty for PostCam's names; otherwise the nearest model known, in words."""
    if "head.modulation" not in tensors or "patch_embedding.weight" not in tensors:
        return "tensors of another model"
    if "blocks.0.cam_encoder.weight" in tensors:
        return "ReCamMaster (a camera encoder in every block, no query-shared attention)"
    if "blocks.0.cross_attn_cam.k_render.weight" not in tensors:
        return "plain Wan (no camera encoder, no query-shared attention)"
    return ""


def _from_metadata(text: str, path: Path) -> PostCamConfig:
    try:
        values = json.loads(text)
        # ComfyUI looks for the config one level down.
        return PostCamConfig.from_mapping(values.get("transformer", values))
    except (json.JSONDecodeError, AttributeError, TypeError) as error:
        raise CheckpointError(
            f"{path}: config in the metadata",
            expected="a JSON object with the model's sizes",
            got=f"{text[:80]!r}",
            todo="Convert the checkpoint again.",
        ) from error


def _from_shapes(tensors: Mapping[str, Tensor], path: Path) -> PostCamConfig:
    try:
        dim, in_dim, *patch_size = tensors["patch_embedding.weight"].shape
        head = tensors["head.head.weight"].shape[0]
        ffn_dim = tensors["blocks.0.ffn.0.weight"].shape[0]
        text_dim = tensors["text_embedding.0.weight"].shape[1]
        freq_dim = tensors["time_embedding.0.weight"].shape[1]
    except KeyError as error:
        raise CheckpointError(
            f"{path}", expected=f"a tensor named {error}", got="none", todo="The file is incomplete."
        ) from error
    if dim % _WAN_HEAD_DIM:
        raise CheckpointError(
            f"{path}",
            expected=f"a width that divides by {_WAN_HEAD_DIM}, or a config in the metadata",
            got=f"{dim} and no config",
            todo="Pass the PostCamConfig: the number of heads does not show in the shapes.",
        )
    return PostCamConfig(
        dim=dim,
        ffn_dim=ffn_dim,
        num_heads=dim // _WAN_HEAD_DIM,
        num_layers=1 + max(int(key.split(".")[1]) for key in tensors if key.startswith("blocks.")),
        text_dim=text_dim,
        freq_dim=freq_dim,
        in_dim=in_dim,
        out_dim=head // math.prod(patch_size),
        patch_size=tuple(patch_size),
    )
