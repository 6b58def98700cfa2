"""From a weights file to a transformer, strictly."""

from pathlib import Path

import torch

from ..model import PostCamConfig, PostCamTransformer
from .architecture import check_tensors, require_postcam, settings_of
from .files import read_checkpoint


def load_transformer(
    path: str | Path,
    config: PostCamConfig | None = None,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype | None = None,
) -> PostCamTransformer:
    """Load a transformer for inference.

    Args:
        path: ``.safetensors``, the index or any shard of several, or ``.ckpt`` / ``.pt`` / ``.pth`` with a
            flat dict of tensors. Names may be the released ones, ComfyUI's or diffusers'.
        config: Sizes; None takes them from the file's metadata or shapes.
        device: Where the weights go.
        dtype: What they are kept in; None keeps the file's (that of its patch embedding, if it mixes).

    Raises:
        CheckpointError: If the file cannot be read, or its names or shapes are not exactly the model's.

    Source:
        Differs from the released code, which loads with ``strict=False`` and would run with random layers.
    """
    path = Path(path)
    checkpoint = read_checkpoint(path)
    if config is None:
        config = settings_of(checkpoint, what=f"{path}").config
    else:
        require_postcam(checkpoint.tensors, what=f"{path}")
    with torch.device("meta"):
        model = PostCamTransformer(config)
    check_tensors(checkpoint.tensors, model, what=f"{path}")
    dtype = dtype or checkpoint.tensors["patch_embedding.weight"].dtype
    tensors = {key: x.to(device, dtype) for key, x in checkpoint.tensors.items()}
    model.load_state_dict(tensors, strict=True, assign=True)
    return model.eval().requires_grad_(False)
