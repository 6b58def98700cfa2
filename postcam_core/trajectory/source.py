"""Paths that follow the camera which took the clip."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from ..cameras import check_rigid, smooth_c2w
from ..errors import CameraError, TrajectoryError
from .fields import Unit
from .scale import model_scale


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceCameras:
    """The cameras that took the clip, in the unit of its geometry.

    Attributes:
        c2w: One pose per source frame in float64, relative to the first: that one is the identity.
        nearest_depth: Nearest depth of the first frame, in the same unit.

    Raises:
        TrajectoryError: On poses that are not rigid or do not start at the identity, or a nearest depth that
            is not a positive finite number.
    """

    c2w: Float[Tensor, "frame 4 4"]
    nearest_depth: float

    def __post_init__(self) -> None:
        if self.c2w.ndim != 3:
            raise _error("one 4×4 pose per source frame", f"shape {tuple(self.c2w.shape)}")
        try:
            check_rigid(self.c2w, name="source cameras")
        except CameraError as error:
            raise _from_cameras(error) from error
        object.__setattr__(self, "c2w", self.c2w.to(torch.float64))
        offset = (self.c2w[0] - torch.eye(4, dtype=torch.float64)).abs().max().item()
        if offset > 1e-3:
            raise _error("the identity as the first frame's pose", f"one off by {offset:.2g}")
        if not (math.isfinite(self.nearest_depth) and self.nearest_depth > 0):
            raise _error("a positive finite nearest depth", f"{self.nearest_depth}")

    def __len__(self) -> int:
        return len(self.c2w)

    def smoothed_c2w(self, sigma_frames: float) -> Float[Tensor, "frame 4 4"]:
        """Poses without shake; the first is no longer the identity where the camera moves from the start.

        Raises:
            TrajectoryError: If the width is too small, or too large for how far the camera turns.
        """
        try:
            return smooth_c2w(self.c2w, sigma_frames=sigma_frames)
        except CameraError as error:
            raise _from_cameras(error) from error


def follow_source(
    path_c2w: Float[Tensor, "frame 4 4"],
    unit: Unit,
    *,
    source_c2w: Float[Tensor, "source 4 4"],
    source_index: Int64[Tensor, " frame"],
    nearest_depth: float,
) -> Float[Tensor, "frame 4 4"]:
    """Poses of a path that starts anew from the source camera of the frame shown, in scene units.

    Args:
        path_c2w: The path, in the axes of that camera.
        unit: Its unit of length.
        source_c2w: The source's cameras, smoothed or not, in scene units.
        source_index: Which of them each frame of the path follows.
        nearest_depth: Nearest depth of the first source frame, in scene units.
    """
    scaled = path_c2w.clone()
    scaled[:, :3, 3] *= _scene_units(unit, nearest_depth)
    return source_c2w[source_index] @ scaled


def _scene_units(unit: Unit, nearest_depth: float) -> float:
    if unit == "scene":
        return 1.0
    return nearest_depth if unit == "nearest_depth" else 1 / model_scale(nearest_depth)


def _from_cameras(error: CameraError) -> TrajectoryError:
    return TrajectoryError(error.what, expected=error.expected, got=error.got, todo=error.todo)


def _error(expected: str, got: str) -> TrajectoryError:
    return TrajectoryError(
        "source cameras",
        expected=expected,
        got=got,
        todo="Take them from the clip's geometry, anchored to its first frame.",
    )
