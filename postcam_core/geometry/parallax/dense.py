"""One depth map per frame, without holes: triangulated, else spread along surfaces, else stood on the ground."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...progress import ProgressFn, no_progress
from ..ground_plane import GROUND_PLANE_CONFIDENCE
from .flows import FlowDepth, FlowEstimator, depth_from_flows
from .local_planes import fill_by_planes
from .moving import find_moving, stand_on_ground
from .partners import frames_at_gaps, frames_at_shifts, frames_over_shifts
from .photometric import corrected_depth
from .sky import find_sky
from .views import Views

# Frames smoothed together: enough to fill vector units, little memory.
_FRAMES_AT_ONCE = 8
_MIN_FLOWS = 2
_MAX_ERROR_PX = 1.5
_MAX_INFORMATION = 1e4
_SKY_INFORMATION = 100.0
# Smoothness of the first filling, and after each correction by the pictures.
_SMOOTHNESS = 100.0
_CORRECTIONS = (100.0, 100.0, 50.0)
_EDGE = 8.0
# What counts where nothing is known: enough to be divided by.
_NO_INFORMATION = 1e-6
# Nothing is farther than this many median depths: a sky at infinity has no number.
_FARTHEST = 100.0
_GOOD_RELATIVE_SIGMA = 0.1
_SPREAD_CONFIDENCE = 0.05
_STANDING_CONFIDENCE = 0.2


@dataclass(frozen=True, kw_only=True, eq=False)
class DenseDepth:
    """Of all frames, each ``[frame, height, width]`` float32 or bool.

    Attributes:
        inverse_depth: Above 0 everywhere.
        confidence: 0 to 1.
        is_moving: What moves by itself.
        num_cut_off: Frames in which something that moves reaches below the picture.
    """

    inverse_depth: np.ndarray
    confidence: np.ndarray
    is_moving: np.ndarray
    num_cut_off: int


def triangulated_depth(
    frames: np.ndarray, grey: np.ndarray, views: Views, *, progress: ProgressFn = no_progress
) -> DenseDepth:
    """Depth from flows to frames at useful baselines.

    Args:
        frames: uint8 ``[frame, height, width, 3]``.
        grey: uint8 ``[frame, height, width]``.
        views: Cameras, scaled so that the median depth is about 1.
        progress: Called after each group of frames.
    """

    def at_rest(
        chunk: list[int], flows: list[FlowDepth], is_moving: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        return _depth_at_rest(chunk, flows, is_moving, frames=frames, grey=grey, views=views)

    return _every_frame(
        frames, grey, views, lambda f: frames_at_shifts(views, f), at_rest, _STANDING_CONFIDENCE, progress
    )


def staged_depth(
    frames: np.ndarray,
    grey: np.ndarray,
    views: Views,
    stage: Callable[[int], np.ndarray],
    *,
    has_cameras: bool,
    progress: ProgressFn = no_progress,
) -> DenseDepth:
    """A stage without any estimate, and what moves in front of it standing on its ground.

    Args:
        frames: uint8 ``[frame, height, width, 3]``.
        grey: uint8 ``[frame, height, width]``.
        views: Cameras in one place.
        stage: Inverse depth of the stage in a frame.
        has_cameras: Whether the rotations are known; without them nothing can be said to move by itself.
        progress: Called after each group of frames.
    """

    def at_rest(
        chunk: list[int], flows: list[FlowDepth], is_moving: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        inverse_depth = np.stack([stage(frame) for frame in chunk])
        return inverse_depth, np.full_like(inverse_depth, GROUND_PLANE_CONFIDENCE)

    def partners_of(frame: int) -> list[int]:
        return frames_at_gaps(len(frames), frame) if has_cameras else []

    return _every_frame(frames, grey, views, partners_of, at_rest, GROUND_PLANE_CONFIDENCE, progress)


def _every_frame(
    frames: np.ndarray,
    grey: np.ndarray,
    views: Views,
    partners_of: Callable[[int], list[int]],
    at_rest: Callable[[list[int], list[FlowDepth], np.ndarray], tuple[np.ndarray, np.ndarray]],
    standing_confidence: float,
    progress: ProgressFn,
) -> DenseDepth:
    """Find what moves, take inverse depth and confidence of the rest, and stand the moving things on it."""
    num_frames, estimator = len(frames), FlowEstimator()
    inverse_depth = np.empty(grey.shape, np.float32)
    confidence, is_moving, num_cut_off = np.empty(grey.shape, np.float32), np.empty(grey.shape, bool), 0
    for start in range(0, num_frames, _FRAMES_AT_ONCE):
        chunk = list(range(start, min(start + _FRAMES_AT_ONCE, num_frames)))
        flows = [depth_from_flows(grey, views, frame, partners_of(frame), estimator) for frame in chunk]
        is_moving[chunk] = find_moving(flows, frames[chunk])
        resting, confidence[chunk] = at_rest(chunk, flows, is_moving[chunk])
        for frame, depth in zip(chunk, np.maximum(resting, 1 / _FARTHEST), strict=True):
            before = inverse_depth[frame - 1] * is_moving[frame - 1] if frame else None
            standing = stand_on_ground(depth, is_moving[frame], before)
            inverse_depth[frame] = standing.inverse_depth
            num_cut_off += standing.is_cut_off
        confidence[chunk] = np.where(is_moving[chunk], standing_confidence, confidence[chunk])
        progress(chunk[-1] + 1, num_frames)
    return DenseDepth(
        inverse_depth=inverse_depth, confidence=confidence, is_moving=is_moving, num_cut_off=num_cut_off
    )


def _depth_at_rest(
    chunk: list[int],
    flows: list[FlowDepth],
    is_moving: np.ndarray,
    *,
    frames: np.ndarray,
    grey: np.ndarray,
    views: Views,
) -> tuple[np.ndarray, np.ndarray]:
    """Inverse depth and confidence of some frames: flow first, then the pictures, each spread over surfaces."""
    information = np.stack([_usable_information(flow) for flow in flows]) * ~is_moving
    is_sky = np.stack([find_sky(flow, weight) for flow, weight in zip(flows, information, strict=True)])

    def filled(values: np.ndarray, weights: np.ndarray, strength: float) -> np.ndarray:
        values, weights = np.where(is_sky, 0, values), np.where(is_sky, _SKY_INFORMATION, weights)
        spread = fill_by_planes(values, weights, frames[chunk], strength=strength, edge=_EDGE)
        return np.maximum(spread, 1 / _FARTHEST).astype(np.float32)

    depth = filled(np.stack([flow.inverse_depth for flow in flows]), information, _SMOOTHNESS)
    partners = [frames_over_shifts(views, frame) for frame in chunk]
    for strength in _CORRECTIONS:
        seen = [
            corrected_depth(grey, views, frame, others, before)
            for frame, others, before in zip(chunk, partners, depth, strict=True)
        ]
        information = np.stack([np.minimum(correction.information, _MAX_INFORMATION) for correction in seen])
        information = information * ~is_moving + _NO_INFORMATION
        depth = filled(np.stack([correction.inverse_depth for correction in seen]), information, strength)
    sigma = 1 / np.sqrt(information) / depth
    return depth, np.maximum(1 / (1 + (sigma / _GOOD_RELATIVE_SIGMA) ** 2), _SPREAD_CONFIDENCE)


def _usable_information(flow: FlowDepth) -> np.ndarray:
    is_usable = (flow.num_flows >= _MIN_FLOWS) & (flow.error_px < _MAX_ERROR_PX) & (flow.inverse_depth > 0)
    return np.minimum(flow.information, _MAX_INFORMATION) * is_usable
