"""Writing files and folders whole or not at all."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Lend a temporary name beside ``path``; what is there at the end becomes ``path``.

    A file replaces a file of that name; a folder takes the place of an empty folder. Nothing remains of a
    write that failed.
    """
    # The suffix stays last: writers tell the kind of a file by it.
    temporary = path.with_name(f".{uuid.uuid4().hex[:12]}.tmp{path.suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield temporary
        if temporary.is_dir() and path.is_dir():
            path.rmdir()  # not every system renames onto an empty folder
        temporary.replace(path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        temporary.unlink(missing_ok=True)
