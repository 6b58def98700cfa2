"""From a checkpoint in ComfyUI's model folders to a MODEL, checked before core sees it."""

from pathlib import Path
from typing import Any

import comfy.sd
import folder_paths
import torch

from ...postcam_core.model import PostCamTransformer
from ...postcam_core.weights import check_tensors, read_checkpoint, settings_metadata, settings_of
from .native import register

# What core's own Load Diffusion Model offers under the same names.
WEIGHT_DTYPES: dict[str, dict[str, Any]] = {
    "default": {},
    "fp8_e4m3fn": {"dtype": torch.float8_e4m3fn},
    "fp8_e4m3fn_fast": {"dtype": torch.float8_e4m3fn, "fp8_optimizations": True},
}


def model_menu() -> list[str]:
    """Files in ComfyUI's diffusion_models folders."""
    return folder_paths.get_filename_list("diffusion_models")


def load_model(name: str, weight_dtype: str) -> Any:
    """Load a PostCam checkpoint as a native MODEL.

    Args:
        name: An entry of :func:`model_menu`.
        weight_dtype: A key of :data:`WEIGHT_DTYPES`.

    Raises:
        CheckpointError: If the file is damaged or of another model, or lacks or has surplus tensors. Core
            would load it all the same and only log a line.
    """
    register()
    path = Path(folder_paths.get_full_path_or_raise("diffusion_models", name))
    checkpoint = read_checkpoint(path)
    settings = settings_of(checkpoint, what=name)
    with torch.device("meta"):
        expected = PostCamTransformer(settings.config)
    check_tensors(checkpoint.tensors, expected, what=name)
    model = comfy.sd.load_diffusion_model_state_dict(
        dict(checkpoint.tensors),
        model_options=WEIGHT_DTYPES[weight_dtype],
        metadata={**checkpoint.metadata, **settings_metadata(settings)},
    )
    # How core makes the model again for another device.
    model.cached_patcher_init = (load_model, (name, weight_dtype))
    return model
