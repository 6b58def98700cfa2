"""A folder of depth images with a camera JSON: what most tools can export."""

import re
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from ..errors import GeometryError
from ..progress import ProgressFn, no_progress
from .camera_json import load_camera_json
from .depth_checks import check_size
from .depth_image import DEPTH_IMAGE_SUFFIXES, read_depth_image
from .files import require_folder
from .scene import SceneGeometry


def load_depth_images(
    folder: str | Path,
    cameras_json: str | Path,
    *,
    depth_kind: Literal["depth", "inverse"] = "depth",
    depth_scale: float = 1.0,
    progress: ProgressFn = no_progress,
) -> SceneGeometry:
    """Read depth images in the order of the numbers in their names, and their cameras.

    Args:
        folder: Holds PNG (16-bit), TIFF, EXR or npy depth images: one kind, one image per frame.
        cameras_json: See :func:`postcam_core.geometry.camera_json.load_camera_json`.
        depth_kind: ``"depth"``: z = scale · value; ``"inverse"`` (disparity): z = scale / value.
        depth_scale: 0.001 turns the usual millimetres of 16-bit PNGs into metres. The result must be in the
            unit of the camera's translations.
        progress: Called after each image.

    Raises:
        GeometryError: If files are missing, broken or of unlike size, a pixel has no depth (in a 16-bit image:
            the value 0), or depth and cameras differ in number.
        CameraError: If K is no pinhole matrix or a pose is not rigid.
    """
    _check_options(depth_kind, depth_scale)
    folder = require_folder(folder)
    paths = _depth_paths(folder)
    depth = _read_all(paths, folder, progress)
    # float64 holds every 16-bit and float32 value exactly; the result is rounded once.
    for frame in depth:
        values = frame.double()
        frame.copy_(depth_scale * values if depth_kind == "depth" else depth_scale / values)
    num_frames, height, width = depth.shape
    cameras = load_camera_json(cameras_json, num_frames=num_frames, height=height, width=width)
    return SceneGeometry(depth=depth, K=cameras.K, w2c=cameras.w2c, provider="depth_images")


def _read_all(paths: list[Path], folder: Path, progress: ProgressFn) -> torch.Tensor:
    depth = torch.empty(0)
    for index, path in enumerate(paths):
        values = read_depth_image(path, within=folder)
        if index == 0:
            check_size(len(paths), *values.shape, name=f"depth images in {folder.name!r}")
            depth = torch.empty(len(paths), *values.shape)
        _check_image(values, path, shape=tuple(depth.shape[1:]))
        depth[index] = torch.from_numpy(values.astype(np.float32))
        progress(index + 1, len(paths))
    return depth


def _check_image(values: np.ndarray, path: Path, *, shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        raise GeometryError(
            f"depth image {path.name!r}",
            expected=f"{shape[1]}×{shape[0]} like the first one",
            got=f"{values.shape[1]}×{values.shape[0]}",
            todo="Export all frames at one size.",
        )
    num_missing = int((values == 0).sum())
    if num_missing:
        raise GeometryError(
            f"depth image {path.name!r}",
            expected="a value above 0 at every pixel",
            got=f"0 (missing) at {num_missing} of {values.size} pixels",
            todo="Fill the gaps in the tool that made the images; nothing is made up here.",
        )


def _depth_paths(folder: Path) -> list[Path]:
    paths = [path for path in folder.iterdir() if path.suffix.lower() in DEPTH_IMAGE_SUFFIXES]
    kinds = sorted({path.suffix.lower() for path in paths})
    if len(kinds) != 1:
        raise GeometryError(
            f"folder {folder.name!r}",
            expected=f"depth images of one kind ({', '.join(DEPTH_IMAGE_SUFFIXES)})",
            got=f"{' and '.join(kinds)}" if kinds else "none",
            todo="Keep the depth images, and nothing else that is an image, in a folder of their own.",
        )
    return sorted(paths, key=_natural_key)


def _natural_key(path: Path) -> list[tuple[int, str]]:
    """Order by the numbers in a name: frame_2 before frame_10."""
    parts = re.split(r"(\d+)", path.stem)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _check_options(depth_kind: str, depth_scale: float) -> None:
    if depth_kind not in ("depth", "inverse") or not 0 < depth_scale < float("inf"):
        raise GeometryError(
            "depth options",
            expected='kind "depth" or "inverse" and a finite scale above 0',
            got=f'"{depth_kind}", {depth_scale}',
            todo="0.001 reads millimetres as metres.",
        )
