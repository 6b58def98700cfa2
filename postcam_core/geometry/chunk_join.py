"""Joining two estimates of one clip that share frames but neither world nor scale."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import (
    Similarity,
    interpolate_rigid,
    invert_rigid,
    rotation_angle_deg,
    rotation_exp,
    rotation_log,
)
from .scene import SceneGeometry


@dataclass(frozen=True, kw_only=True, eq=False)
class Join:
    """How one estimate comes onto another, and how well the two agree on the frames that both have.

    Attributes:
        similarity: From the later estimate's world into the earlier one's.
        depth_residual: Median factor, less 1, by which the depths still differ.
        rotation_residual_deg: Median angle between the two cameras of a frame.
        position_residual: Median distance between them, as a share of the median depth.
    """

    similarity: Similarity
    depth_residual: float
    rotation_residual_deg: float
    position_residual: float


def join_on_shared(before: SceneGeometry, after: SceneGeometry) -> Join:
    """The similarity that brings ``after`` onto ``before``, both of the same frames.

    Scale is the median ratio of the depths that both estimates trust; it needs no moving camera. Rotation and
    position are medians over the frames' cameras. Up to half of the frames or pixels may be wrong.
    """
    log_ratio = (before.depth / after.depth).log()
    log_ratio = log_ratio[_is_trusted(before, after)]
    log_scale = _median(log_ratio)
    scale = float(log_scale.exp())
    c2w_before, c2w_after = invert_rigid(before.w2c), invert_rigid(after.w2c)
    rotation = _median_rotation(c2w_before[:, :3, :3] @ c2w_after[:, :3, :3].transpose(-1, -2))
    translation = _median(c2w_before[:, :3, 3] - scale * (c2w_after[:, :3, 3] @ rotation.T))
    similarity = Similarity(scale=scale, rotation=rotation, translation=translation)

    moved = similarity.apply_to_poses(c2w_after)
    distance = (c2w_before[:, :3, 3] - moved[:, :3, 3]).norm(dim=-1)
    return Join(
        similarity=similarity,
        depth_residual=float(_median((log_ratio - log_scale).abs()).expm1()),
        rotation_residual_deg=float(_median(rotation_angle_deg(c2w_before[:, :3, :3], moved[:, :3, :3]))),
        position_residual=float(_median(distance)) / float(before.depth.median()),
    )


def moved_by(geometry: SceneGeometry, similarity: Similarity) -> SceneGeometry:
    """The same cameras and surfaces in the similarity's target world."""
    c2w = similarity.apply_to_poses(invert_rigid(geometry.w2c))
    return replace(geometry, depth=geometry.depth * similarity.scale, w2c=invert_rigid(c2w))


def blend_over_time(before: SceneGeometry, after: SceneGeometry) -> SceneGeometry:
    """Pass evenly from one estimate to another of the same frames in the same world.

    Depth is blended in its logarithm, as its errors are relative; cameras go straight and by the shortest turn.
    """
    count = before.num_frames
    fraction = torch.arange(1, count + 1, dtype=torch.float64, device=before.w2c.device) / (count + 1)
    per_pixel = fraction.float()[:, None, None]
    c2w = interpolate_rigid(invert_rigid(before.w2c), invert_rigid(after.w2c), fraction)
    has_confidence = before.confidence is not None and after.confidence is not None
    return replace(
        before,
        depth=torch.lerp(before.depth.log(), after.depth.log(), per_pixel).exp(),
        K=torch.lerp(before.K, after.K, fraction[:, None, None]),
        w2c=invert_rigid(c2w),
        confidence=torch.lerp(before.confidence, after.confidence, per_pixel) if has_confidence else None,
    )


def _is_trusted(before: SceneGeometry, after: SceneGeometry) -> Tensor:
    """The half of the pixels that both estimates are surest of; filled depth (confidence 0) is not among them."""
    if before.confidence is None or after.confidence is None:
        return torch.ones_like(before.depth, dtype=torch.bool)
    confidence = torch.minimum(before.confidence, after.confidence)
    positive = confidence[confidence > 0]
    return confidence >= (positive.median() if len(positive) else 0)


def _median(values: Float[Tensor, " n *rest"]) -> Float[Tensor, " *rest"]:
    """Median over the first dimension, for an even number the mean of the two in the middle."""
    ordered = values.sort(dim=0).values
    return (ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2


def _median_rotation(rotation: Float[Tensor, "n 3 3"]) -> Float[Tensor, "3 3"]:
    """Median of the rotation vectors as seen from a rotation in their middle."""
    # The one with the least sum of angles to the others: no outlier, and a start from which none lies across π.
    angles = rotation_log(rotation.transpose(-1, -2)[:, None] @ rotation).norm(dim=-1)
    middle = rotation[int(angles.sum(dim=1).argmin())]
    return middle @ rotation_exp(_median(rotation_log(middle.T @ rotation)))
