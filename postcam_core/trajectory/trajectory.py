"""A sampled camera move: one pose, focal scale and source frame per target frame."""

from dataclasses import dataclass
from typing import get_args

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from ..cameras import check_rigid, interpolate_rigid
from ..errors import CameraError, TrajectoryError
from .document import KeyframePath, OrbitPath, PosesPath, PresetPath, TrajectoryDocument, Unit
from .interpolation import interpolate_keyframes
from .orbit import orbit_c2w
from .presets import preset_path
from .scale import MODEL_NEAREST_DEPTH, model_scale
from .times import sample_times


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory:
    """The target camera of every frame.

    Attributes:
        c2w: Camera-to-world poses in float64; world = axes of the first source camera; lengths in ``unit``.
        unit: What a length of 1 is; see :data:`.document.Unit`.
        focal_scale: Factor on the source's focal length; ones when left out.
        source_index: Which source frame each target frame shows; 0, 1, 2, … when left out.
        document: What it was sampled from, if anything.

    Raises:
        TrajectoryError: On poses that are not rigid, non-finite or non-positive focal scales, negative source
            frames, or lengths that differ.
    """

    c2w: Float[Tensor, "frame 4 4"]
    unit: Unit
    focal_scale: Float[Tensor, " frame"] | None = None
    source_index: Int64[Tensor, " frame"] | None = None
    document: TrajectoryDocument | None = None

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


def sample_trajectory(document: TrajectoryDocument, num_frames: int) -> Trajectory:
    """Sample a document at ``num_frames`` times spread evenly over the clip.

    A path of poses with another number of frames is resampled: straight in position, the shortest arc in
    rotation, evenly in the logarithm of the focal scale.

    Raises:
        TrajectoryError: If ``num_frames`` is below 1.
    """
    path = document.path
    if isinstance(path, PresetPath):
        path = preset_path(path.name, path.amount)
    if isinstance(path, OrbitPath):
        c2w = orbit_c2w(path.pitch_deg, path.yaw_deg, path.displacement, num_frames)
        return Trajectory(c2w=c2w, unit="nearest_depth", document=document)
    times = sample_times(num_frames)
    if isinstance(path, KeyframePath):
        samples = interpolate_keyframes(path.keyframes, times)
        c2w, focal_scale = samples.c2w, samples.focal_scale
    else:
        c2w, focal_scale = _resample(path, times)
    return Trajectory(c2w=c2w, unit=path.unit, focal_scale=focal_scale, document=document)


def _resample(path: PosesPath, times: Tensor) -> tuple[Tensor, Tensor]:
    c2w = torch.tensor(path.c2w, dtype=torch.float64).unflatten(-1, (4, 4))
    focal_scale = torch.tensor(path.focal_scale or [1.0] * len(c2w), dtype=torch.float64)
    if len(c2w) == len(times):
        return c2w, focal_scale
    place = times * (len(c2w) - 1)
    start = place.floor().long().clamp(max=max(len(c2w) - 2, 0))
    end = (start + 1).clamp(max=len(c2w) - 1)
    fraction = place - start
    log_focal = torch.lerp(focal_scale[start].log(), focal_scale[end].log(), fraction)
    return interpolate_rigid(c2w[start], c2w[end], fraction), log_focal.exp()


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
