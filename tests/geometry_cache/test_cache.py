"""A cache that gives back what was put in or nothing, whatever happens to its files or its writers."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postcam_core.errors import GeometryError, ShapeError
from postcam_core.geometry import SceneGeometry
from postcam_core.geometry.cache import GeometryCache, geometry_key
from tests.oracles.cache_writer import entry, key_of
from tests.oracles.small_geometry import small_geometry

ROOT = Path(__file__).parents[2]
VIDEO = torch.rand(3, 3, 12, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
REQUEST = {"provider": "test", "settings": {"fov_deg": 55.0, "sky": True, "model": None}, "version": 1}
KEY = geometry_key(VIDEO, **REQUEST)


def _assert_same(found: SceneGeometry | None, put: SceneGeometry) -> None:
    assert found is not None
    torch.testing.assert_close(found.depth, put.depth, rtol=1e-4, atol=0)
    assert torch.equal(found.K, put.K)
    assert torch.equal(found.w2c, put.w2c)
    if put.confidence is not None:
        torch.testing.assert_close(found.confidence, put.confidence, rtol=0, atol=0.5 / 255 + 1e-6)
    assert (found.provider, found.notes, found.is_metric) == (put.provider, put.notes, put.is_metric)


def test_what_was_put_is_found_also_by_another_cache_of_the_folder(tmp_path: Path) -> None:
    geometry = small_geometry(confidence=True)
    assert GeometryCache(tmp_path / "new").get(KEY) is None
    GeometryCache(tmp_path / "new").put(KEY, geometry)
    _assert_same(GeometryCache(tmp_path / "new").get(KEY), geometry)


def test_the_first_run_gives_the_numbers_of_all_later_ones(tmp_path: Path) -> None:
    cache, made = GeometryCache(tmp_path), []

    def make() -> SceneGeometry:
        made.append(small_geometry())
        return made[-1]

    first, second = cache.get_or_make(KEY, make), cache.get_or_make(KEY, make)
    assert len(made) == 1
    assert torch.equal(first.depth, second.depth)
    tight = GeometryCache(tmp_path / "tight", max_bytes=10)
    assert tight.get_or_make(KEY, make) is made[1]


def test_the_key_tells_everything_apart_that_changes_the_geometry() -> None:
    brighter = VIDEO.clone()
    brighter[2, 1, 3, 4] += 2 / 255
    others = [
        geometry_key(brighter, **REQUEST),
        geometry_key(VIDEO[:2], **REQUEST),
        geometry_key(VIDEO.reshape(3, 3, 16, 12), **REQUEST),
        geometry_key(VIDEO.flip(0), **REQUEST),
        geometry_key(VIDEO, **REQUEST | {"provider": "other"}),
        geometry_key(VIDEO, **REQUEST | {"version": 2}),
        geometry_key(VIDEO, **REQUEST | {"settings": REQUEST["settings"] | {"sky": False}}),
        geometry_key(VIDEO, **REQUEST | {"settings": {}}),
    ]
    assert len({KEY, *others}) == 1 + len(others)
    reordered = dict(reversed(REQUEST["settings"].items()))
    assert geometry_key(VIDEO.clone(), **REQUEST | {"settings": reordered}) == KEY
    assert len(KEY) == 32


def test_bad_requests_are_refused() -> None:
    with pytest.raises(ShapeError):
        geometry_key(VIDEO[0], **REQUEST)
    with pytest.raises(GeometryError, match="settings"):
        geometry_key(VIDEO, provider="test", settings={"K": torch.eye(3)}, version=1)


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    probe = GeometryCache(tmp_path / "probe")
    probe.put(key_of(0), entry(0))
    size = next((tmp_path / "probe").iterdir()).stat().st_size
    cache = GeometryCache(tmp_path / "cache", max_bytes=int(3.5 * size))
    for number in range(3):
        cache.put(key_of(number), entry(number))
        _wait_for_the_clock()
    _assert_same(cache.get(key_of(0)), entry(0))
    _wait_for_the_clock()
    cache.put(key_of(3), entry(3))
    assert cache.get(key_of(1)) is None
    for number in (0, 2, 3):
        _assert_same(cache.get(key_of(number)), entry(number))
    assert sum(path.stat().st_size for path in cache.folder.iterdir()) <= cache.max_bytes


def _wait_for_the_clock() -> None:
    time.sleep(0.02)  # file times are as fine as the kernel's tick


def test_an_entry_that_is_too_large_does_not_empty_the_cache(tmp_path: Path) -> None:
    cache = GeometryCache(tmp_path, max_bytes=100_000)
    cache.put(KEY, small_geometry())
    cache.put(key_of(9), small_geometry(num_frames=40, height=60, width=80))
    assert cache.get(key_of(9)) is None
    _assert_same(cache.get(KEY), small_geometry())


def test_clear_leaves_an_empty_folder(tmp_path: Path) -> None:
    cache = GeometryCache(tmp_path)
    assert cache.clear() == 0
    cache.put(KEY, small_geometry())
    cache.put(key_of(1), small_geometry())
    (tmp_path / ".0123456789ab.tmp.npz").write_bytes(b"left by a killed process")
    assert cache.clear() == 2
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_killed_writer_goes_after_an_hour(tmp_path: Path) -> None:
    old, young = tmp_path / ".0123456789ab.tmp.npz", tmp_path / ".ba9876543210.tmp.npz"
    for path, age_s in ((old, 4000), (young, 10)):
        path.write_bytes(b"half a file")
        os.utime(path, (time.time() - age_s,) * 2)
    GeometryCache(tmp_path).put(KEY, small_geometry())
    assert (old.exists(), young.exists()) == (False, True)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_entry_is_a_miss_and_is_removed(tmp_path: Path, data: st.DataObject) -> None:
    cache = GeometryCache(tmp_path)
    cache.put(KEY, small_geometry(confidence=True))
    path = next(tmp_path.iterdir())
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
    else:
        del content[place:]
    path.write_bytes(content)
    assert cache.get(KEY) is None
    assert list(tmp_path.iterdir()) == []


@contextmanager
def _writers(folder: Path, *first: int, max_bytes: int = 1 << 30) -> Iterator[list[subprocess.Popen]]:
    """Processes that put the three entries from each given number on, over and over."""
    module = [sys.executable, "-m", "tests.oracles.cache_writer", str(folder)]
    writers = [
        subprocess.Popen([*module, str(number), str(max_bytes)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for number in first
    ]
    try:
        assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * len(writers)
        yield writers
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()


def test_killing_writers_in_mid_put_never_shows_a_broken_entry(tmp_path: Path) -> None:
    cache, num_found = GeometryCache(tmp_path), 0
    with _writers(tmp_path, 0, 0, 0) as writers:
        for writer, delay_s in zip(writers, (0.11, 0.23, 0.37), strict=True):
            time.sleep(delay_s)
            writer.kill()
    for number in range(3):
        found = cache.get(key_of(number))
        if found is not None:
            num_found += 1
            _assert_same(found, entry(number))
    assert num_found > 0
    left = {path.name for path in tmp_path.iterdir()} - {path.name for path in tmp_path.glob("0*.npz")}
    assert all(name.startswith(".") and name.endswith(".tmp.npz") for name in left), "gone after an hour"


def test_processes_that_write_read_and_evict_do_not_disturb_one_another(tmp_path: Path) -> None:
    GeometryCache(tmp_path).put(key_of(0), entry(0))
    max_bytes = int(2.5 * next(tmp_path.iterdir()).stat().st_size)
    cache, num_found, num_missed = GeometryCache(tmp_path, max_bytes=max_bytes), 0, 0
    with _writers(tmp_path, 0, 1, max_bytes=max_bytes) as writers:
        end = time.monotonic() + 2
        while time.monotonic() < end:
            for number in range(4):
                found = cache.get(key_of(number))
                if found is None:
                    num_missed += 1
                else:
                    num_found += 1
                    _assert_same(found, entry(number))
        assert [writer.poll() for writer in writers] == [None, None], "no writer failed"
    assert num_found > 0
    assert num_missed > 0
