"""The camera file that goes with a folder of depth images."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jaxtyping import Float
from torch import Tensor

from ..cameras import resize_intrinsics
from ..errors import GeometryError
from .camera_arrays import intrinsics_per_frame, number_array, w2c_per_frame
from .files import read_json_object

_TODO = 'Write {"K": 3×3 or one per frame, "w2c": 4×4 or 3×4 per frame, "width": …, "height": …}.'


@dataclass(frozen=True, kw_only=True)
class SourceCameras:
    """Intrinsics (pixels of the depth map) and poses of every frame."""

    K: Float[Tensor, "frame 3 3"]
    w2c: Float[Tensor, "frame 4 4"]


def load_camera_json(path: str | Path, *, num_frames: int, height: int, width: int) -> SourceCameras:
    """Read ``{"K": …, "w2c" or "c2w": …}``; see docs/formats.md.

    Args:
        path: The JSON file.
        num_frames: Number of depth frames; a single matrix serves them all.
        height: Height of the depth maps in pixels.
        width: Width of the depth maps in pixels. K is rescaled if the file's ``width`` and ``height`` differ.

    Raises:
        GeometryError: If the file is missing, no such JSON, or its lengths disagree with the depth.
        CameraError: If a pose is not rigid.
    """
    document = read_json_object(path, todo=_TODO)
    pose_keys = [key for key in ("w2c", "c2w") if key in document]
    if "K" not in document or len(pose_keys) != 1:
        raise _bad_file(
            Path(path).name, "the key K and exactly one of w2c, c2w", f"keys {sorted(document)[:12]}"
        )
    key = pose_keys[0]
    K = intrinsics_per_frame(number_array(document["K"], name="K"), num_frames)
    w2c = w2c_per_frame(number_array(document[key], name=key), num_frames, is_c2w=key == "c2w", name=key)
    scale_x, scale_y = _image_scale(document, height=height, width=width, name=Path(path).name)
    return SourceCameras(K=resize_intrinsics(K, scale_x=scale_x, scale_y=scale_y), w2c=w2c)


def _image_scale(document: dict[str, Any], *, height: int, width: int, name: str) -> tuple[float, float]:
    """Size of the depth maps over the size that the file's K refers to."""
    size = (document.get("width", width), document.get("height", height))
    is_paired = ("width" in document) == ("height" in document)
    if not is_paired or not all(type(side) is int and side > 0 for side in size):
        raise _bad_file(
            name,
            "width and height as positive whole numbers, both or neither",
            f"width {document.get('width')!r}, height {document.get('height')!r}",
        )
    return width / size[0], height / size[1]


def _bad_file(name: str, expected: str, got: str) -> GeometryError:
    return GeometryError(f"camera file {name!r}", expected=expected, got=got, todo=_TODO)
