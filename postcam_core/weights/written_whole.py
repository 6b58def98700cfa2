"""Writing a large file: whole under its name, or not at all."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import CheckpointError


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Lend a file beside ``path`` that takes its name once it is complete and on the disk.

    Nothing remains of a write that failed.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
