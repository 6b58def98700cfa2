"""Files at fsspec addresses (``s3://…``, ``gs://…``, ``https://…``): clips are fetched before a batch runs, results
are copied while it does. What works in between sees plain files alone.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from ..errors import BatchError, ManifestError
from ..whole_files import written_whole
from .contact_sheet import PICTURES
from .journal import Event
from .outputs import RECORD
from .plan import PlannedTask

_TODO = "Check the address and your rights to it; fsspec's documentation names the package for each kind of store."
_NUM_COPIES_AT_A_TIME = 2
# What stores tell of a file's version, as far as each does.
_VERSION_FIELDS = (
    "size",
    "ETag",
    "Content-MD5",
    "Digest",
    "Last-Modified",
    "LastModified",
    "mtime",
    "updated",
)


def is_address(text: str) -> bool:
    """Whether it names a file in some store, not one in this machine's folders."""
    return "://" in text


def fetch(address: str, folder: Path) -> Path:
    """Copy the file at an address into ``folder``, unless this version of it is there.

    Raises:
        ManifestError: If it cannot be read, or the package for that kind of store is missing.
    """
    try:
        file_system, path = _open_store(address)
        info = file_system.info(path)
        version = f"{address} {file_system.ukey(path)} {[info.get(name) for name in _VERSION_FIELDS]}"
        name = PurePosixPath(urlsplit(address).path).name[-100:]  # less a signature after a question mark
        target = folder / hashlib.sha256(version.encode()).hexdigest()[:16] / name
        if not target.is_file():
            with written_whole(target) as temporary:
                file_system.get_file(path, temporary)
    except Exception as error:
        raise ManifestError(
            "", expected="a file that can be read at its address", got=_words(address, error), todo=_TODO
        ) from error
    return target


class ResultCopies:
    """Copies of items' folders at an address, made beside the batch's own work; a context manager.

    The record of an item is copied last: where it lies, the item is whole.

    Args:
        root: The batch's folder.
        address: Where the copies go.

    Raises:
        BatchError: If the address cannot be used.
    """

    def __init__(self, root: Path, address: str) -> None:
        self._root, self._address = root, address
        try:
            self._store, self._path = _open_store(address)
        except (ImportError, ValueError) as error:
            raise BatchError(
                "--copy-to", expected="an address that fsspec knows", got=_words(address, error), todo=_TODO
            ) from error
        self._pool = ThreadPoolExecutor(_NUM_COPIES_AT_A_TIME)
        self._items: set[str] = set()
        self._copies: dict[str, Future[None]] = {}

    def __enter__(self) -> "ResultCopies":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._pool.shutdown(cancel_futures=kind is not None)

    def begin(self, plan: Sequence[PlannedTask]) -> None:
        """Copy what is done already, unless its copy is there."""
        items = [planned for planned in plan if planned.task.kind == "recapture"]
        self._items = {planned.task.name for planned in items}
        for planned in items:
            if planned.state == "done":
                self._copy(planned.task.name)

    def note(self, event: Event) -> None:
        """Copy an item when it is done."""
        if event.event == "done" and event.task in self._items:
            self._copy(event.task)

    def finish(self, page: Path) -> None:
        """Wait for all copies, then copy the contact sheet and its pictures.

        Raises:
            BatchError: If a copy failed; the others were made all the same.
        """
        failed = {name: error for name, copy in self._copies.items() if (error := copy.exception())}
        try:
            for name in self._copies:
                self._put(self._root / PICTURES / f"{name}.jpg")
            self._put(page)
        except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
            failed[page.name] = error
        if failed:
            name, error = next(iter(failed.items()))
            raise BatchError(
                f"copies of {', '.join(failed)}",
                expected=f"to be written to {self._address}",
                got=_words(name, error),
                todo="The results are whole in the batch's own folder; run the same command again to copy them.",
            )

    def _copy(self, name: str) -> None:
        self._copies[name] = self._pool.submit(self._copy_item, name)

    def _copy_item(self, name: str) -> None:
        folder = self._root / name
        record = folder / RECORD
        if self._has(record):
            return
        self._remove_old(folder)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path != record:
                self._put(path)
        self._put(record)

    def _remove_old(self, folder: Path) -> None:
        """Remove what another key gave, its record first, so that no record stands beside others' files."""
        old = self._store.find(self._remote(folder))
        for path in sorted(old, key=lambda path: not path.endswith(f"/{RECORD}")):
            self._store.rm_file(path)

    def _has(self, path: Path) -> bool:
        remote = self._remote(path)
        return self._store.exists(remote) and self._store.cat_file(remote) == path.read_bytes()

    def _put(self, path: Path) -> None:
        remote = self._remote(path)
        self._store.makedirs(remote.rpartition("/")[0], exist_ok=True)
        self._store.put_file(f"{path}", remote)

    def _remote(self, path: Path) -> str:
        return f"{self._path.rstrip('/')}/{path.relative_to(self._root).as_posix()}"


def _open_store(address: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    return url_to_fs(address)


def _words(what: str, error: BaseException) -> str:
    return f"{what!r}: {type(error).__name__}: {error}"
