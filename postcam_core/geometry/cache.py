"""Geometry of clips that were seen before, on disk.

An entry is ``<key>.<digest>.npz``: the key says what it was made from, the digest what the file must contain.
Files appear whole under their names and are checked whenever they are read, so a process may die at any moment
and any number of them may share a folder.
"""

import hashlib
import json
import os
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from jaxtyping import Float
from torch import Tensor

from ..errors import GeometryError, PostCamError
from ..media.frames import check_video
from .npz import load_npz, save_npz
from .scene import SceneGeometry

Setting: TypeAlias = str | int | float | bool | None

DEFAULT_MAX_BYTES = 4 << 30  # some three hundred clips of 41 frames at 480×832
_TEMPORARY = ".*.tmp.npz"
# Nobody writes one file for that long: its writer was killed.
_ABANDONED_AFTER_S = 3600.0


def geometry_key(
    video: Float[Tensor, "frame 3 height width"],
    *,
    provider: str,
    settings: Mapping[str, Setting],
    version: int,
) -> str:
    """Name of the geometry that a provider makes of a clip: 32 hexadecimal digits.

    Args:
        video: Frames in [-1, 1]. They count in 256 levels: finer differences change no geometry.
        provider: Who makes it.
        settings: Everything that the provider is told, in any order.
        version: Of the provider; a new one makes old entries unreachable.

    Raises:
        ShapeError: If it is no video.
        GeometryError: If a setting is no text, number, truth value or None.
    """
    check_video(video)
    try:
        told = json.dumps([provider, version, list(video.shape), dict(settings)], sort_keys=True)
    except TypeError as error:
        raise GeometryError(
            "settings of the provider",
            expected="texts, numbers, true or false",
            got=str(error),
            todo="Give the values themselves, not objects or tensors.",
        ) from error
    content = hashlib.blake2b(told.encode(), digest_size=16)
    for frame in video.detach():
        levels = ((frame.float() + 1) * 127.5).clamp_(0, 255).round_().byte()
        content.update(levels.contiguous().cpu().numpy())
    return content.hexdigest()


class GeometryCache:
    """A folder of geometries that stays below a size: the one that was used least recently goes first.

    Depth comes back as :func:`.npz.save_npz` keeps it, off by at most 1e-4 of its value, and confidence in 255
    steps; cameras come back exactly.

    Args:
        folder: Where the entries lie; made when needed. It should hold nothing else.
        max_bytes: Size of all entries together. An entry larger than that is not kept.
    """

    def __init__(self, folder: str | Path, *, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.folder, self.max_bytes = Path(folder), max_bytes

    def get(self, key: str) -> SceneGeometry | None:
        """The geometry of that key; None if there is none. A damaged entry is none, and is removed."""
        for path in self.folder.glob(f"{key}.*.npz"):
            try:
                is_whole = path.name == _entry_name(key, path)
                geometry = load_npz(path) if is_whole else None
                os.utime(path)  # the time of last use
            except FileNotFoundError:  # another process has just removed it
                continue
            except PostCamError:  # removed while it was read, or whole but written by another version
                geometry = None
            if geometry is not None:
                return geometry
            _remove(path)
        return None

    def put(self, key: str, geometry: SceneGeometry) -> None:
        """Keep a geometry under a key, in place of what was there, and remove what exceeds the size."""
        temporary = self.folder / f".{uuid.uuid4().hex[:12]}.tmp.npz"
        save_npz(temporary, geometry)
        path = self.folder / _entry_name(key, temporary)
        temporary.replace(path)
        for other in self.folder.glob(f"{key}.*.npz"):
            if other != path:
                _remove(other)
        self._remove_excess()

    def get_or_make(self, key: str, make: Callable[[], SceneGeometry]) -> SceneGeometry:
        """The geometry of that key, made and kept if there is none.

        What was just made is read back, so that the first run gives the same numbers as all later ones.
        """
        geometry = self.get(key)
        if geometry is not None:
            return geometry
        made = make()
        self.put(key, made)
        return self.get(key) or made

    def clear(self) -> int:
        """Remove all entries, and return how many there were."""
        entries = self._entries()
        for path in [*entries, *self.folder.glob(_TEMPORARY)]:
            _remove(path)
        return len(entries)

    def _entries(self) -> list[Path]:
        return [path for path in self.folder.glob("*.npz") if not path.name.startswith(".")]

    def _remove_excess(self) -> None:
        for path, status in _statuses(self.folder.glob(_TEMPORARY)):
            if status.st_mtime < time.time() - _ABANDONED_AFTER_S:
                _remove(path)
        total = 0
        entries = _statuses(self._entries())
        for path, status in sorted(entries, key=lambda entry: entry[1].st_mtime_ns, reverse=True):
            if total + status.st_size <= self.max_bytes:
                total += status.st_size
            else:
                _remove(path)


def _entry_name(key: str, path: Path) -> str:
    """The name under which the content of a file may be found."""
    return f"{key}.{hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()}.npz"


def _remove(path: Path) -> None:
    # Windows keeps a file that another process reads: it goes next time.
    with suppress(FileNotFoundError, PermissionError):
        path.unlink()


def _statuses(paths: Iterable[Path]) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in paths:
        try:
            found.append((path, path.stat()))
        except FileNotFoundError:  # another process has just removed it
            continue
    return found
