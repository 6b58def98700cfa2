"""Cameras as other tools store them: one or many, 3×4 or 4×4, either direction."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import check_rigid, invert_rigid
from ..errors import GeometryError


def number_array(values: Any, *, name: str) -> np.ndarray:
    """Nested lists of numbers as a float64 array.

    Raises:
        GeometryError: If the lists are ragged or hold something else than numbers.
    """
    try:
        array = np.asarray(values)
    except ValueError:  # ragged lists
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise GeometryError(
            name,
            expected="a matrix of numbers, or a list of them with one per frame",
            got=f"{str(values)[:60]!r}",
            todo="Write [[…], […], …] with rows of equal length.",
        )
    return array.astype(np.float64)


def intrinsics_per_frame(
    values: np.ndarray, num_frames: int, *, name: str = "K"
) -> Float[Tensor, "frame 3 3"]:
    """K of every frame from one 3×3 matrix or one per frame.

    Raises:
        GeometryError: If the shape is another.
    """
    return torch.from_numpy(_per_frame(values, num_frames, shapes=((3, 3),), name=name))


def w2c_per_frame(
    values: np.ndarray, num_frames: int, *, is_c2w: bool = False, name: str = "w2c"
) -> Float[Tensor, "frame 4 4"]:
    """World-to-camera pose of every frame from one or many 3×4 or 4×4 matrices.

    Args:
        values: A single matrix is the camera of a static shot.
        num_frames: Number of depth frames.
        is_c2w: Whether the matrices map from camera to world.
        name: The key they were stored under.

    Raises:
        GeometryError: If the shape is another.
        CameraError: If a matrix is not rigid.
    """
    matrices = torch.from_numpy(_per_frame(values, num_frames, shapes=((3, 4), (4, 4)), name=name))
    if matrices.shape[1] == 3:
        last_row = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=matrices.dtype)
        matrices = torch.cat([matrices, last_row.expand(num_frames, 1, 4)], dim=1)
    check_rigid(matrices, name=name)
    return invert_rigid(matrices) if is_c2w else matrices


def _per_frame(
    values: np.ndarray, num_frames: int, *, shapes: tuple[tuple[int, int], ...], name: str
) -> np.ndarray:
    if values.shape in shapes:
        values = np.repeat(values[None], num_frames, axis=0)
    if values.shape not in [(num_frames, *shape) for shape in shapes]:
        one = " or ".join(f"{rows}×{columns}" for rows, columns in shapes)
        raise GeometryError(
            name,
            expected=f"one {one} matrix, or {num_frames} of them (one per depth frame)",
            got=f"shape {values.shape}",
            todo="Give depth and cameras for the same frames.",
        )
    return values.astype(np.float64)
