"""Whether a video was filmed by the commanded camera: its poses, found from its pictures.

The source shows the same moments with known depth. Warped to a guessed pose, its corners are looked for in the
video's frame, and the pose that explains where they are found is the next guess. In the end a frame is compared
with the source as seen from the frame's own pose, so that it does not matter where the guessing began.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor
from torch.nn.functional import interpolate

from ..cameras import invert_rigid, rigid_from, rotation_angle_deg
from ..errors import ShapeError
from ..geometry import SceneGeometry
from ..progress import ProgressFn, no_progress
from ..warp import Guide, render_guide
from .corner_tracking import follow_corners
from .inpainting import fill_in_space

# Small frames are enlarged by a whole factor to about this: corners are followed in windows of a fixed size.
_WORKING_HEIGHT_PX = 192
# A little blur on both sides: a model's pictures are softer than a warp, and corners should look alike.
_BLUR_PX = 1.0
_LUMA = (0.299, 0.587, 0.114)
# Neighbours whose depths differ by more than this factor lie on two surfaces, and a corner there is no point.
_EDGE_RATIO = 1.1
_MAX_ROUNDS = 6
_SETTLED_DEG, _SETTLED_SHARE = 0.01, 1e-3
_MAX_ERROR_PX, _NUM_TRIES = 1.0, 300
MIN_INLIERS = 20
"""A pose that fewer corners agree on counts as not found."""


@dataclass(frozen=True, kw_only=True)
class FoundCameras:
    """Poses found in a video.

    Attributes:
        w2c: In the world of the source's geometry; without meaning where nothing was found.
        is_found: Whether enough corners agree on the pose.
        inlier_share: Share of all corners that agree, 0 to 1.
    """

    w2c: Float[Tensor, "frame 4 4"]
    is_found: Bool[Tensor, " frame"]
    inlier_share: Float[Tensor, " frame"]


@dataclass(frozen=True, kw_only=True)
class _Pose:
    w2c: Float[Tensor, "4 4"]
    num_inliers: int = 0
    num_corners: int = 0

    @property
    def has_majority(self) -> bool:
        """No other pose can have as many corners behind it."""
        return self.num_inliers >= MIN_INLIERS and 2 * self.num_inliers > self.num_corners


def find_cameras(
    video: Float[Tensor, "frame 3 height width"],
    source: Float[Tensor, "frame 3 height width"],
    geometry: SceneGeometry,
    guesses: Sequence[Float[Tensor, "frame 4 4"]],
    *,
    progress: ProgressFn = no_progress,
) -> FoundCameras:
    """Find from where a video was filmed.

    Every frame is tried from the pose found in the frame before, then from the source's pose and each guess,
    until one has the majority of the corners behind it; else the one with the most counts.

    Args:
        video: Frames in [-1, 1], with the intrinsics of the source.
        source: Frames of the same moments.
        geometry: Exact depth and cameras of the source.
        guesses: World-to-camera poses to try, the commanded ones for instance.
        progress: Called after each frame; cancels by raising.

    Raises:
        ShapeError: If video and source differ in size or length.
    """
    _check(video, source, geometry)
    frames = _grey(video)
    before, found = geometry.w2c[0], []
    for index, frame in enumerate(frames):
        best = _Pose(w2c=geometry.w2c[index])
        for guess in (before, geometry.w2c[index], *(poses[index] for poses in guesses)):
            pose = _refined(frame, source[index : index + 1], geometry.selected([index]), guess.double())
            best = max(best, pose, key=lambda pose: pose.num_inliers)
            if pose.has_majority:
                break
        if best.num_inliers >= MIN_INLIERS:
            before = best.w2c
        found.append(best)
        progress(index + 1, len(frames))
    inliers = torch.tensor([pose.num_inliers for pose in found])
    corners = torch.tensor([pose.num_corners for pose in found])
    return FoundCameras(
        w2c=torch.stack([pose.w2c for pose in found]),
        is_found=inliers >= MIN_INLIERS,
        inlier_share=inliers / corners.clamp_min(1),
    )


@dataclass(frozen=True, kw_only=True)
class CameraErrors:
    """How far the cameras of a clip are from the commanded ones.

    Attributes:
        rotation_deg: Median angle over the frames; a frame without a pose is infinitely wrong.
        translation_share: Median distance likewise, over the length of the commanded path; NaN for a camera that
            only turns.
        lost_share: Share of frames without a pose.
    """

    rotation_deg: float
    translation_share: float
    lost_share: float


def camera_errors(found: FoundCameras, commanded_w2c: Float[Tensor, "frame 4 4"]) -> CameraErrors:
    """Compare found cameras with the commanded ones. Both are in one world and unit: nothing is aligned."""
    commanded = commanded_w2c.double()
    angles = rotation_angle_deg(found.w2c[:, :3, :3], commanded[:, :3, :3])
    position, wanted = invert_rigid(found.w2c)[:, :3, 3], invert_rigid(commanded)[:, :3, 3]
    distance = (position - wanted).norm(dim=-1)
    length = float((wanted[1:] - wanted[:-1]).norm(dim=-1).sum())
    lost = ~found.is_found
    return CameraErrors(
        rotation_deg=float(_median(angles.masked_fill(lost, math.inf))),
        translation_share=float(_median(distance.masked_fill(lost, math.inf))) / length
        if length > 1e-6
        else math.nan,
        lost_share=float(lost.double().mean()),
    )


def _refined(
    frame: np.ndarray, source: Tensor, geometry: SceneGeometry, guess: Float[Tensor, "4 4"]
) -> _Pose:
    """The pose that the corners settle at from a guess."""
    pose = _Pose(w2c=guess)
    for _ in range(_MAX_ROUNDS):
        warped = render_guide(
            source, geometry.depth, K=geometry.K, source_w2c=geometry.w2c, target_w2c=pose.w2c[None]
        )
        step, pose = _next_pose(frame, warped, geometry.K[0].numpy(), pose.w2c)
        if step is None:
            break
        angle_deg = float(rotation_angle_deg(torch.eye(3, dtype=step.dtype), step[:3, :3]))
        # In the unit of the scene, whose size the depth tells.
        if angle_deg < _SETTLED_DEG and step[:3, 3].norm() < _SETTLED_SHARE * geometry.depth.median():
            break
    return pose


def _next_pose(
    frame: np.ndarray, warped: Guide, K: np.ndarray, w2c: Tensor
) -> tuple[Float[Tensor, "4 4"] | None, _Pose]:
    """How the camera must move from the pose of a warp to that of the frame; None if the frame does not tell."""
    import cv2

    picture = _grey(fill_in_space(warped.frames, warped.mask))[0]
    factor = len(frame) // warped.depth.shape[1]
    on_surface = np.kron(_on_one_surface(warped), np.ones((factor, factor), bool))
    matches = follow_corners(picture, frame, on_surface)
    lost = _Pose(w2c=w2c, num_corners=matches.num_corners)
    if len(matches.here) < MIN_INLIERS:
        return None, lost
    here, there = (
        (points.astype(np.float64) + 0.5) / factor - 0.5 for points in (matches.here, matches.there)
    )
    column, row = here.round().astype(int).T
    depth = warped.depth[0].numpy()[row, column].astype(np.float64)
    points = depth[:, None] * (np.c_[here, np.ones(len(here))] @ np.linalg.inv(K).T)
    is_solved, turn, move, inliers = cv2.solvePnPRansac(
        points, there, K, None, iterationsCount=_NUM_TRIES, reprojectionError=_MAX_ERROR_PX
    )
    if not is_solved or inliers is None or len(inliers) < MIN_INLIERS:
        return None, lost
    inliers = inliers.ravel()
    turn, move = cv2.solvePnPRefineLM(points[inliers], there[inliers], K, None, turn, move)
    rotation = torch.from_numpy(cv2.Rodrigues(turn)[0])
    step = rigid_from(rotation, torch.from_numpy(move.ravel()))
    return step, _Pose(w2c=step @ w2c, num_inliers=len(inliers), num_corners=matches.num_corners)


def _on_one_surface(warped: Guide) -> Bool[np.ndarray, "height width"]:
    """Pixels whose neighbours are known and lie on the same surface, one pixel away from all others."""
    import cv2

    square, depth, known = np.ones((3, 3), np.uint8), warped.depth[0].numpy(), warped.mask[0].numpy()
    farthest = cv2.dilate(np.where(known, depth, np.float32(1e12)), square)
    nearest = cv2.erode(np.where(known, depth, np.float32(0)), square)
    return cv2.erode((farthest < _EDGE_RATIO * nearest).astype(np.uint8), square).astype(bool)


def _grey(video: Tensor) -> list[UInt8[np.ndarray, "height width"]]:
    import cv2

    levels = torch.einsum("fchw,c->fhw", (video.clamp(-1, 1).float().cpu() + 1) / 2, torch.tensor(_LUMA))
    factor = max(1, round(_WORKING_HEIGHT_PX / video.shape[2]))
    if factor > 1:
        levels = interpolate(levels[:, None], scale_factor=factor, mode="bicubic", align_corners=False)[:, 0]
    bytes_ = (levels.clamp(0, 1) * 255).round().byte().numpy()
    return [cv2.GaussianBlur(frame, (0, 0), _BLUR_PX) for frame in bytes_]


def _median(values: Tensor) -> Tensor:
    """The middle value; of two the larger, so that infinities are not averaged away."""
    return values.sort().values[len(values) // 2]


def _check(video: Tensor, source: Tensor, geometry: SceneGeometry) -> None:
    size = (geometry.num_frames, 3, geometry.height, geometry.width)
    for name, frames in (("video", video), ("source", source)):
        if tuple(frames.shape) != size:
            raise ShapeError(
                name,
                expected=f"{list(size)}, as the source's geometry has",
                got=f"{list(frames.shape)}",
                todo="Compare frames of the same moments at the same size.",
            )
