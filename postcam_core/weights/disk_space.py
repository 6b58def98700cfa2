"""Refusing to start what the disk cannot hold."""

import shutil
from pathlib import Path

from ..errors import CheckpointError


def require_space(folder: Path, num_bytes: int) -> None:
    """Refuse to start what the disk cannot hold.

    Raises:
        CheckpointError: If less than ``num_bytes`` is free.
    """
    existing = next(f for f in (folder.absolute(), *folder.absolute().parents) if f.exists())
    free = shutil.disk_usage(existing).free
    if free < num_bytes:
        raise CheckpointError(
            f"disk of {folder}",
            expected=f"{num_bytes / 1e9:.2f} GB of free space",
            got=f"{free / 1e9:.2f} GB",
            todo="Free some space or choose another folder.",
        )
