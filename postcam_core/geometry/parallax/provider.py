"""Depth and cameras of a clip without any learned weights: from how its parts shift against each other."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ...cameras import focal_from_fov, invert_rigid, rigid_from
from ...cameras import fov_deg as fov_from_focal
from ...errors import GeometryError, ShapeError
from ...progress import ProgressFn, no_progress
from ..scene import SceneGeometry
from .dense import DenseDepth, staged_depth, triangulated_depth
from .evidence import STILL_DEG, MotionEvidence, judge, largest_turn_deg, may_have_parallax
from .frames import WorkingFrames, working_frames
from .reconstruct import Reconstruction, reconstruct
from .rotations import TurningCamera, fit_turning_camera, still_views
from .stage import stage_inverse_depth
from .tracks import Tracks, track_points
from .views import Views

# Horizontal fields of view to start the search from; the first is what cameras have most often.
_FOVS_DEG = (55.0, 40.0, 70.0, 28.0, 85.0)
_CUT_OFF_SHARE = 0.2
_CAMERA_STEPS = 4
_MIN_SIDE_PX = 32


@dataclass(frozen=True, kw_only=True)
class _Progress:
    """One count over all stages: tracking, cameras, depth."""

    report: ProgressFn
    num_frames: int

    def stage(self, offset: int) -> ProgressFn:
        return lambda done, total: self.report(offset + done, 2 * self.num_frames + _CAMERA_STEPS)


def parallax_geometry(
    video: Float[Tensor, "frame 3 height width"],
    *,
    fov_deg: float | None = None,
    horizon: float = 0.4,
    working_width: int = 416,
    progress: ProgressFn = no_progress,
) -> SceneGeometry:
    """Estimate depth and cameras from parallax, or say that there is none.

    Points are tracked; the cameras come from the five-point algorithm and bundle adjustment; each pixel is
    triangulated from dense flow; what is not determined is filled from its surroundings along the edges of the
    picture; what moves by itself stands upright on the ground where it ends. The unit of length is the median
    depth of frame 0, not the metre.

    Where the camera stands still, only turns or hardly moves, no depth is made up from it: level ground and
    a wall stand in, as in :func:`ground_plane_geometry`, with the camera's rotations, low confidence and a
    note. The clip is taken to have one focal length: a zoom is read as a move forwards.

    Args:
        video: Frames in [-1, 1].
        fov_deg: Horizontal field of view in degrees if known. None estimates it, which needs some motion.
        horizon: Height of the horizon in frame 0 for the stand-in scene: 0 is the top edge, 1 the bottom edge.
        working_width: Width in pixels at which motion is measured; the clip is reduced or enlarged to it.
        progress: Called with steps done and steps in all.

    Raises:
        ShapeError: If the video has another shape, is too small or not finite.
        CameraError: If the field of view is not between 0 and 180 degrees.
        GeometryError: If the horizon is out of range.
    """
    _check_input(video, horizon, working_width)
    frames = working_frames(video, working_width)
    fovs = _FOVS_DEG if fov_deg is None else (fov_deg,)
    focals_px = [focal_from_fov(fov, frames.width) for fov in fovs]
    steps = _Progress(report=progress, num_frames=len(video))
    tracks = track_points(frames.rgb, progress=steps.stage(0))
    turning = fit_turning_camera(tracks, focals_px[0], frames.centre_px, is_focal_free=fov_deg is None)
    steps.stage(len(video))(1, _CAMERA_STEPS)
    evidence, found = may_have_parallax(tracks, turning), None
    if evidence.has_parallax:
        found = reconstruct(tracks, turning, focals_px=focals_px)
        evidence = judge(tracks, found, evidence)
    depth_steps = steps.stage(len(video) + _CAMERA_STEPS)
    depth_steps(0, len(video))
    if found is not None and evidence.has_parallax:
        depth = triangulated_depth(frames.rgb, frames.grey, found.views, progress=depth_steps)
        notes = _success_notes(tracks, found, evidence, depth, frames, fov_deg)
        return _geometry(found.views, depth, notes, video)
    views = turning.views if evidence.is_turning else still_views(len(video), focals_px[0], frames.centre_px)
    depth = staged_depth(
        frames.rgb,
        frames.grey,
        views,
        lambda frame: stage_inverse_depth(
            views, frame, height=frames.height, width=frames.width, horizon=horizon
        ),
        has_cameras=evidence.is_turning,
        progress=depth_steps,
    )
    return _geometry(views, depth, _stand_in_notes(turning, evidence, depth, frames, fov_deg), video)


def _check_input(video: Tensor, horizon: float, working_width: int) -> None:
    if video.ndim != 4 or video.shape[1] != 3 or len(video) == 0 or min(video.shape[2:]) < _MIN_SIDE_PX:
        raise ShapeError(
            "video",
            expected=f"at least one frame [frame, 3, height, width] of {_MIN_SIDE_PX} pixels or more each way",
            got=f"shape {tuple(video.shape)}",
            todo="Give the clip that the guide is to be made of, colours in the second dimension.",
        )
    if working_width < 2 * _MIN_SIDE_PX:
        raise ShapeError(
            "working width",
            expected=f"at least {2 * _MIN_SIDE_PX} pixels",
            got=f"{working_width}",
            todo="416 suits most clips; more is slower and seldom more exact.",
        )
    if not -3 <= horizon <= 4:
        raise GeometryError(
            "horizon",
            expected="a fraction of the image height, from −3 to 4",
            got=f"{horizon}",
            todo="0 is the top edge of the image, 1 the bottom edge, 0.4 suits most shots.",
        )
    if not all(bool(frame.isfinite().all()) for frame in video):
        raise ShapeError(
            "video",
            expected="finite colours in [-1, 1]",
            got="NaN or infinity",
            todo="Decode the clip again.",
        )


def _geometry(views: Views, depth: DenseDepth, notes: tuple[str, ...], video: Tensor) -> SceneGeometry:
    num_frames = len(views.rotation)
    K = torch.eye(3, dtype=torch.float64)
    K[0, 0] = K[1, 1] = views.focal_px
    K[:2, 2] = torch.from_numpy(views.centre_px)
    c2w = rigid_from(torch.from_numpy(views.rotation), torch.from_numpy(views.position))
    geometry = SceneGeometry(
        depth=torch.from_numpy(1 / depth.inverse_depth),
        K=K.expand(num_frames, 3, 3),
        w2c=invert_rigid(c2w),
        confidence=torch.from_numpy(depth.confidence),
        provider="parallax",
        notes=notes,
    )
    return geometry.anchored().resized(video.shape[2], video.shape[3], "surface")


def _success_notes(
    tracks: Tracks,
    found: Reconstruction,
    evidence: MotionEvidence,
    depth: DenseDepth,
    frames: WorkingFrames,
    fov_deg: float | None,
) -> tuple[str, ...]:
    num_static, error_px = int(found.is_static.sum()), float(np.median(found.error_px[found.is_static]))
    return (
        f"depth from parallax, not metric: {num_static} of {len(tracks.pixel)} tracks stand still "
        f"(median error {error_px:.2f} px), a quarter of them seen under {evidence.angle_deg:.1f}° or more",
        _focal_note(found.views.focal_px, frames, fov_deg),
        *_moving_notes(depth),
    )


def _stand_in_notes(
    turning: TurningCamera,
    evidence: MotionEvidence,
    depth: DenseDepth,
    frames: WorkingFrames,
    fov_deg: float | None,
) -> tuple[str, ...]:
    turn_deg = largest_turn_deg(turning)
    camera, fov = "the source camera is taken to stand still", fov_deg or _FOVS_DEG[0]
    focal_note = f"field of view taken to be {fov:.1f}°"
    if evidence.is_turning:
        focal_note = _focal_note(turning.views.focal_px, frames, fov_deg)
        if turn_deg > STILL_DEG:
            camera = f"the camera's rotation (up to {turn_deg:.1f}°) was kept"
    return (
        f"no depth was estimated: {evidence.reason}. Level ground and a wall stand in for the scene; {camera}",
        focal_note,
        *_moving_notes(depth),
    )


def _focal_note(focal_px: float, frames: WorkingFrames, fov_deg: float | None) -> str:
    if fov_deg is not None:
        return f"field of view {fov_deg:.1f}° as given"
    found_deg = fov_from_focal(focal_px, frames.width)
    return f"field of view {found_deg:.1f}° (horizontal) searched for; give it if you know it"


def _moving_notes(depth: DenseDepth) -> tuple[str, ...]:
    share = float(depth.is_moving.mean())
    notes = []
    if share > 0:
        notes.append(f"{share:.0%} of the pixels move by themselves and were stood upright on the ground")
    if depth.num_cut_off > _CUT_OFF_SHARE * len(depth.is_moving):
        notes.append("something that moves reaches below the picture: how far away it is was guessed")
    return tuple(notes)
