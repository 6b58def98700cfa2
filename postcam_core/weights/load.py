"""From a weights file to a transformer, strictly."""

from collections.abc import Iterable
from pathlib import Path

import torch

from ..errors import CheckpointError
from ..model import PostCamConfig, PostCamTransformer
from .architecture import config_of
from .files import Checkpoint, read_checkpoint

_NUM_NAMED = 4


def load_transformer(
    path: str | Path,
    config: PostCamConfig | None = None,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype | None = None,
) -> PostCamTransformer:
    """Load a transformer for inference.

    Args:
        path: ``.safetensors``, or ``.ckpt`` / ``.pt`` / ``.pth`` with a flat dict of tensors.
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
    config = config or config_of(checkpoint, path)
    with torch.device("meta"):
        model = PostCamTransformer(config)
    _check_names_and_shapes(checkpoint, model, path)
    dtype = dtype or checkpoint.tensors["patch_embedding.weight"].dtype
    tensors = {key: x.to(device, dtype) for key, x in checkpoint.tensors.items()}
    model.load_state_dict(tensors, strict=True, assign=True)
    return model.eval().requires_grad_(False)


def _check_names_and_shapes(checkpoint: Checkpoint, model: PostCamTransformer, path: Path) -> None:
    wanted = {key: tuple(x.shape) for key, x in model.state_dict().items()}
    found = {key: tuple(x.shape) for key, x in checkpoint.tensors.items()}
    faults = []
    if missing := wanted.keys() - found.keys():
        faults.append(f"{len(missing)} missing ({_some(missing)})")
    if unexpected := found.keys() - wanted.keys():
        faults.append(f"{len(unexpected)} unexpected ({_some(unexpected)})")
    differing = {key for key in wanted.keys() & found.keys() if wanted[key] != found[key]}
    if differing:
        named = _some(f"{key} {found[key]} for {wanted[key]}" for key in differing)
        faults.append(f"{len(differing)} of another shape ({named})")
    if faults:
        raise CheckpointError(
            f"{path}",
            expected=f"exactly the {len(wanted)} tensors of this model",
            got=", ".join(faults),
            todo="The file is incomplete, or belongs to another model or config.",
        )


def _some(names: Iterable[str]) -> str:
    names = sorted(names)
    return ", ".join(names[:_NUM_NAMED]) + (" …" if len(names) > _NUM_NAMED else "")
