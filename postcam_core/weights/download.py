"""Fetching a file of the catalogue, on request only: resumed where it stopped, checked before it gets its name."""

import http.client
import os
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from ..errors import PostCamError
from ..progress import ProgressFn, no_progress
from .catalogue import CatalogueEntry
from .checksum import sha256_of
from .disk_space import require_space

_CHUNK_BYTES = 1 << 20
_TIMEOUT_S = 30.0
_PARTIAL, _RANGE_NOT_SATISFIABLE = 206, 416
_NETWORK_ERRORS = (
    urllib.error.URLError,
    http.client.HTTPException,
    ssl.SSLError,
    ConnectionError,
    TimeoutError,
)


class DownloadError(PostCamError):
    """A file that could not be fetched or is not the expected one."""


@dataclass(frozen=True, kw_only=True)
class DownloadReport:
    """What was fetched.

    Attributes:
        path: The file.
        num_bytes: Its size.
        sha256: Its checksum.
        is_verified: Whether the checksum was known before and agrees.
        was_present: Whether the file was there already.
    """

    path: Path
    num_bytes: int
    sha256: str
    is_verified: bool
    was_present: bool


def download(
    entry: CatalogueEntry,
    folder: str | Path,
    *,
    timeout_s: float = _TIMEOUT_S,
    progress: ProgressFn = no_progress,
) -> DownloadReport:
    """Fetch a file into a folder, continuing an interrupted download.

    What has arrived is kept as ``<name>.part`` until the file is complete and its size and checksum agree with
    the catalogue. A file that is there already is checked and not fetched again.

    Args:
        entry: What to fetch.
        folder: Where to put it.
        timeout_s: How long the server may be silent.
        progress: Hears of bytes that have arrived.

    Raises:
        DownloadError: If the server cannot be reached or refuses, the connection breaks, or the file is not
            the expected one; only of a broken connection something is kept.
        CheckpointError: If the disk is too full.
    """
    target = Path(folder) / entry.file_name
    if target.exists():
        return _present(entry, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _Part(target)
    try:
        _fetch(entry, part, timeout_s, progress)
    except _NETWORK_ERRORS as error:
        raise _unreachable(entry, error) from error
    sha256 = _checked(entry, part)
    part.data.replace(target)
    part.forget()
    return DownloadReport(
        path=target,
        num_bytes=target.stat().st_size,
        sha256=sha256,
        is_verified=entry.sha256 is not None,
        was_present=False,
    )


class _Part:
    """What has arrived of a file, and the server's tag of the version it belongs to."""

    def __init__(self, target: Path) -> None:
        self.data = target.with_name(f"{target.name}.part")
        self._tag = target.with_name(f"{target.name}.part.etag")

    @property
    def num_bytes(self) -> int:
        return self.data.stat().st_size if self.data.exists() else 0

    @property
    def tag(self) -> str:
        return self._tag.read_text(encoding="ascii", errors="ignore") if self._tag.exists() else ""

    def keep_tag(self, tag: str) -> None:
        self._tag.write_text(tag, encoding="ascii", errors="ignore")

    def forget(self) -> None:
        self.data.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)


def _fetch(entry: CatalogueEntry, part: _Part, timeout_s: float, progress: ProgressFn) -> None:
    request = urllib.request.Request(entry.url, headers={"User-Agent": f"postcam/{__version__}"})
    # Two versions of a file must not be glued together: without a checksum, the server's tag has to agree.
    can_resume = part.num_bytes > 0 and (entry.sha256 is not None or part.tag)
    if can_resume:
        request.add_header("Range", f"bytes={part.num_bytes}-")
        if part.tag:
            request.add_header("If-Range", part.tag)
    try:
        response = urllib.request.urlopen(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != _RANGE_NOT_SATISFIABLE or not can_resume:
            raise
        if entry.num_bytes != part.num_bytes:
            part.forget()
            _fetch(entry, part, timeout_s, progress)
        return
    with response:
        is_rest = response.status == _PARTIAL
        if is_rest and not _starts_at(response, part.num_bytes):
            raise http.client.HTTPException("another part of the file than was asked for")
        done = part.num_bytes if is_rest else 0
        total = _total(entry, response, done, part)
        part.keep_tag(_strong_tag(response))
        with open(part.data, "ab" if is_rest else "wb") as file:
            while chunk := response.read(_CHUNK_BYTES):
                file.write(chunk)
                done += len(chunk)
                progress(done, max(total, done))
            file.flush()
            os.fsync(file.fileno())
    if done < total:
        raise http.client.IncompleteRead(b"", total - done)


def _starts_at(response: http.client.HTTPResponse, start: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {start}-")


def _strong_tag(response: http.client.HTTPResponse) -> str:
    tag = response.headers.get("ETag", "")
    return "" if tag.startswith("W/") else tag


def _total(entry: CatalogueEntry, response: http.client.HTTPResponse, done: int, part: _Part) -> int:
    """Bytes of the whole file, 0 if the server does not tell; refused early if they cannot be right."""
    length = response.headers.get("Content-Length")
    if length is None:
        return entry.num_bytes or 0
    total = done + int(length)
    if entry.num_bytes not in (None, total):
        part.forget()
        raise _wrong(entry, "size", f"{entry.num_bytes} bytes", f"{total}")
    require_space(part.data.parent, total - done)
    return total


def _checked(entry: CatalogueEntry, part: _Part) -> str:
    """The checksum of what arrived; what is not the expected file is not kept."""
    if entry.num_bytes not in (None, part.num_bytes):
        got = f"{part.num_bytes}"
        part.forget()
        raise _wrong(entry, "size", f"{entry.num_bytes} bytes", got)
    sha256 = sha256_of(part.data)
    if entry.sha256 not in (None, sha256):
        part.forget()
        raise _wrong(entry, "SHA-256", f"{entry.sha256}", sha256)
    return sha256


def _present(entry: CatalogueEntry, target: Path) -> DownloadReport:
    sha256 = sha256_of(target)
    if entry.sha256 not in (None, sha256):
        raise DownloadError(
            f"{target}",
            expected=f"SHA-256 {entry.sha256}",
            got=sha256,
            todo="Another file has this name: move it away and download again.",
        )
    return DownloadReport(
        path=target,
        num_bytes=target.stat().st_size,
        sha256=sha256,
        is_verified=entry.sha256 is not None,
        was_present=True,
    )


def _wrong(entry: CatalogueEntry, what: str, expected: str, got: str) -> DownloadError:
    return DownloadError(
        f"{what} of {entry.file_name}",
        expected=expected,
        got=got,
        todo=f"Nothing was kept. Try again later, or fetch {entry.url} by hand and compare.",
    )


def _unreachable(entry: CatalogueEntry, error: Exception) -> DownloadError:
    todo = "Check the network and run the command again: it continues where it stopped."
    if isinstance(error, urllib.error.HTTPError):
        got = f"HTTP {error.code} {error.reason}"
        todo = "The file may have moved or need a login: open its page in a browser."
    elif isinstance(error, http.client.IncompleteRead):
        got = "a connection that broke off" + (f" {error.expected} bytes short" if error.expected else "")
    else:
        got = f"{getattr(error, 'reason', None) or error}"
    return DownloadError(entry.url, expected="the file", got=got, todo=todo)
