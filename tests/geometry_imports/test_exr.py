"""OpenEXR files written by FFmpeg, and by hand where it cannot: depth channels and what is refused."""

import struct
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest

from postcam_core.errors import GeometryError
from postcam_core.geometry.depth_image import read_depth_image

HEIGHT, WIDTH = 41, 37
DEPTH = (2 + np.random.default_rng(0).random((HEIGHT, WIDTH)).cumsum(axis=1)).astype(np.float32)


def ffmpeg_exr(planes: list[np.ndarray], **options: str) -> bytes:
    codec = av.CodecContext.create("exr", "w")
    codec.width, codec.height, codec.time_base, codec.options = WIDTH, HEIGHT, Fraction(1, 25), options
    codec.pix_fmt = "grayf32le" if len(planes) == 1 else "gbrpf32le"
    frame = av.VideoFrame(WIDTH, HEIGHT, codec.pix_fmt)
    frame.pts = 0
    for plane, values in zip(frame.planes, planes, strict=True):
        padded = np.zeros((HEIGHT, plane.line_size // 4), np.float32)
        padded[:, :WIDTH] = values
        plane.update(padded.tobytes())
    return b"".join(bytes(packet) for packet in (*codec.encode(frame), *codec.encode(None)))


def own_exr(channels: dict[str, np.ndarray], *, compression=0, flags=0, window=None, step=1, kind=2) -> bytes:
    """Uncompressed scan lines, or whatever the header is told to claim."""
    height, width = next(iter(channels.values())).shape
    names = b"".join(
        name.encode() + b"\0" + struct.pack("<4i", kind, 0, step, step) for name in sorted(channels)
    )
    box = struct.pack("<4i", *(window or (0, 0, width - 1, height - 1)))
    out = b"v/1\x01" + struct.pack("<I", 2 | flags)
    for name, type_name, value in (
        ("channels", "chlist", names + b"\0"),
        ("compression", "compression", bytes([compression])),
        ("dataWindow", "box2i", box),
        ("displayWindow", "box2i", struct.pack("<4i", 0, 0, width - 1, height - 1)),
    ):
        out += f"{name}\0{type_name}\0".encode() + struct.pack("<i", len(value)) + value
    out += b"\0"
    lines = [b"".join(channels[name][y].tobytes() for name in sorted(channels)) for y in range(height)]
    start = len(out) + 8 * height
    offsets = [start + sum(len(line) + 8 for line in lines[:y]) for y in range(height)]
    out += struct.pack(f"<{height}Q", *offsets)
    return out + b"".join(struct.pack("<2i", y, len(line)) + line for y, line in enumerate(lines))


def read(tmp_path, content: bytes) -> np.ndarray:
    path = tmp_path / "0.exr"
    path.write_bytes(content)
    return read_depth_image(path, within=tmp_path)


@pytest.mark.parametrize("compression", ["none", "zip1", "zip16"])
@pytest.mark.parametrize("num_planes", [1, 3])
def test_floats_are_exact_and_halves_close(tmp_path, compression, num_planes):
    planes = num_planes * [DEPTH]
    values = read(tmp_path, ffmpeg_exr(planes, compression=compression, format="float"))
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, DEPTH)
    halves = read(tmp_path, ffmpeg_exr(planes, compression=compression, format="half"))
    np.testing.assert_allclose(halves, DEPTH, rtol=2**-10)


@pytest.mark.parametrize("name", ["Z", "depth", "ViewLayer.Depth.Z", "ViewLayer.Depth.V"])
def test_the_depth_channel_is_found_among_others(tmp_path, name):
    others = {"ViewLayer.Combined.R": 0 * DEPTH, "ViewLayer.Normal.Z": -DEPTH, "A": DEPTH * 0 + 1}
    np.testing.assert_array_equal(read(tmp_path, own_exr(others | {name: DEPTH})), DEPTH)


def test_a_single_channel_of_any_name_is_depth(tmp_path):
    np.testing.assert_array_equal(read(tmp_path, own_exr({"distance": DEPTH})), DEPTH)


WHOLE = own_exr({"Z": DEPTH})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (ffmpeg_exr([DEPTH, DEPTH, 2 * DEPTH]), "no depth channel among B, G, R"),
        (ffmpeg_exr([DEPTH], compression="rle"), "compressed with RLE"),
        (own_exr({"Z": DEPTH}, compression=4), "compressed with PIZ"),
        (own_exr({"Z": DEPTH}, compression=77), "compressed with 77"),
        (own_exr({"Z": DEPTH}, flags=0x200), "tiles"),
        (own_exr({"Z": DEPTH}, flags=0x1000), "several parts"),
        (own_exr({"Z": DEPTH}, window=(5, 5, 20, 20)), "data window"),
        (own_exr({"Z": DEPTH}, step=2), "subsampled"),
        (own_exr({"Z": DEPTH}, kind=9), "unknown type"),
        (own_exr({"Z": DEPTH, "depth": DEPTH}), "no depth channel among Z, depth"),
        (b"", "no OpenEXR"),
        (b"v/1\x01\x02\x00\x00\x00", "cut off"),
    ],
)
def test_other_files_are_refused(tmp_path, content, says):
    with pytest.raises(GeometryError, match=f"0.exr.*got .*{says}"):
        read(tmp_path, content)


@pytest.mark.parametrize("whole", [WHOLE, ffmpeg_exr([DEPTH], compression="zip16", format="float")])
def test_no_truncation_is_read_as_a_picture(tmp_path, whole):
    for length in [*range(0, 400, 7), *range(400, len(whole), 97), len(whole) - 1]:
        with pytest.raises(GeometryError):
            read(tmp_path, whole[:length])


def test_hostile_sizes_take_no_memory(tmp_path):
    big = struct.pack("<4i", 0, 0, 2**30, 2**30)
    box = struct.pack("<4i", 0, 0, WIDTH - 1, HEIGHT - 1)
    with pytest.raises(GeometryError, match="1073741825×1073741825"):
        read(tmp_path, WHOLE.replace(box, big))
    inside_out = struct.pack("<4i", 5, 5, -5, -5)
    with pytest.raises(GeometryError):
        read(tmp_path, WHOLE.replace(box, inside_out))


def test_a_zip_bomb_is_not_inflated(tmp_path):
    good = ffmpeg_exr([DEPTH], compression="zip16", format="float")
    bomb = zlib.compress(b"\0" * 50_000_000)
    start = good.index(b"\x78", good.index(b"screenWindowWidth"))
    with pytest.raises(GeometryError):
        read(tmp_path, good[:start] + bomb)
