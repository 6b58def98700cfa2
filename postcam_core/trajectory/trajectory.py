"""A sampled camera move: one pose, focal scale and source frame per target frame."""

from dataclasses import dataclass
from typing import get_args

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from ..cameras import check_rigid
from ..errors import CameraError, TrajectoryError
from .document import TrajectoryDocument
from .fields import Unit
from .moves import sample_move
from .pace import path_times
from .paths import Path, PosesPath, SegmentsPath, path_unit
from .poses import resample_poses
from .samples import PathSamples
from .scale import MODEL_NEAREST_DEPTH, model_scale
from .segments import sample_segments
from .source import SourceCameras, follow_source
from .times import sample_times
from .timing import source_frames


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory:
    """The target camera of every frame.

    Attributes:
        c2w: Camera-to-world poses in float64; world = axes of the first source camera; lengths in ``unit``.
        unit: What a length of 1 is; see :data:`.fields.Unit`.
        focal_scale: Factor on the source's focal length; ones when left out.
        source_index: Which source frame each target frame shows; 0, 1, 2, … when left out.
        document: What it was sampled from, if anything.
        num_source: Frames of the source that it was laid over, if that was known; see :func:`.lengths.check_length`.

    Raises:
        TrajectoryError: On poses that are not rigid, non-finite or non-positive focal scales, negative source
            frames, or lengths that differ.
    """

    c2w: Float[Tensor, "frame 4 4"]
    unit: Unit
    focal_scale: Float[Tensor, " frame"] | None = None
    source_index: Int64[Tensor, " frame"] | None = None
    document: TrajectoryDocument | None = None
    num_source: int | None = None

    def __post_init__(self) -> None:
        _check_poses(self.c2w)
        # Frozen against callers; the defaults depend on the number of poses.
        object.__setattr__(self, "c2w", self.c2w.to(torch.float64))
        if self.focal_scale is None:
            object.__setattr__(self, "focal_scale", torch.ones(len(self.c2w), dtype=torch.float64))
        if self.source_index is None:
            object.__setattr__(self, "source_index", torch.arange(len(self.c2w)))
        if self.unit not in get_args(Unit):
            raise TrajectoryError(
                "unit of the trajectory",
                expected=f"one of {', '.join(get_args(Unit))}",
                got=f"{self.unit!r}",
                todo='Geometry has lengths in "scene", presets in "nearest_depth".',
            )
        _check_focal_scale(self.focal_scale, len(self.c2w))
        _check_source_index(self.source_index, len(self.c2w))

    def __len__(self) -> int:
        return len(self.c2w)

    def c2w_in_model_units(self, scene_nearest_depth: float | None = None) -> Float[Tensor, "frame 4 4"]:
        """Poses with translations in the checkpoint's unit, where the nearest depth is 3.97521.

        Args:
            scene_nearest_depth: Nearest depth of the first source frame in the scene's unit; read only when
                ``unit`` is "scene".

        Raises:
            TrajectoryError: If it is needed and missing or not positive.
        """
        scaled = self.c2w.clone()
        scaled[:, :3, 3] *= self._model_units(scene_nearest_depth)
        return scaled

    def _model_units(self, scene_nearest_depth: float | None) -> float:
        if self.unit == "nearest_depth":
            return MODEL_NEAREST_DEPTH
        if self.unit == "model":
            return 1.0
        if scene_nearest_depth is None:
            raise TrajectoryError(
                "trajectory in scene units",
                expected="the nearest depth of the scene that its lengths refer to",
                got="none",
                todo="Connect the geometry that this camera path came from.",
            )
        return model_scale(scene_nearest_depth)


def sample_trajectory(
    document: TrajectoryDocument,
    num_frames: int,
    *,
    source: SourceCameras | None = None,
    num_source: int | None = None,
) -> Trajectory:
    """Sample a document at ``num_frames`` times spread evenly over the clip.

    Args:
        document: The move.
        num_frames: Length of the result.
        source: Cameras of the clip. They say how many frames there are to show, and are needed by a document
            that is relative to them; its result is in scene units.
        num_source: How many frames there are to show where the cameras are not known; None is as many as the
            result has.

    Raises:
        TrajectoryError: If ``num_frames`` is below 1, the document needs the source's cameras and there are
            none, or focal scales or lengths multiply beyond what numbers hold.
    """
    times = sample_times(num_frames)
    samples = sample_path(document.path, path_times(times, document.pace))
    num_source = len(source) if source is not None else num_source or num_frames
    source_index = source_frames(times, document.timing, num_source)
    c2w, unit = samples.c2w, path_unit(document.path)
    if document.relative_to != "first_frame":
        c2w = follow_source(
            c2w,
            unit,
            source_c2w=_followed_c2w(document, source),
            source_index=source_index,
            nearest_depth=source.nearest_depth,
        )
        unit = "scene"
    return Trajectory(
        c2w=c2w,
        unit=unit,
        focal_scale=samples.focal_scale,
        source_index=source_index,
        document=document,
        num_source=num_source,
    )


def sample_path(path: Path, times: Float[Tensor, " frame"]) -> PathSamples:
    """Pose and focal scale of any kind of path at times in [0, 1], float64."""
    if isinstance(path, PosesPath):
        return resample_poses(path, times)
    if isinstance(path, SegmentsPath):
        return sample_segments(path, times)
    return sample_move(path, times)


def _followed_c2w(document: TrajectoryDocument, source: SourceCameras | None) -> Tensor:
    if source is None:
        raise TrajectoryError(
            "trajectory relative to the source's camera",
            expected="the cameras of the clip",
            got="none",
            todo='Connect the clip\'s geometry, or set relative_to to "first_frame".',
        )
    if document.relative_to == "source_camera":
        return source.c2w
    return source.smoothed_c2w(document.smoothing_frames)


def _check_poses(c2w: Tensor) -> None:
    if c2w.ndim != 3 or len(c2w) == 0:
        raise TrajectoryError(
            "c2w of the trajectory",
            expected="one 4×4 pose per frame, at least one",
            got=f"shape {tuple(c2w.shape)}",
            todo="Stack the poses along the first axis.",
        )
    try:
        check_rigid(c2w, name="c2w")
    except CameraError as error:
        raise TrajectoryError(error.what, expected=error.expected, got=error.got, todo=error.todo) from error


def _check_focal_scale(focal_scale: Tensor, num_frames: int) -> None:
    is_good = focal_scale.isfinite() & (focal_scale > 0)
    if focal_scale.shape != (num_frames,) or not is_good.all():
        raise TrajectoryError(
            "focal_scale of the trajectory",
            expected=f"{num_frames} positive finite numbers, one per pose",
            got=f"shape {tuple(focal_scale.shape)}, {focal_scale[~is_good].numel()} of them not positive",
            todo="Leave focal_scale out to keep the source's focal length.",
        )


def _check_source_index(source_index: Tensor, num_frames: int) -> None:
    is_integer = not (source_index.is_floating_point() or source_index.dtype == torch.bool)
    if source_index.shape != (num_frames,) or not is_integer or (source_index < 0).any():
        raise TrajectoryError(
            "source_index of the trajectory",
            expected=f"{num_frames} frame numbers from 0, one per pose",
            got=f"shape {tuple(source_index.shape)}, {source_index.dtype}",
            todo="Leave source_index out to show the source frames in order.",
        )
