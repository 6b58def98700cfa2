"""Depth that was estimated frame by frame, brought to one scale and shift by points followed through the clip."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..media import uint8_from_video
from ..progress import ProgressFn, no_progress
from .parallax.tracks import track_points
from .scene import SceneGeometry
from .video_checks import check_video_fits

# Frames between the two sightings of a point that are compared: near pairs are many, far ones stop drift.
_GAPS = (1, 2, 4, 8, 16, 32)
# A point that stands still is seen within this of where some depth would put it.
_MAX_OFF_PX = 1.5
_NEAREST_SHARE = 0.3  # of the nearest depth: corrections may bring it that near
_TOLERANCES = np.geomspace(0.3, 0.01, 15)
# Frames with fewer comparisons than this are named in a note.
_MIN_COMPARISONS = 12
# How strongly a correction holds on to scale 1 and shift 0, in comparisons. Scale and shift of a frame nearly make up
# for each other: a stronger hold bends both.
_PRIOR = 1e-4


@dataclass(frozen=True, kw_only=True)
class _Comparisons:
    """The same points in two frames each: ``depth_there = rise · depth_here + offset`` if depth is right.

    Attributes:
        here: Frame of the first sighting.
        there: Frame of the second.
        depth_here: Uncorrected.
        depth_there: Uncorrected.
        rise: From the rotation between the two.
        offset: From the translation.
    """

    here: np.ndarray
    there: np.ndarray
    depth_here: np.ndarray
    depth_there: np.ndarray
    rise: np.ndarray
    offset: np.ndarray


def consistent_depth(
    geometry: SceneGeometry,
    video: Float[Tensor, "frame 3 height width"],
    *,
    progress: ProgressFn = no_progress,
) -> SceneGeometry:
    """Give every frame's depth the scale and shift that make points keep their place in space.

    Estimators that see one frame at a time (MoGe, Depth Anything in mono mode) are right up to a scale and a shift
    that change from frame to frame. Points on what stands still are followed through the clip; where the cameras
    say that a point should have another depth than it has, scale and shift of the frames are adjusted, all together
    and robustly. Frame 0 keeps its own.

    Args:
        geometry: Depth to correct; its cameras are believed, a camera at rest included.
        video: Frames in [-1, 1] of the same size.
        progress: Called after each frame.

    Returns:
        The geometry with corrected depth, and a note that says by how much. Where confidence is 0, as in filled
        sky, depth stays as it is.

    Raises:
        ShapeError: If it is no video.
        GeometryError: If clip and geometry differ in size.
    """
    check_video_fits(video, geometry)
    if geometry.num_frames == 1:
        return geometry
    frames = uint8_from_video(video).cpu().numpy()
    pixel = track_points(frames, progress=progress).pixel
    comparisons = _compare(pixel, geometry)
    correction = _solve(comparisons, geometry.num_frames, with_shift=True)
    depth = _corrected(geometry, correction)
    if not depth.min() > 0:
        correction = _solve(comparisons, geometry.num_frames, with_shift=False)
        depth = _corrected(geometry, correction)
    scale = correction[:, 0]
    notes = (
        f"depth of single frames scaled by {scale.min():.2f} to {scale.max():.2f} to agree with frame 0",
    )
    num_weak = int((_counts(comparisons, geometry.num_frames) < _MIN_COMPARISONS).sum())
    if num_weak:
        notes += (f"{num_weak} frames had too few points to follow: their depth may still jump",)
    return replace(geometry, depth=depth, notes=geometry.notes + notes)


def _corrected(geometry: SceneGeometry, correction: np.ndarray) -> Float[Tensor, "frame height width"]:
    scale, shift = torch.from_numpy(correction).float().to(geometry.depth.device).unbind(dim=1)
    depth = geometry.depth * scale[:, None, None] + shift[:, None, None]
    if geometry.confidence is None:
        return depth
    # The sky keeps its one far depth in all frames.
    return torch.where(geometry.confidence > 0, depth, geometry.depth)


def _counts(comparisons: _Comparisons, num_frames: int) -> np.ndarray:
    return np.bincount(np.concatenate([comparisons.here, comparisons.there]), minlength=num_frames)


def _compare(pixel: np.ndarray, geometry: SceneGeometry) -> _Comparisons:
    """All pairs of sightings at the given gaps, of points that stand still."""
    is_seen = ~np.isnan(pixel[..., 0])
    parts = []
    for gap in _GAPS:
        track, here = np.nonzero(is_seen[:, :-gap] & is_seen[:, gap:])
        parts.append((track, here, here + gap))
    track, here, there = (np.concatenate(part) for part in zip(*parts, strict=True))
    px_here, px_there = pixel[track, here].astype(np.float64), pixel[track, there].astype(np.float64)
    K, w2c = geometry.K.cpu().numpy(), geometry.w2c.cpu().numpy()
    relative = w2c[there] @ np.linalg.inv(w2c)[here]
    homogeneous = np.concatenate([px_here, np.ones((len(px_here), 1))], axis=1)
    ray = np.einsum("nij,nj->ni", relative[:, :3, :3] @ np.linalg.inv(K)[here], homogeneous)
    depth = geometry.depth.cpu().numpy()
    near = _NEAREST_SHARE * depth.min(axis=(1, 2))[here]
    ends = [np.einsum("nij,nj->ni", K[there], ray * z + relative[:, :3, 3]) for z in (near[:, None], 1e6)]
    is_used = _distance_to_segment(px_there, *(end[:, :2] / end[:, 2:] for end in ends)) < _MAX_OFF_PX
    if geometry.confidence is not None:
        confidence = geometry.confidence.cpu().numpy()
        is_used &= (_sample(confidence, here, px_here) > 0) & (_sample(confidence, there, px_there) > 0)
    return _Comparisons(
        here=here[is_used],
        there=there[is_used],
        depth_here=_sample(depth, here, px_here)[is_used],
        depth_there=_sample(depth, there, px_there)[is_used],
        rise=ray[is_used, 2],
        offset=relative[is_used, 2, 3],
    )


def _distance_to_segment(point: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    way = end - start
    share = ((point - start) * way).sum(axis=1) / np.maximum((way**2).sum(axis=1), 1e-12)
    return np.linalg.norm(point - start - np.clip(share, 0, 1)[:, None] * way, axis=1)


def _sample(maps: np.ndarray, frame: np.ndarray, px: np.ndarray) -> np.ndarray:
    """Value of the nearest pixel: between pixels there may be an edge."""
    x, y = np.rint(px).astype(int).T
    height, width = maps.shape[1:]
    return maps[frame, y.clip(0, height - 1), x.clip(0, width - 1)].astype(np.float64)


def _solve(comparisons: _Comparisons, num_frames: int, *, with_shift: bool) -> np.ndarray:
    """Scale and shift per frame ``[frame, 2]`` by reweighted least squares of the relative disagreements.

    What disagrees by more than a tolerance loses its say. The tolerance shrinks slowly: a small one from the start
    takes a whole frame for an outlier and leaves it behind.
    """
    c = comparisons
    unit = np.sqrt(c.depth_here * np.abs(c.rise) * c.depth_there)
    # Unknowns are the changes from (1, 0), so that a small prior means "as it was"; shifts in typical depths.
    typical = np.median(c.depth_there) if len(unit) else 1.0
    terms = [(c.there, c.depth_there / unit), (c.here, -c.rise * c.depth_here / unit)]
    if with_shift:
        terms += [(c.there + num_frames, typical / unit), (c.here + num_frames, -c.rise * typical / unit)]
    target = (c.offset + c.rise * c.depth_here - c.depth_there) / unit
    prior = np.full(num_frames * (1 + with_shift), _PRIOR)
    prior[::num_frames] = 1e9  # frame 0 stays
    weight = np.ones_like(unit)
    for tolerance in _TOLERANCES:
        change = _weighted_least_squares(terms, target, weight, prior)
        residual = np.abs(sum(value * change[column] for column, value in terms) - target)
        weight = 1 / (1 + (residual / tolerance) ** 2)
    correction = np.zeros((num_frames, 2))
    correction[:, 0] = 1 + change[:num_frames]
    if with_shift:
        correction[:, 1] = typical * change[num_frames:]
    return correction


def _weighted_least_squares(
    terms: list[tuple[np.ndarray, np.ndarray]], target: np.ndarray, weight: np.ndarray, prior: np.ndarray
) -> np.ndarray:
    """Unknowns x of the equations ``Σ value · x[column] = target`` and, weighted by the prior, ``x = 0``."""
    size = len(prior)
    normal, right = np.diag(prior), np.zeros(size)
    for column, value in terms:
        right += np.bincount(column, weight * value * target, size)
        for other, other_value in terms:
            products = np.bincount(column * size + other, weight * value * other_value, size**2)
            normal += products.reshape(size, size)
    return np.linalg.solve(normal, right)
