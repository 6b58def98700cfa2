"""The clip explained by a camera that only turns: the model that depth has to beat."""

from dataclasses import dataclass

import numpy as np

from .bundle import adjust
from .tracks import Tracks
from .views import Views, reprojection_errors

_LOSS_PX = 1.0
_NUM_KABSCH_ROUNDS = 8
# One slip in a long track is not to condemn it.
_LARGEST_ERROR_PX = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class TurningCamera:
    """Rotations that explain the tracks best without any translation.

    Attributes:
        views: Cameras, all in one place.
        error_px: ``[track]``, root mean square error of each track; 0 for tracks of which too little is seen.
    """

    views: Views
    error_px: np.ndarray


def fit_turning_camera(
    tracks: Tracks, focal_px: float, centre_px: np.ndarray, *, is_focal_free: bool
) -> TurningCamera:
    """Chain rotations from frame to frame, then adjust all of them together."""
    num_frames = tracks.pixel.shape[1]
    still = still_views(num_frames, focal_px, centre_px)
    for frame in range(1, num_frames):
        both = tracks.is_seen[:, frame - 1] & tracks.is_seen[:, frame]
        before, after = (still.rays(tracks.pixel[both, f].astype(float)) for f in (frame - 1, frame))
        still.rotation[frame] = still.rotation[frame - 1] @ _rotation_between(after, before, focal_px)
    seen, index = tracks.seen_from(range(num_frames))
    turned = adjust(
        still,
        np.zeros(len(index)),
        seen,
        moving_frames=np.empty(0, int),
        turning_frames=np.arange(1, num_frames),
        is_focal_free=is_focal_free,
        is_depth_free=False,
        prior_focal_px=focal_px,
        loss_px=_LOSS_PX,
    )
    return TurningCamera(
        views=turned.views, error_px=track_errors(turned.views, np.zeros(len(index)), tracks)
    )


def still_views(num_frames: int, focal_px: float, centre_px: np.ndarray) -> Views:
    """A camera that neither moves nor turns."""
    return Views(
        rotation=np.tile(np.eye(3), (num_frames, 1, 1)),
        position=np.zeros((num_frames, 3)),
        focal_px=focal_px,
        centre_px=centre_px,
    )


def track_errors(views: Views, inverse_depth: np.ndarray, tracks: Tracks) -> np.ndarray:
    """Root mean square error ``[track]`` in pixels over all frames, of tracks with known inverse depth.

    Each sighting's error is limited, so that one lost track point does not decide.
    """
    seen, index = tracks.seen_from(range(tracks.pixel.shape[1]))
    square = (reprojection_errors(views, inverse_depth, seen) ** 2).sum(axis=1).clip(max=_LARGEST_ERROR_PX**2)
    count = np.bincount(seen.track, minlength=len(index))
    errors = np.zeros(len(tracks.pixel))
    errors[index] = np.sqrt(np.bincount(seen.track, square, len(index)) / np.maximum(count, 1))
    return errors


def _rotation_between(source: np.ndarray, target: np.ndarray, focal_px: float) -> np.ndarray:
    """Rotation R with target ≈ R · source for most rays ``[ray, 3]``, by reweighted Kabsch fits."""
    source, target = (rays / np.linalg.norm(rays, axis=1, keepdims=True) for rays in (source, target))
    rotation, weight = np.eye(3), np.ones(len(source))
    for _ in range(_NUM_KABSCH_ROUNDS if len(source) >= 3 else 0):
        left, _, right = np.linalg.svd((weight[:, None] * target).T @ source + 1e-9 * np.eye(3))
        rotation = left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right
        error_px = focal_px * np.linalg.norm(target - source @ rotation.T, axis=1)
        weight = 1 / (1 + (error_px / max(float(np.median(error_px)), 0.2)) ** 2)
    return rotation
