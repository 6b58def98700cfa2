"""Reading tensors from files without running anything that the file says."""

import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..errors import CheckpointError
from .key_names import Naming, naming_of, released_names
from .shards import files_of


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A model's tensors, mapped into memory where the file allows it and read when they are used.

    Attributes:
        tensors: Under the names the released file uses.
        metadata: The text stored beside them; empty for pickles.
        naming: What names the files used.
        files: Where they came from.
    """

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]
    naming: Naming
    files: tuple[Path, ...]


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a model's weights.

    Args:
        path: ``.safetensors``; the index or any shard of several; or a flat dict of tensors in ``.ckpt``,
            ``.pt`` or ``.pth``.

    Raises:
        CheckpointError: If a file is missing, damaged, of another kind, or holds anything but tensors; if
            names of several layouts are mixed.
    """
    files = files_of(path)
    tensors: dict[str, Tensor] = {}
    metadata: dict[str, str] = {}
    for file in files:
        more, text = _read(file)
        if twice := tensors.keys() & more.keys():
            raise CheckpointError(
                f"{file}",
                expected="every tensor in one shard only",
                got=f"{min(twice)} a second time",
                todo="Download the shards again.",
            )
        tensors |= more
        metadata |= text
    return Checkpoint(
        tensors=released_names(tensors, what=f"{path}"),
        metadata=metadata,
        naming=naming_of(tensors, what=f"{path}"),
        files=files,
    )


def _read(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    if file.suffix == ".safetensors":
        return _read_safetensors(file)
    if file.suffix in (".ckpt", ".pt", ".pth"):
        return _read_pickle(file), {}
    raise CheckpointError(
        f"{file}",
        expected="a .safetensors, .ckpt, .pt or .pth file",
        got=f"{file.suffix or 'no suffix'}",
        todo="Rename or convert the file.",
    )


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {}
    except SafetensorError as error:
        raise _damaged(path, error) from error


def _read_pickle(path: Path) -> dict[str, Tensor]:
    try:
        # Only torch's zip format can be mapped; the older one is read into memory.
        can_map = zipfile.is_zipfile(path)
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=can_map)
    except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise _damaged(path, error) from error
    if not isinstance(content, dict) or not all(
        isinstance(key, str) and isinstance(x, Tensor) for key, x in content.items()
    ):
        raise CheckpointError(
            f"{path}",
            expected="a flat dict of tensors",
            got="something else",
            todo="Save the model's state dict alone, without optimiser or training state.",
        )
    return content


def _damaged(path: Path, error: Exception) -> CheckpointError:
    first_line = (str(error).splitlines() or [""])[0]
    return CheckpointError(
        f"{path}",
        expected="a complete file of tensors",
        got=f"{type(error).__name__}: {first_line[:200]}",
        todo="Download it again and compare its size; files that hold code are refused.",
    )
