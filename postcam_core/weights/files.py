"""Reading tensors from files without running anything that the file says."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..errors import CheckpointError

# Other programs store the transformer under these; the longest comes first.
_PREFIXES = ("model.diffusion_model.", "diffusion_model.", "model.")


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Tensors under the names the released file uses, and the text stored beside them."""

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]


def read_checkpoint(path: Path) -> Checkpoint:
    """Read ``.safetensors``, or a flat dict of tensors in ``.ckpt`` / ``.pt`` / ``.pth``; memory-mapped.

    Raises:
        CheckpointError: If the file is missing, damaged, of another kind, or holds anything but tensors.
    """
    if not path.is_file():
        raise CheckpointError(
            f"{path}", expected="a weights file", got="no file", todo="Check the path or download it first."
        )
    if path.suffix == ".safetensors":
        tensors, metadata = _read_safetensors(path)
    elif path.suffix in (".ckpt", ".pt", ".pth"):
        tensors, metadata = _read_pickle(path), {}
    else:
        raise CheckpointError(
            f"{path}",
            expected="a .safetensors, .ckpt, .pt or .pth file",
            got=f"{path.suffix or 'no suffix'}",
            todo="Rename or convert the file.",
        )
    return Checkpoint(tensors=_without_prefix(tensors), metadata=metadata)


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {}
    except SafetensorError as error:
        raise _damaged(path, error) from error


def _read_pickle(path: Path) -> dict[str, Tensor]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise _damaged(path, error) from error
    if not isinstance(content, dict) or not all(isinstance(x, Tensor) for x in content.values()):
        raise CheckpointError(
            f"{path}",
            expected="a flat dict of tensors",
            got="something else",
            todo="Save the model's state dict alone, without optimiser or training state.",
        )
    return content


def _damaged(path: Path, error: Exception) -> CheckpointError:
    return CheckpointError(
        f"{path}",
        expected="a complete file of tensors",
        got=f"{type(error).__name__}: {str(error).splitlines()[0][:200]}",
        todo="Download it again and compare its size; files that hold code are refused.",
    )


def _without_prefix(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    for prefix in _PREFIXES:
        if tensors and all(key.startswith(prefix) for key in tensors):
            return {key.removeprefix(prefix): tensor for key, tensor in tensors.items()}
    return dict(tensors)
