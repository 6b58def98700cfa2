"""Clips from fsspec addresses, and copies of results at one: fsspec's own memory store, and a web server."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest

from postcam_core.errors import BatchError, ManifestError
from postcam_core.jobs.contact_sheet import write_contact_sheet
from postcam_core.jobs.manifest import read_manifest
from postcam_core.jobs.storage import ResultCopies, fetch


@pytest.fixture
def store() -> Iterator[fsspec.AbstractFileSystem]:
    store = fsspec.filesystem("memory")
    store.store.clear()
    yield store
    store.store.clear()


def files_in(store: fsspec.AbstractFileSystem, folder: str) -> dict[str, bytes]:
    return {path.removeprefix(folder): store.cat_file(path) for path in store.find(folder)}


def test_a_clip_is_fetched_once_for_each_version(store: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    store.pipe_file("/bucket/clip.mp4", b"first")
    path = fetch("memory://bucket/clip.mp4", tmp_path)
    assert path.name == "clip.mp4" and path.read_bytes() == b"first"
    path.write_bytes(b"what is there is not fetched again")
    assert fetch("memory://bucket/clip.mp4", tmp_path) == path
    assert path.read_bytes() != b"first"
    store.pipe_file("/bucket/clip.mp4", b"another")
    assert fetch("memory://bucket/clip.mp4", tmp_path).read_bytes() == b"another"


def test_a_manifest_may_name_addresses(store: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    store.pipe_file("/bucket/clip.mp4", b"frames")
    manifest = tmp_path / "batch.csv"
    manifest.write_text("clip,preset\nmemory://bucket/clip.mp4,arc_left\nmemory://bucket/clip.mp4,static")
    items = read_manifest(manifest, fetched=tmp_path / "fetched")
    assert [item.name for item in items] == ["clip_arc_left", "clip_static"]
    assert items[0].clip == items[1].clip and items[0].clip.read_bytes() == b"frames"
    with pytest.raises(ManifestError, match="line 2, field clip: expected a path"):
        read_manifest(manifest)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("memory://bucket/none.mp4", "FileNotFoundError"),
        ("nostore://bucket/clip.mp4", "Protocol not known: nostore"),
    ],
)
def test_an_address_that_cannot_be_read_names_its_line(tmp_path: Path, address: str, words: str) -> None:
    manifest = tmp_path / "batch.csv"
    manifest.write_text(f"clip,preset\n{address},arc_left")
    with pytest.raises(ManifestError, match=f"line 2, field clip: expected a file that can be read.*{words}"):
        read_manifest(manifest, fetched=tmp_path / "fetched")
    assert not list((tmp_path / "fetched").rglob("*.*"))


def test_a_clip_comes_from_a_web_server(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "clip.mp4").write_bytes(b"frames" * 1000)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "site")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = fetch(f"http://127.0.0.1:{server.server_port}/clip.mp4", tmp_path / "fetched")
        server.shutdown()
    assert path.read_bytes() == b"frames" * 1000


def test_results_are_copied_once_and_whole(
    store: fsspec.AbstractFileSystem, make_batch: Callable, tmp_path: Path
) -> None:
    batch = make_batch("a", "b")

    def run() -> None:
        with ResultCopies(batch.out, "memory://results/night") as copies:
            report = batch.run(on_plan=copies.begin, on_event=copies.note)
        copies.finish(write_contact_sheet(batch.out, report.items))

    run()
    copied = files_in(store, "/results/night/")
    local = {
        path.relative_to(batch.out).as_posix(): path.read_bytes()
        for path in batch.out.rglob("*")
        if path.is_file() and not path.name.startswith("journal") and ".cache" not in path.parts
    }
    assert copied == local
    assert {f"{clip}_{move}/item.json" for clip in "ab" for move in ("arc_left", "static")} < set(copied)

    store.pipe_file("/results/night/a_static/surplus.mp4", b"what another key gave")
    store.rm_file("/results/night/a_static/item.json")  # as if the copying had been cut off
    store.pipe_file("/results/night/a_static/result.mp4", b"half")
    store.pipe_file("/results/night/b_static/result.mp4", b"whole items are left as they are")
    run()
    again = files_in(store, "/results/night/")
    assert again.pop("b_static/result.mp4") == b"whole items are left as they are"
    assert again == {name: content for name, content in local.items() if name != "b_static/result.mp4"}


def test_a_copy_that_fails_loses_nothing_and_says_so(make_batch: Callable, tmp_path: Path) -> None:
    (tmp_path / "in_the_way").write_text("a file where a folder should be")
    batch = make_batch("a")
    with ResultCopies(batch.out, f"file://{tmp_path}/in_the_way/results") as copies:
        report = batch.run(on_plan=copies.begin, on_event=copies.note)
    page = write_contact_sheet(batch.out, report.items)
    with pytest.raises(
        BatchError, match=r"copies of a_\w+, a_\w+, contact_sheet.html: expected to be written to"
    ):
        copies.finish(page)
    assert report.count("done") == 2


def test_an_unknown_kind_of_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BatchError, match="--copy-to: expected an address that fsspec knows"):
        ResultCopies(tmp_path, "nostore://results")
