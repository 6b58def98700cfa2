"""The two files of a COLMAP model that hold cameras: ``cameras`` and ``images``, as text or binary."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ...errors import GeometryError
from ..files import require_file

# Name and number of parameters by the numbers of COLMAP's binary files.
_MODELS = {
    0: ("SIMPLE_PINHOLE", 3),
    1: ("PINHOLE", 4),
    2: ("SIMPLE_RADIAL", 4),
    3: ("RADIAL", 5),
    4: ("OPENCV", 8),
    5: ("OPENCV_FISHEYE", 8),
    6: ("FULL_OPENCV", 12),
    7: ("FOV", 5),
    8: ("SIMPLE_RADIAL_FISHEYE", 4),
    9: ("RADIAL_FISHEYE", 5),
    10: ("THIN_PRISM_FISHEYE", 12),
}
_NUM_PARAMETERS = dict(_MODELS.values())
_MAX_LINE_BYTES = 16 << 20
_MAX_NAME_BYTES = 4096
_POINT_BYTES = 24  # x, y and the number of the 3D point


@dataclass(frozen=True, kw_only=True)
class ColmapCamera:
    """Lens and image size; the meaning of the parameters depends on the model."""

    model: str
    width: int
    height: int
    parameters: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class ColmapImage:
    """World-to-camera pose of one registered image: unit quaternion (w, x, y, z) and translation."""

    name: str
    camera_id: int
    quaternion: tuple[float, float, float, float]
    translation: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class ColmapModel:
    """Cameras by their number, and the images in the order of the file."""

    cameras: dict[int, ColmapCamera]
    images: tuple[ColmapImage, ...]


def read_colmap_model(folder: Path) -> ColmapModel:
    """Read ``cameras.bin`` and ``images.bin``, or ``cameras.txt`` and ``images.txt``.

    Raises:
        GeometryError: If a file is missing, damaged or promises more than it holds.

    Source:
        COLMAP documentation, "Output Format", and ``src/colmap/scene/reconstruction_io``.
    """
    suffix = next((suffix for suffix in (".bin", ".txt") if (folder / f"images{suffix}").is_file()), None)
    if suffix is None:
        raise GeometryError(
            f"COLMAP model {folder.name!r}",
            expected="cameras and images as .bin or .txt",
            got="neither images.bin nor images.txt",
            todo="Choose the folder of one model: sparse/0, for instance.",
        )
    read_cameras, read_images = _READERS[suffix]
    cameras = _read_file(folder, f"cameras{suffix}", read_cameras)
    images = _read_file(folder, f"images{suffix}", read_images)
    return ColmapModel(cameras=dict(cameras), images=tuple(images))


def _read_file(folder: Path, name: str, read) -> list:
    path = require_file(folder / name, within=folder)
    try:
        with path.open("rb") as stream:
            return list(read(stream))
    except (ValueError, IndexError, KeyError, struct.error) as error:
        raise GeometryError(
            f"COLMAP file {name!r}",
            expected="a whole file as COLMAP writes it",
            got=f"{error}"[:160],
            todo="Export the model again: colmap model_converter.",
        ) from error


def _read_text_cameras(stream: BinaryIO) -> Iterator[tuple[int, ColmapCamera]]:
    for line in _text_lines(stream):
        words = line.split()
        if words and not words[0].startswith("#"):
            yield _camera(int(words[0]), words[1], int(words[2]), int(words[3]), map(float, words[4:]))


def _read_text_images(stream: BinaryIO) -> Iterator[ColmapImage]:
    lines = _text_lines(stream)
    for line in lines:
        words = line.split(maxsplit=9)
        if words and not words[0].startswith("#"):
            yield _image([float(word) for word in words[1:8]], camera_id=int(words[8]), name=words[9])
            next(lines, None)  # its points, on a line that may be empty


def _text_lines(stream: BinaryIO) -> Iterator[str]:
    while line := stream.readline(_MAX_LINE_BYTES):
        if len(line) == _MAX_LINE_BYTES:
            raise ValueError(f"a line of more than {_MAX_LINE_BYTES >> 20} MiB")
        yield line.decode("utf-8").strip()


def _read_binary_cameras(stream: BinaryIO) -> Iterator[tuple[int, ColmapCamera]]:
    for _ in range(_take(stream, "<Q")[0]):
        camera_id, model_id, width, height = _take(stream, "<iiQQ")
        if model_id not in _MODELS:
            raise ValueError(f"camera model number {model_id}")
        model, num_parameters = _MODELS[model_id]
        yield _camera(camera_id, model, width, height, _take(stream, f"<{num_parameters}d"))


def _read_binary_images(stream: BinaryIO) -> Iterator[ColmapImage]:
    size = stream.seek(0, 2)
    stream.seek(0)
    for _ in range(_take(stream, "<Q")[0]):
        _, *pose, camera_id = _take(stream, "<i7di")
        name = _take_name(stream)
        points_end = stream.tell() + _POINT_BYTES * _take(stream, "<Q")[0] + 8
        if points_end > size:
            raise ValueError(f"the points of {name!r} are cut off")
        stream.seek(points_end)
        yield _image(pose, camera_id=camera_id, name=name)


def _take(stream: BinaryIO, layout: str) -> tuple:
    return struct.unpack(layout, stream.read(struct.calcsize(layout)))


def _take_name(stream: BinaryIO) -> str:
    name = bytearray()
    while (byte := stream.read(1)) != b"\0":
        if not byte or len(name) == _MAX_NAME_BYTES:
            raise ValueError("an image name without an end")
        name += byte
    return name.decode("utf-8")


def _camera(camera_id: int, model: str, width: int, height: int, parameters) -> tuple[int, ColmapCamera]:
    camera = ColmapCamera(model=model, width=width, height=height, parameters=tuple(parameters))
    num_parameters = _NUM_PARAMETERS.get(model)
    if num_parameters is not None and len(camera.parameters) != num_parameters:
        raise ValueError(f"camera {camera_id}: {len(camera.parameters)} parameters for {model}")
    return camera_id, camera


def _image(pose: list[float], *, camera_id: int, name: str) -> ColmapImage:
    if len(pose) != 7:
        raise ValueError(f"{len(pose)} pose numbers for {name!r}")
    return ColmapImage(
        name=name, camera_id=camera_id, quaternion=tuple(pose[:4]), translation=tuple(pose[4:])
    )


_READERS = {
    ".bin": (_read_binary_cameras, _read_binary_images),
    ".txt": (_read_text_cameras, _read_text_images),
}
