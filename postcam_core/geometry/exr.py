"""The depth channel of an OpenEXR file.

OpenCV's wheels come with or without OpenEXR, and decoders made for colour do not know depth channels. Scan lines,
uncompressed or in ZIP, are what 3D programs write by default, and need no more than this.

Source:
    OpenEXR file layout (openexr.com, "OpenEXR File Layout"): magic, attributes, table of offsets, blocks of lines.
"""

import re
import struct
import zlib
from dataclasses import dataclass

import numpy as np

from .depth_checks import check_size

MAGIC = b"v/1\x01"
_FORBIDDEN_FLAGS = {0x200: "tiles", 0x800: "deep data", 0x1000: "several parts"}
_LINES_PER_BLOCK = {0: 1, 2: 1, 3: 16}  # by compression: none, ZIP per line, ZIP
_COMPRESSIONS = ("none", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB")
_DTYPES = ("<u4", "<f2", "<f4")
_DEPTH_NAME = re.compile(r"(.*\.)?depth(\.[zv])?|z", re.IGNORECASE)


class ExrError(ValueError):
    """Not a file of this kind; the message says what is missing or unknown."""


@dataclass(frozen=True, kw_only=True)
class _Header:
    """Size in pixels, channels in stored order with their types, and where the blocks' offsets begin."""

    width: int
    height: int
    first_line: int
    compression: int
    channels: dict[str, np.dtype]
    end: int

    @property
    def bytes_per_line(self) -> int:
        return self.width * sum(dtype.itemsize for dtype in self.channels.values())


def read_exr_depth(encoded: bytes, *, name: str) -> np.ndarray:
    """Depth as float32 ``[height, width]``.

    The only channel; or the one named Z, depth or depth.Z; or red, if green and blue are the same.

    Raises:
        ExrError: If the file is broken, stored in a way that is not read here, or holds no depth channel.
        GeometryError: If it is absurdly large.
    """
    try:
        header = _read_header(encoded)
        check_size(1, header.height, header.width, name=name)
        lines = _read_lines(encoded, header)
    except (struct.error, IndexError, zlib.error, UnicodeDecodeError, KeyError) as error:
        raise ExrError("cut off or damaged") from error
    depth = _depth_channel(_split_channels(lines, header))
    return depth.astype(np.float32)


def _read_header(encoded: bytes) -> _Header:
    if encoded[:4] != MAGIC:
        raise ExrError("no OpenEXR file")
    (flags,) = struct.unpack_from("<I", encoded, 4)
    for flag, what in _FORBIDDEN_FLAGS.items():
        if flags & flag:
            raise ExrError(f"stored with {what}")
    attributes, position = {}, 8
    while encoded[position] != 0:
        name, position = _text(encoded, position)
        _, position = _text(encoded, position)
        (size,) = struct.unpack_from("<i", encoded, position)
        attributes[name] = encoded[position + 4 : position + 4 + size]
        position += 4 + max(size, 0)
    x_min, y_min, x_max, y_max = struct.unpack_from("<4i", attributes["dataWindow"])
    if attributes["dataWindow"] != attributes["displayWindow"]:
        raise ExrError("a part of the picture only (data window and display window differ)")
    compression = attributes["compression"][0]
    if compression not in _LINES_PER_BLOCK:
        raise ExrError(f"compressed with {dict(enumerate(_COMPRESSIONS)).get(compression, compression)}")
    return _Header(
        width=x_max - x_min + 1,
        height=y_max - y_min + 1,
        first_line=y_min,
        compression=compression,
        channels=_read_channels(attributes["channels"]),
        end=position + 1,
    )


def _read_channels(encoded: bytes) -> dict[str, np.dtype]:
    channels, position = {}, 0
    while encoded[position] != 0:
        name, position = _text(encoded, position)
        kind, _, x_step, y_step = struct.unpack_from("<4i", encoded, position)
        if not 0 <= kind < len(_DTYPES) or (x_step, y_step) != (1, 1):
            raise ExrError(f"channel {name!r} is of an unknown type or subsampled")
        channels[name] = np.dtype(_DTYPES[kind])
        position += 16
    return channels


def _text(encoded: bytes, position: int) -> tuple[str, int]:
    end = encoded.find(b"\0", position, position + 256)
    if end < 0:
        raise IndexError("a name without an end")
    return encoded[position:end].decode("ascii"), end + 1


def _read_lines(encoded: bytes, header: _Header) -> np.ndarray:
    """All lines as bytes, ``[height, bytes_per_line]``."""
    step = _LINES_PER_BLOCK[header.compression]
    num_blocks = -(-header.height // step)
    offsets = struct.unpack_from(f"<{num_blocks}Q", encoded, header.end)
    lines = np.zeros((header.height, header.bytes_per_line), np.uint8)
    for offset in offsets:
        y, num_bytes = struct.unpack_from("<2i", encoded, offset)
        first = y - header.first_line
        if first % step or not 0 <= first < header.height or num_bytes < 0:
            raise IndexError("a block outside the picture")
        block = lines[first : first + step]
        block[:] = _block_bytes(encoded[offset + 8 : offset + 8 + num_bytes], block.size).reshape(block.shape)
    return lines


def _block_bytes(stored: bytes, size: int) -> np.ndarray:
    """Undo ZIP: inflate, add up differences, and put the two halves (even and odd bytes) together."""
    if len(stored) == size:  # what does not shrink is stored as it is
        return np.frombuffer(stored, np.uint8)
    differences = np.frombuffer(zlib.decompressobj().decompress(stored, size), np.uint8).copy()
    if len(differences) != size:
        raise IndexError("a block of another size")
    differences[1:] -= 128  # modulo 256, as the sums are
    halves = np.cumsum(differences, dtype=np.uint8)
    together = np.empty(size, np.uint8)
    together[0::2], together[1::2] = halves[: (size + 1) // 2], halves[(size + 1) // 2 :]
    return together


def _split_channels(lines: np.ndarray, header: _Header) -> dict[str, np.ndarray]:
    planes, start = {}, 0
    for name, dtype in header.channels.items():
        end = start + header.width * dtype.itemsize
        planes[name] = np.ascontiguousarray(lines[:, start:end]).view(dtype)
        start = end
    return planes


def _depth_channel(planes: dict[str, np.ndarray]) -> np.ndarray:
    if len(planes) == 1:
        return next(iter(planes.values()))
    named = [name for name in planes if _DEPTH_NAME.fullmatch(name)]
    if len(named) == 1:
        return planes[named[0]]
    if planes.keys() - {"A"} == {"R", "G", "B"}:
        red = planes["R"]
        if all(np.array_equal(red, planes[name], equal_nan=True) for name in "GB"):
            return red
    raise ExrError(f"no depth channel among {', '.join(list(planes)[:12])}")
