import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from postcam_core.errors import CheckpointError, OperationCancelled
from postcam_core.weights import CATALOGUE, CatalogueEntry, DownloadError, catalogue_entry, download
from postcam_core.weights.disk_space import require_space

CONTENT = os.urandom(3_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class _Server(ThreadingHTTPServer):
    """Serves one file at every path, as badly as it is told to."""

    daemon_threads = True
    content = CONTENT
    tag = '"v1"'
    drop_after: int | None = None
    knows_ranges = True
    tells_length = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ranges: list[str | None] = []

    def entry(self, **known: object) -> CatalogueEntry:
        return CatalogueEntry(
            name="file",
            purpose="a test",
            url=f"http://127.0.0.1:{self.server_port}/file.bin",
            file_name="file.bin",
            folder="checkpoints",
            licence="none",
            **known,
        )


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        content, start = self.server.content, 0
        is_same = self.headers.get("If-Range", self.server.tag) == self.server.tag
        if asked and self.server.knows_ranges and is_same:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        if self.server.tells_length:
            self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", self.server.tag)
        self.end_headers()
        self.wfile.write(content[start : self.server.drop_after])

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_known_file_is_fetched_and_verified(server: _Server, tmp_path: Path) -> None:
    entry = server.entry(num_bytes=len(CONTENT), sha256=SHA256)
    steps: list[tuple[int, int]] = []
    report = download(entry, tmp_path / "models", progress=lambda *step: steps.append(step))
    assert report.path.read_bytes() == CONTENT
    assert (report.sha256, report.is_verified, report.was_present) == (SHA256, True, False)
    assert steps[-1] == (len(CONTENT), len(CONTENT)) and len(steps) > 1
    assert _names(tmp_path / "models") == {"file.bin"}

    again = download(entry, tmp_path / "models")
    assert again.was_present and again.is_verified and len(server.ranges) == 1


def test_an_unknown_checksum_is_told_and_not_claimed(server: _Server, tmp_path: Path) -> None:
    report = download(server.entry(), tmp_path)
    assert (report.sha256, report.is_verified) == (SHA256, False)


@pytest.mark.parametrize("known", [{"sha256": SHA256, "num_bytes": len(CONTENT)}, {}])
def test_a_dropped_connection_is_continued(server: _Server, tmp_path: Path, known: dict) -> None:
    entry = server.entry(**known)
    server.drop_after = 1_200_000
    with pytest.raises(DownloadError, match=r"1800000 bytes short.*continues"):
        download(entry, tmp_path)
    assert (tmp_path / "file.bin.part").read_bytes() == CONTENT[:1_200_000]
    assert not (tmp_path / "file.bin").exists()

    server.drop_after = None
    assert download(entry, tmp_path).sha256 == SHA256
    assert server.ranges == [None, "bytes=1200000-"]
    assert _names(tmp_path) == {"file.bin"}


def test_a_server_without_ranges_starts_over(server: _Server, tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(b"x" * 1000)
    server.knows_ranges = False
    report = download(server.entry(sha256=SHA256), tmp_path)
    assert report.path.read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-"]


def test_a_file_that_changed_meanwhile_is_not_glued_together(server: _Server, tmp_path: Path) -> None:
    server.drop_after = 1_000_000
    with pytest.raises(DownloadError):
        download(server.entry(), tmp_path)
    server.drop_after, server.tag, server.content = None, '"v2"', CONTENT[::-1]
    assert download(server.entry(), tmp_path).path.read_bytes() == CONTENT[::-1]


def test_a_rest_of_unknown_origin_is_not_continued(server: _Server, tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(b"x" * 1000)
    assert download(server.entry(), tmp_path).path.read_bytes() == CONTENT
    assert server.ranges == [None]


@pytest.mark.parametrize("rest", [CONTENT, CONTENT + b"more"])
def test_a_rest_that_is_already_whole_or_too_long(server: _Server, tmp_path: Path, rest: bytes) -> None:
    (tmp_path / "file.bin.part").write_bytes(rest)
    report = download(server.entry(sha256=SHA256, num_bytes=len(CONTENT)), tmp_path)
    assert report.path.read_bytes() == CONTENT
    assert len(server.ranges) == (1 if rest == CONTENT else 2)


def test_cancelling_keeps_what_arrived(server: _Server, tmp_path: Path) -> None:
    def cancel(done: int, total: int) -> None:
        raise OperationCancelled

    with pytest.raises(OperationCancelled):
        download(server.entry(sha256=SHA256), tmp_path, progress=cancel)
    assert 0 < (tmp_path / "file.bin.part").stat().st_size < len(CONTENT)
    assert download(server.entry(sha256=SHA256), tmp_path).is_verified


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"sha256": "0" * 64}, "SHA-256 of file.bin: expected 0000"),
        ({"num_bytes": 5}, "size of file.bin: expected 5 bytes"),
    ],
)
@pytest.mark.parametrize("tells_length", [True, False])
def test_another_file_than_expected_is_not_kept(
    server: _Server, tmp_path: Path, known: dict, message: str, tells_length: bool
) -> None:
    server.tells_length = tells_length
    with pytest.raises(DownloadError, match=message):
        download(server.entry(**known), tmp_path)
    assert _names(tmp_path) == set()


def test_a_file_of_that_name_is_not_replaced(server: _Server, tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(b"mine")
    with pytest.raises(DownloadError, match="move it away"):
        download(server.entry(sha256=SHA256), tmp_path)
    assert (tmp_path / "file.bin").read_bytes() == b"mine"


def test_servers_that_refuse_or_are_not_there(server: _Server, tmp_path: Path) -> None:
    entry = server.entry()
    with pytest.raises(DownloadError, match="HTTP 404"):
        download(replace(entry, url=entry.url.replace("file.bin", "missing")), tmp_path)
    server.shutdown()
    server.server_close()
    with pytest.raises(DownloadError, match="Check the network"):
        download(entry, tmp_path)
    assert _names(tmp_path) == set()


def test_a_silent_server_is_not_waited_for(tmp_path: Path, server: _Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(DownloadError, match="timed out"):
            download(replace(server.entry(), url=url), tmp_path, timeout_s=0.2)


def test_a_file_larger_than_the_disk_is_not_begun(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="free space"):
        require_space(tmp_path / "not" / "yet", 10**18)
    require_space(tmp_path / "not" / "yet", 1)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_the_catalogue_is_well_formed(entry: CatalogueEntry) -> None:
    assert catalogue_entry(entry.name) is entry
    assert entry.url.startswith("https://huggingface.co/")
    assert Path(entry.file_name).name == entry.file_name
    assert entry.sha256 is None or (len(entry.sha256) == 64 and int(entry.sha256, 16))
    assert (entry.sha256 is None) == (entry.num_bytes is None)
    assert entry.is_non_commercial == ("NC" in entry.licence)


def test_the_large_depth_models_are_marked_non_commercial() -> None:
    marked = {entry.name for entry in CATALOGUE if entry.is_non_commercial}
    assert marked == {"da3-large", "da3-giant", "da3-nested"}
    assert len({entry.name for entry in CATALOGUE}) == len(CATALOGUE)
