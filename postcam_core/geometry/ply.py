"""Coloured points in a binary PLY file, which every 3D viewer reads."""

from pathlib import Path

import numpy as np

from ..whole_files import written_whole
from .pointcloud import PointCloud

_VERTEX = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("red", "u1"), ("green", "u1"), ("blue", "u1")])
_TYPE_NAMES = {"f": "float", "u": "uchar"}


def ply_bytes(cloud: PointCloud) -> bytes:
    """The content of a PLY file: little-endian floats x, y, z and 8-bit red, green, blue for each point."""
    vertices = np.empty(len(cloud), _VERTEX)
    for index, axis in enumerate("xyz"):
        vertices[axis] = cloud.points[:, index].cpu().numpy()
    levels = (cloud.colours * 255).round().byte().cpu().numpy()
    for index, channel in enumerate(("red", "green", "blue")):
        vertices[channel] = levels[:, index]
    header = [
        "ply",
        "format binary_little_endian 1.0",
        f"element vertex {len(cloud)}",
        *(f"property {_TYPE_NAMES[_VERTEX[name].kind]} {name}" for name in _VERTEX.names),
        "end_header\n",
    ]
    return "\n".join(header).encode("ascii") + vertices.tobytes()


def save_ply(path: str | Path, cloud: PointCloud) -> Path:
    """Write a cloud to a PLY file; an existing file is replaced."""
    path = Path(path)
    with written_whole(path) as temporary:
        temporary.write_bytes(ply_bytes(cloud))
    return path
