"""nerfstudio's ``transforms.json`` with the depth images that it names."""

import math
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from ...cameras import OPENGL_FROM_OPENCV, check_rigid, focal_from_fov, invert_rigid
from ...errors import CameraError, GeometryError
from ...progress import ProgressFn, no_progress
from ..camera_arrays import number_array
from ..depth_folder import natural_key, read_depth_images
from ..files import read_json_object, require_file
from ..scene import SceneGeometry
from .camera_values import K_from_edge_origin, refuse_distortion, scale_to_depth

_TODO = "Choose the transforms.json of a data set whose frames have a depth_file_path."
_PINHOLE_MODELS = ("OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "PERSPECTIVE")
# One camera path is no longer than this; each frame costs at least a depth image.
_MAX_FRAMES = 100_000
_LARGEST = 1e9


def load_nerfstudio(
    transforms_json: str | Path,
    *,
    depth_scale: float | None = None,
    fill_missing: bool = False,
    progress: ProgressFn = no_progress,
) -> SceneGeometry:
    """Read cameras and depth images of a nerfstudio data set.

    Frames are taken in the order of the numbers in their ``file_path``. Poses are c2w with OpenGL camera axes and
    become OpenCV's; the world stays the file's, so ``applied_transform`` needs no undoing. Pixels begin at (0, 0)
    with their corner. Depth is brought to the unit of the poses: value · scale · ``applied_scale``.

    Args:
        transforms_json: The file; depth images lie in its folder or below.
        depth_scale: Unit of the depth values, before ``applied_scale``. None: the file's
            ``depth_unit_scale_factor``, else nerfstudio's 0.001 for 16-bit integers and 1 for floats.
        fill_missing: Put missing pixels at a far depth, with a note, instead of refusing them.
        progress: Called after each depth image.

    Raises:
        GeometryError: If files are missing or damaged, a frame has no depth image, or a pixel no depth.
        CameraError: If a lens is no pinhole or a pose not rigid.

    Source:
        nerfstudio "Data conventions" and ``nerfstudio_dataparser.py``. Differs: nerfstudio reads floats as
        millimetres too unless told otherwise.
    """
    path = require_file(transforms_json)
    document = read_json_object(path, todo=_TODO)
    frames = _frames(document)
    folder = path.parent
    applied_scale = _number(document, "applied_scale", default=1.0)
    if depth_scale is None and "depth_unit_scale_factor" in document:
        depth_scale = _number(document, "depth_unit_scale_factor")
    filled = read_depth_images(
        [folder / frame["depth_file_path"] for frame in frames],
        within=folder,
        depth_scale=depth_scale,
        fill_missing=fill_missing,
        progress=progress,
    )
    num_frames, height, width = filled.depth.shape
    K = [_intrinsics(document | frame, width, height, name=frame["file_path"][-60:]) for frame in frames]
    return SceneGeometry(
        depth=filled.depth * applied_scale,
        K=torch.stack(K),
        w2c=invert_rigid(_c2w(frames)),
        confidence=filled.confidence,
        provider="nerfstudio",
        notes=filled.notes,
    )


def _frames(document: dict[str, Any]) -> list[dict[str, Any]]:
    frames = document.get("frames")
    if not isinstance(frames, list) or not 0 < len(frames) <= _MAX_FRAMES:
        raise _error(f"frames: a list of 1 to {_MAX_FRAMES}", f"{type(frames).__name__}")
    for index, frame in enumerate(frames):
        for key in ("file_path", "depth_file_path"):
            if not isinstance(frame, dict) or not isinstance(frame.get(key), str) or "\0" in frame[key]:
                raise _error(f"{key} of frame {index}", "none")
    return sorted(frames, key=lambda frame: natural_key(frame["file_path"]))


def _c2w(frames: list[dict[str, Any]]) -> Float[Tensor, "frame 4 4"]:
    """Poses with OpenCV camera axes in the file's world."""
    matrices = [number_array(frame.get("transform_matrix"), name="transform_matrix") for frame in frames]
    shapes = {matrix.shape for matrix in matrices} - {(4, 4), (3, 4)}
    if shapes:
        raise _error("every transform_matrix 4×4 or 3×4", f"shape {shapes.pop()}")
    c2w = torch.eye(4, dtype=torch.float64).repeat(len(frames), 1, 1)
    for pose, matrix in zip(c2w, matrices, strict=True):
        pose[: len(matrix)] = torch.from_numpy(matrix)
    check_rigid(c2w, name="transform_matrix")
    return c2w @ OPENGL_FROM_OPENCV


def _intrinsics(camera: dict[str, Any], width: int, height: int, *, name: str) -> Float[Tensor, "3 3"]:
    """K in pixels of the depth maps, from a frame's own keys or the file's."""
    model = camera.get("camera_model", "OPENCV")
    if model not in _PINHOLE_MODELS or camera.get("is_fisheye") is True:
        raise CameraError(
            f"camera_model of {name!r}",
            expected=" or ".join(_PINHOLE_MODELS),
            got=f"{model!r}"[:60],
            todo="Undistort the images (ns-process-data) and export depth of the undistorted ones.",
        )
    image_width, image_height = (
        round(_number(camera, key, default=side)) for key, side in (("w", width), ("h", height))
    )
    scale_x, scale_y = scale_to_depth(
        image_width, image_height, depth_width=width, depth_height=height, name=f"size of {name!r}"
    )
    fx = _focal(camera, "x", image_width)
    fy = _focal(camera, "y", image_height) if {"fl_y", "camera_angle_y"} & camera.keys() else fx
    cx, cy = _number(camera, "cx", default=image_width / 2), _number(camera, "cy", default=image_height / 2)
    K = torch.tensor([[fx, 0, cx], [0, fy, cy], [0, 0, 1]], dtype=torch.float64)
    refuse_distortion(
        K,
        width=image_width,
        height=image_height,
        radial=[_number(camera, key, default=0.0) for key in ("k1", "k2", "k3", "k4")],
        tangential=[_number(camera, key, default=0.0) for key in ("p1", "p2")],
        name=f"lens of {name!r}",
    )
    return K_from_edge_origin(K, scale_x=scale_x, scale_y=scale_y)


def _focal(camera: dict[str, Any], axis: str, size_px: int) -> float:
    """Focal length in pixels, from itself or from the angle in radians that the image covers."""
    if f"fl_{axis}" in camera:
        return _number(camera, f"fl_{axis}")
    return focal_from_fov(math.degrees(_number(camera, f"camera_angle_{axis}")), size_px)


def _number(document: dict[str, Any], key: str, *, default: float | None = None) -> float:
    value = document.get(key, default)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not abs(value) < _LARGEST:
        raise _error(f"a number for {key!r}", f"{value!r}"[:60])
    return float(value)


def _error(expected: str, got: str) -> GeometryError:
    return GeometryError("nerfstudio cameras", expected=expected, got=got, todo=_TODO)
