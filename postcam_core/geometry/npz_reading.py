"""Arrays out of an npz file that may come from anywhere: no pickle, no surprise in size."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import GeometryError
from .depth_checks import MAX_DEPTH_VALUES
from .files import require_file

MAX_MAP_BYTES = 8 * MAX_DEPTH_VALUES  # depth in float64
_MAX_BYTES = 16 << 20  # cameras of 100 000 frames
_READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True, kw_only=True)
class ArrayHeader:
    """Shape and type of a stored array, known without reading it."""

    shape: tuple[int, ...]
    dtype: np.dtype


class NpzFile:
    """The arrays of an npz file, each read when asked for and only after its header was found sane."""

    def __init__(self, path: str | Path) -> None:
        self.path = require_file(path)
        try:
            with zipfile.ZipFile(self.path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".npy")]
                self.headers = {name.removesuffix(".npy"): _read_header(archive, name) for name in names}
        except _READ_ERRORS as error:
            raise self.unusable("a zip of numpy arrays", str(error)[:120]) from error

    def read(self, key: str, *, max_bytes: int = _MAX_BYTES) -> np.ndarray:
        """One array, whole, if its header promises no more than ``max_bytes``.

        Raises:
            GeometryError: If it is missing, too large, or its data are cut off.
        """
        if key not in self.headers:
            raise self.unusable(f"the key {key!r}", f"keys {sorted(self.headers)[:12]}")
        header = self.headers[key]
        num_bytes = header.dtype.itemsize * int(np.prod(header.shape, dtype=object))
        if header.dtype.hasobject or num_bytes > max_bytes:
            raise self.unusable(
                f"plain numbers of at most {max_bytes >> 20} MiB",
                f"{key!r}: {header.dtype}, shape {header.shape}",
            )
        try:
            with np.load(self.path, allow_pickle=False) as arrays:
                return arrays[
                    f"{key}.npy"
                ]  # by its full name: a member without the suffix has no checked header
        except _READ_ERRORS as error:
            raise self.unusable(f"readable data for {key!r}", str(error)[:120]) from error

    def unusable(self, expected: str, got: str) -> GeometryError:
        """The error that this file causes."""
        return GeometryError(
            f"geometry file {self.path.name!r}",
            expected=expected,
            got=got,
            todo="See docs/formats.md for the keys of a geometry npz; save the file again if it is cut off.",
        )


def _read_header(archive: zipfile.ZipFile, name: str) -> ArrayHeader:
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name}: neither stored nor deflated")
    with archive.open(name) as stream:
        version = np.lib.format.read_magic(stream)
        readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        if version not in readers:
            raise ValueError(f"{name}: npy version {version}")
        shape, _, dtype = readers[version](stream)
    return ArrayHeader(shape=shape, dtype=dtype)
