"""Bringing one set of points or cameras onto another that differs by place, direction and size."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import CameraError
from .se3 import rigid_from

# Singular values below this share of the largest count as none: the points lie on a line or in one place.
_RANK_TOLERANCE = 1e-10
_NUM_ROBUST_ROUNDS = 30
# Residuals beyond this many robust standard deviations have no say in the last fit.
_OUTLIER_SIGMAS = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Similarity:
    """``p_target = scale · rotation @ p_source + translation``, float64.

    Attributes:
        rank: How many directions the data spread in. From 2 on all is determined. 1: on a line, the turn about
            it is the smallest possible. 0: all in one place, so that scale is 1 and the rotation the identity.
    """

    scale: float
    rotation: Float[Tensor, "3 3"]
    translation: Float[Tensor, "3"]
    rank: int = 3

    def apply(self, points: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3"]:
        """Points of the source, in the target's world."""
        return self.scale * (points.double() @ self.rotation.T) + self.translation

    def apply_to_poses(self, c2w: Float[Tensor, "*batch 4 4"]) -> Float[Tensor, "*batch 4 4"]:
        """Camera-to-world poses of the source, in the target's world; they stay rigid (depth scales along)."""
        c2w = c2w.double()
        return rigid_from(self.rotation @ c2w[..., :3, :3], self.apply(c2w[..., :3, 3]))


def align_similarity(
    source_points: Float[Tensor, "point 3"],
    target_points: Float[Tensor, "point 3"],
    weights: Float[Tensor, " point"] | None = None,
) -> Similarity:
    """The similarity with the least (weighted) sum of squared distances between corresponding points.

    Raises:
        CameraError: If the points do not correspond, are not finite, or the weights are not all at least 0 with
            one above 0.

    Source:
        Umeyama, Least-squares estimation of transformation parameters between two point patterns, PAMI 1991.
        Differs: where the points leave a turn open, the smallest one is taken (see :class:`Similarity`).
    """
    source, target = source_points.double(), target_points.double()
    weights = _checked_weights(source, target, weights)
    source_mean, target_mean = weights @ source, weights @ target
    source, target = source - source_mean, target - target_mean
    covariance = (weights[:, None] * target).T @ source
    rotation, rank = _nearest_rotation(covariance)
    scale = _least_squares_scale(source @ rotation.T, target, weights) if rank else 1.0
    return Similarity(
        scale=scale, rotation=rotation, translation=target_mean - scale * rotation @ source_mean, rank=rank
    )


def align_similarity_robust(
    source_points: Float[Tensor, "point 3"],
    target_points: Float[Tensor, "point 3"],
    weights: Float[Tensor, " point"] | None = None,
) -> Similarity:
    """:func:`align_similarity` for correspondences of which up to a third or so may be wrong.

    Least sum of distances (not squared) by reweighting, then a fit to the points within three robust standard
    deviations of it.

    Raises:
        CameraError: As :func:`align_similarity`.
    """
    source, target = source_points.double(), target_points.double()
    weights = _checked_weights(source, target, weights)
    floor = 1e-9 * float((target - target.mean(dim=0)).norm(dim=-1).mean()) + 1e-30
    similarity = align_similarity(source, target, weights)
    for _ in range(_NUM_ROBUST_ROUNDS):
        residual = (similarity.apply(source) - target).norm(dim=-1)
        similarity = align_similarity(source, target, weights / residual.clamp_min(floor))
    residual = (similarity.apply(source) - target).norm(dim=-1)
    sigma = 1.4826 * float(residual[weights > 0].median()) + floor
    return align_similarity(source, target, weights * (residual <= _OUTLIER_SIGMAS * sigma))


def align_poses(c2w_est: Float[Tensor, "frame 4 4"], c2w_true: Float[Tensor, "frame 4 4"]) -> Similarity:
    """The similarity that brings estimated cameras onto true ones.

    The rotation follows positions and camera axes with equal weight, so that it is determined for cameras on
    a line and for a camera that stands still (whose scale is 1).

    Raises:
        CameraError: As :func:`align_similarity`.
    """
    source, target = c2w_est[:, :3, 3].double(), c2w_true[:, :3, 3].double()
    weights = _checked_weights(source, target, None)
    source_mean, target_mean = weights @ source, weights @ target
    source, target = source - source_mean, target - target_mean
    size = float(source.norm() * target.norm()) / len(source)
    axes = (c2w_true[:, :3, :3].double() @ c2w_est[:, :3, :3].double().transpose(-1, -2)).mean(dim=0)
    covariance = (weights[:, None] * target).T @ source
    is_moving = size > 1e-20
    rotation, rank = _nearest_rotation(axes + covariance / size if is_moving else axes)
    scale = _least_squares_scale(source @ rotation.T, target, weights) if is_moving else 1.0
    return Similarity(
        scale=scale, rotation=rotation, translation=target_mean - scale * rotation @ source_mean, rank=rank
    )


def _nearest_rotation(covariance: Float[Tensor, "3 3"]) -> tuple[Float[Tensor, "3 3"], int]:
    """Rotation R with the largest trace(Rᵀ · covariance), and the covariance's rank."""
    values = torch.linalg.svdvals(covariance)
    rank = int((values > max(float(values[0]) * _RANK_TOLERANCE, 1e-300)).sum())
    identity = torch.eye(3, dtype=torch.float64, device=covariance.device)
    if rank == 0:
        return identity, 0
    # A trace of the identity decides what the data leave open, and turns nothing that they determine.
    left, _, right = torch.linalg.svd(covariance + 1e-12 * values[0] * identity)
    sign = identity.clone()
    sign[2, 2] = torch.linalg.det(left @ right).sign()
    return left @ sign @ right, rank


def _least_squares_scale(source: Tensor, target: Tensor, weights: Tensor) -> float:
    spread = float((weights[:, None] * source**2).sum())
    return float((weights[:, None] * source * target).sum()) / spread


def _checked_weights(source: Tensor, target: Tensor, weights: Tensor | None) -> Float[Tensor, " point"]:
    """Weights that add up to 1, once all inputs are known to be usable."""
    if source.ndim != 2 or source.shape != target.shape or source.shape[-1] != 3 or len(source) == 0:
        raise CameraError(
            "points to align",
            expected="two equally long lists of 3D points",
            got=f"shapes {tuple(source.shape)} and {tuple(target.shape)}",
            todo="Give the same points, or cameras of the same frames, in both worlds.",
        )
    weights = torch.ones_like(source[:, 0]) if weights is None else weights.double()
    is_finite = all(bool(values.isfinite().all()) for values in (source, target, weights))
    is_weighted = weights.shape == source[:, 0].shape and bool((weights >= 0).all()) and weights.sum() > 0
    if not is_finite or not is_weighted:
        raise CameraError(
            "points to align",
            expected="finite coordinates and one weight of at least 0 per point, not all 0",
            got="other numbers" if is_weighted else f"weights of shape {tuple(weights.shape)}",
            todo="Leave out points without depth; give weights=None to count all alike.",
        )
    return weights / weights.sum()
