"""Models that are stored in several files."""

import json
import re
from pathlib import Path

from ..errors import CheckpointError

_INDEX_SUFFIX = ".safetensors.index.json"
_NUMBERED = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.safetensors")
_MAX_INDEX_BYTES = 64 << 20


def files_of(path: Path) -> tuple[Path, ...]:
    """All files of a model, given its only file, its index (``….safetensors.index.json``) or one of its shards.

    Raises:
        CheckpointError: If a file is missing, or the index cannot be read or leads out of its folder.
    """
    if path.name.endswith(_INDEX_SUFFIX):
        files = _indexed(_existing(path))
    elif match := _NUMBERED.fullmatch(path.name):
        stem, _, count = match.groups()
        files = [path.with_name(f"{stem}-{i:05d}-of-{count}.safetensors") for i in range(1, int(count) + 1)]
    else:
        files = [path]
    return tuple(_existing(file) for file in files)


def _indexed(index: Path) -> list[Path]:
    names: set[object] = set()
    try:
        if index.stat().st_size <= _MAX_INDEX_BYTES:
            names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        names = set()
    if not names or not all(isinstance(name, str) and name.endswith(".safetensors") for name in names):
        raise CheckpointError(
            f"{index}",
            expected='a JSON object whose "weight_map" names a .safetensors file for each tensor',
            got="something else",
            todo="Download the index again.",
        )
    if outside := [name for name in names if Path(name).name != name]:
        raise CheckpointError(
            f"{index}",
            expected="files beside the index",
            got=f"{outside[0]!r}",
            todo="Put all files into one folder and their plain names into the index.",
        )
    return [index.with_name(name) for name in sorted(names)]


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise CheckpointError(
            f"{path}", expected="a weights file", got="no file", todo="Check the path or download it first."
        )
    return path
