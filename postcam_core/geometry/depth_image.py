"""One depth image as numbers: PNG, TIFF, EXR or npy."""

import struct
from pathlib import Path

import numpy as np

from ..errors import GeometryError
from .depth_checks import check_size
from .exr import ExrError, read_exr_depth
from .files import require_file

DEPTH_IMAGE_SUFFIXES = (".png", ".tif", ".tiff", ".exr", ".npy")


def read_depth_image(path: Path, *, within: Path) -> np.ndarray:
    """Values of a depth image as stored: uint16 or floats, ``[height, width]``.

    Raises:
        GeometryError: If the file is missing, broken, absurdly large, or holds colours, 8-bit values or
            anything else than one depth per pixel.
    """
    require_file(path, within=within)
    values = _READERS.get(path.suffix.lower(), _read_picture)(path)
    is_depth = values.dtype == np.uint16 or np.issubdtype(values.dtype, np.floating)
    if values.ndim != 2 or not is_depth:
        raise GeometryError(
            f"depth image {path.name!r}",
            expected="one channel of 16-bit integers or floats",
            got=f"{values.dtype} of shape {values.shape}",
            todo="Export depth itself (16-bit PNG, float TIFF, npy), not a coloured or 8-bit preview.",
        )
    return values


def write_depth_png(path: Path, values: np.ndarray) -> None:
    """Write ``[height, width]`` uint16 values as a PNG."""
    import cv2

    encoded = cv2.imencode(".png", values)[1]
    path.write_bytes(encoded.tobytes())


def _read_picture(path: Path) -> np.ndarray:
    import cv2

    encoded = path.read_bytes()
    if encoded[:8] == b"\x89PNG\r\n\x1a\n" and len(encoded) >= 24:
        width, height = struct.unpack(">II", encoded[16:24])
        check_size(1, height, width, name=f"depth image {path.name!r}")
    try:
        # Decoded from memory because OpenCV cannot open every path that Windows allows.
        values = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED) if encoded else None
    except cv2.error:  # a format that this OpenCV was built without
        values = None
    if values is None:
        raise _unreadable(path)
    return values


def _read_npy(path: Path) -> np.ndarray:
    try:
        # Mapped, not read: the size in the header is checked before memory is taken.
        values = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, EOFError, OSError) as error:
        raise _unreadable(path) from error
    if values.ndim == 2:
        check_size(1, *values.shape, name=f"depth image {path.name!r}")
        values = np.array(values)
    return values


def _read_exr(path: Path) -> np.ndarray:
    try:
        return read_exr_depth(path.read_bytes(), name=f"depth image {path.name!r}")
    except ExrError as error:
        raise GeometryError(
            f"depth image {path.name!r}",
            expected="an OpenEXR file of scan lines with one depth channel, uncompressed or in ZIP",
            got=str(error),
            todo="Save it again with ZIP compression and a single channel Z, or as float TIFF or npy.",
        ) from error


def _unreadable(path: Path) -> GeometryError:
    return GeometryError(
        f"depth image {path.name!r}",
        expected="a readable image",
        got="undecodable bytes",
        todo="The file may be cut off; export it again.",
    )


_READERS = {".npy": _read_npy, ".exr": _read_exr}
