"""Depth images of a clip: found in a folder, read in order, as depth in the unit of the cameras."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import GeometryError
from ..progress import ProgressFn, no_progress
from .depth_checks import check_depth, check_size
from .depth_image import DEPTH_IMAGE_SUFFIXES, read_depth_image
from .files import require_folder
from .invalid_depth import FilledDepth, fill_invalid_depth

DepthKind: TypeAlias = Literal["depth", "inverse"]


def find_depth_images(folder: str | Path) -> list[Path]:
    """The depth images of a folder, ordered by the numbers in their names.

    Raises:
        GeometryError: If there is no such folder, no depth image in it, or several kinds.
    """
    folder = require_folder(folder)
    paths = [path for path in folder.iterdir() if path.suffix.lower() in DEPTH_IMAGE_SUFFIXES]
    kinds = sorted({path.suffix.lower() for path in paths})
    if len(kinds) != 1:
        raise GeometryError(
            f"folder {folder.name!r}",
            expected=f"depth images of one kind ({', '.join(DEPTH_IMAGE_SUFFIXES)})",
            got=f"{' and '.join(kinds)}" if kinds else "none",
            todo="Keep the depth images, and nothing else that is an image, in a folder of their own.",
        )
    return sorted(paths, key=lambda path: natural_key(path.stem))


def natural_key(name: str) -> list[tuple[int, str]]:
    """Order by the numbers in a name: frame_2 before frame_10."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def read_depth_images(
    paths: Sequence[Path],
    *,
    within: Path,
    depth_kind: DepthKind = "depth",
    depth_scale: float | None = 1.0,
    fill_missing: bool = False,
    progress: ProgressFn = no_progress,
) -> FilledDepth:
    """Depth of every frame.

    Args:
        paths: One image per frame, in order.
        within: Folder that all of them must lie in.
        depth_kind: ``"depth"``: z = scale · value; ``"inverse"`` (disparity): z = scale / value.
        depth_scale: See above; None is 0.001 for 16-bit integers (millimetres read as metres) and 1 for floats.
        fill_missing: Put missing pixels (0, NaN, infinite, negative) at a far depth instead of refusing them.
        progress: Called after each image.

    Raises:
        GeometryError: If an image is missing, broken or of another size than the first, a pixel has no depth, or
            the options are impossible.
    """
    _check_options(depth_kind, depth_scale)
    depth = torch.empty(0)
    for index, path in enumerate(paths):
        values = read_depth_image(path, within=within)
        if index == 0:
            check_size(len(paths), *values.shape, name=f"depth images in {within.name!r}")
            depth = torch.empty(len(paths), *values.shape)
        if not fill_missing:
            _refuse_missing(values, path)
        _check_size(values, path, shape=tuple(depth.shape[1:]))
        depth[index] = _in_scene_units(values, depth_kind, depth_scale)
        progress(index + 1, len(paths))
    if fill_missing:
        return fill_invalid_depth(depth)
    check_depth(depth)
    return FilledDepth(depth=depth, confidence=None, notes=())


def _in_scene_units(
    values: np.ndarray, depth_kind: DepthKind, depth_scale: float | None
) -> Float[Tensor, "height width"]:
    if depth_scale is None:
        depth_scale = 0.001 if values.dtype == np.uint16 else 1.0
    # float64 holds every 16-bit and float32 value exactly; the result is rounded once.
    exact = torch.from_numpy(values.astype(np.float64))
    return depth_scale * exact if depth_kind == "depth" else depth_scale / exact


def _refuse_missing(values: np.ndarray, path: Path) -> None:
    num_missing = int((values == 0).sum())
    if num_missing:
        raise GeometryError(
            f"depth image {path.name!r}",
            expected="a value above 0 at every pixel",
            got=f"0 (missing) at {num_missing} of {values.size} pixels",
            todo="Fill the gaps in the tool that made the images, or let fill_missing put them at a far depth.",
        )


def _check_size(values: np.ndarray, path: Path, *, shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        raise GeometryError(
            f"depth image {path.name!r}",
            expected=f"{shape[1]}×{shape[0]} like the first one",
            got=f"{values.shape[1]}×{values.shape[0]}",
            todo="Export all frames at one size.",
        )


def _check_options(depth_kind: str, depth_scale: float | None) -> None:
    is_scale = depth_scale is None or 0 < depth_scale < float("inf")
    if depth_kind not in ("depth", "inverse") or not is_scale:
        raise GeometryError(
            "depth options",
            expected='kind "depth" or "inverse" and a finite scale above 0',
            got=f'"{depth_kind}", {depth_scale}',
            todo="0.001 reads millimetres as metres.",
        )
