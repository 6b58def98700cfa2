"""The folder of a recapture, where all files appear once the last one is finished."""

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import MediaError


@contextmanager
def result_folder(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Lend a temporary folder inside ``folder``; its files take their place when the ``with`` block ends.

    Nothing remains of a block that failed, nor the folder if it was made for it. A finished file that cannot take its
    place, as one that a player on Windows has open, is kept, and those after it: they may be hours of work.

    Args:
        folder: Made if needed.
        names: Of the files that the block makes, in the order in which they appear.

    Raises:
        MediaError: If the folder cannot be made, or a name is taken by a folder; after the block, if a file cannot be
            replaced, with the place where the new one is.
    """
    check_result_folder(folder, names)
    is_new, temporary = not folder.exists(), folder / f".{uuid.uuid4().hex[:12]}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
    except OSError as error:
        raise MediaError(
            f"{folder}",
            expected="a folder that files can be written to, or a name for one",
            got=f"{error.strerror}",
            todo="Give another name.",
        ) from error
    try:
        yield temporary
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise
    for index, name in enumerate(names):
        _move(temporary / name, folder / name, waiting=names[index:])
    temporary.rmdir()


def check_result_folder(folder: Path, names: Sequence[str]) -> None:
    """Refuse what the files could not take their place in, before there are any.

    Raises:
        MediaError: If the folder is a file, or a name is taken by a folder.
    """
    if folder.exists() and not folder.is_dir():
        raise MediaError(
            f"{folder}",
            expected="a folder, or a name for one",
            got="a file",
            todo="Give another name.",
        )
    for name in names:
        if (folder / name).is_dir():
            raise MediaError(
                f"{folder / name}",
                expected="a file that can be replaced, or none",
                got="a folder",
                todo="Move it away, or give another output folder.",
            )


def _move(finished: Path, path: Path, *, waiting: Sequence[str]) -> None:
    try:
        finished.replace(path)
    except OSError as error:
        raise MediaError(
            f"{path}",
            expected="a file that can be replaced",
            got=f"{error.strerror}",
            todo=f"Nothing is lost: {', '.join(waiting)} lie finished in {finished.parent}. Close what has the old "
            "file open and move them from there.",
        ) from error
