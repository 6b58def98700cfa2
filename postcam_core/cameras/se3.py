"""Rigid transforms as 4×4 matrices, and the rotation group beneath them."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import CameraError

# Below this angle (rad) the closed forms lose digits and their Taylor series are exact to float64.
_SMALL_ANGLE = 1e-4


def rigid_from(
    rotation: Float[Tensor, "*batch 3 3"], position: Float[Tensor, "*batch 3"]
) -> Float[Tensor, "*batch 4 4"]:
    """Put a rotation and a translation into one 4×4 matrix."""
    matrix = torch.zeros(*rotation.shape[:-2], 4, 4, dtype=rotation.dtype, device=rotation.device)
    matrix[..., :3, :3] = rotation
    matrix[..., :3, 3] = position
    matrix[..., 3, 3] = 1
    return matrix


def invert_rigid(pose: Float[Tensor, "*batch 4 4"]) -> Float[Tensor, "*batch 4 4"]:
    """Inverse of rigid transforms by transposing: turns ``c2w`` into ``w2c`` and back."""
    rotation = pose[..., :3, :3].transpose(-1, -2)
    return rigid_from(rotation, -(rotation @ pose[..., :3, 3:])[..., 0])


def relative_to(
    c2w: Float[Tensor, "frame 4 4"], reference_c2w: Float[Tensor, "4 4"]
) -> Float[Tensor, "frame 4 4"]:
    """Express camera-to-world poses in the axes of a reference camera, which itself becomes the identity."""
    return invert_rigid(reference_c2w) @ c2w


def check_rigid(pose: Tensor, *, name: str, tolerance: float = 1e-3) -> None:
    """Refuse matrices that are not rigid transforms.

    Args:
        pose: Any number of 4×4 matrices.
        name: What the caller calls them, for the message.
        tolerance: Largest allowed deviation of RᵀR from the identity; loose enough for poses stored with
            six digits.

    Raises:
        CameraError: On a wrong shape, non-finite numbers, a scaled, sheared or mirrored rotation, or a last
            row other than 0 0 0 1.
    """
    if pose.ndim < 2 or pose.shape[-2:] != (4, 4) or 0 in pose.shape:
        raise CameraError(
            name,
            expected="one or more 4×4 matrices",
            got=f"shape {tuple(pose.shape)}",
            todo="Append the row 0 0 0 1 to 3×4 matrices.",
        )
    if not torch.isfinite(pose).all():
        raise CameraError(
            name,
            expected="finite numbers",
            got="NaN or infinity",
            todo="Remove or repair the frames whose pose could not be estimated.",
        )
    last_row = torch.tensor([0, 0, 0, 1], dtype=pose.dtype, device=pose.device)
    if (pose[..., 3, :] - last_row).abs().max() > tolerance:
        raise CameraError(
            name,
            expected="a last row of 0 0 0 1",
            got=f"{pose[..., 3, :].reshape(-1, 4)[0].tolist()}",
            todo="Store the translation in the last column; transpose row-vector matrices.",
        )
    rotation = pose[..., :3, :3].double()
    identity = torch.eye(3, dtype=rotation.dtype, device=rotation.device)
    deviation = (rotation.transpose(-1, -2) @ rotation - identity).abs().amax(dim=(-1, -2)).reshape(-1)
    worst = int(deviation.argmax())
    if deviation[worst] > tolerance:
        raise CameraError(
            f"{name}[{worst}]",
            expected="an orthonormal rotation",
            got=f"RᵀR off by {deviation[worst]:.2g}",
            todo="Divide a scale out of the rotation part; poses here are rigid.",
        )
    determinant = torch.linalg.det(rotation).reshape(-1)
    if determinant.min() < 0:
        raise CameraError(
            f"{name}[{int(determinant.argmin())}]",
            expected="a rotation (determinant +1)",
            got="a reflection (determinant −1)",
            todo="Convert left-handed axes first; see docs/conventions.md.",
        )


def _hat(vector: Tensor) -> Tensor:
    x, y, z = vector.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))


def rotation_exp(rotation_vector: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotation by ``|v|`` radians about ``v`` (Rodrigues' formula, with its series near zero)."""
    angle2 = (rotation_vector**2).sum(-1, keepdim=True).unsqueeze(-1)
    angle = angle2.clamp_min(_SMALL_ANGLE**2).sqrt()
    small = angle2 < _SMALL_ANGLE**2
    a = torch.where(small, 1 - angle2 / 6, angle.sin() / angle)
    b = torch.where(small, 0.5 - angle2 / 24, (1 - angle.cos()) / angle**2)
    hat = _hat(rotation_vector)
    identity = torch.eye(3, dtype=hat.dtype, device=hat.device)
    return identity + a * hat + b * (hat @ hat)


def rotation_log(rotation: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 3"]:
    """The shortest rotation vector: inverse of :func:`rotation_exp` for angles up to π.

    Goes through the quaternion, which keeps its digits both near zero and near π, where the antisymmetric
    part of the matrix vanishes.
    """
    quaternion = quaternion_from_rotation(rotation)
    vector = quaternion[..., 1:]
    sine = vector.norm(dim=-1, keepdim=True)
    angle = 2 * torch.atan2(sine, quaternion[..., :1])
    factor = torch.where(
        sine < _SMALL_ANGLE, 2 / quaternion[..., :1].clamp_min(0.5), angle / sine.clamp_min(1e-30)
    )
    return factor * vector


def quaternion_from_rotation(rotation: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 4"]:
    """Unit quaternion (w, x, y, z) with w ≥ 0, from the best conditioned of the four candidate rows."""
    m = rotation
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    w2, x2, y2, z2 = (
        1 + trace,
        1 + 2 * m[..., 0, 0] - trace,
        1 + 2 * m[..., 1, 1] - trace,
        1 + 2 * m[..., 2, 2] - trace,
    )
    xy, yz, zx = m[..., 0, 1] + m[..., 1, 0], m[..., 1, 2] + m[..., 2, 1], m[..., 2, 0] + m[..., 0, 2]
    wx, wy, wz = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    # Row i is 4·qᵢ·q: every row is a multiple of the quaternion; the longest has the most digits.
    rows = torch.stack(
        [
            torch.stack([w2, wx, wy, wz], -1),
            torch.stack([wx, x2, xy, zx], -1),
            torch.stack([wy, xy, y2, yz], -1),
            torch.stack([wz, zx, yz, z2], -1),
        ],
        dim=-2,
    )
    best = torch.stack([w2, x2, y2, z2], -1).argmax(-1)
    quaternion = torch.take_along_dim(rows, best[..., None, None].expand(*best.shape, 1, 4), dim=-2)[
        ..., 0, :
    ]
    quaternion = quaternion / quaternion.norm(dim=-1, keepdim=True)
    return torch.where(quaternion[..., :1] < 0, -quaternion, quaternion)


def rotation_from_quaternion(quaternion: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotation of a unit quaternion (w, x, y, z); both signs give the same."""
    w, (x, y, z) = quaternion[..., 0], quaternion[..., 1:].unbind(-1)
    rows = [
        *(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        *(2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        *(2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    ]
    return torch.stack(rows, dim=-1).unflatten(-1, (3, 3))


def rotation_angle_deg(
    rotation_a: Float[Tensor, "*batch 3 3"], rotation_b: Float[Tensor, "*batch 3 3"]
) -> Float[Tensor, "*batch"]:
    """Angle in degrees between two rotations (geodesic distance)."""
    return torch.rad2deg(rotation_log(rotation_a.transpose(-1, -2) @ rotation_b).norm(dim=-1))


def _left_jacobian(rotation_vector: Tensor) -> Tensor:
    angle2 = (rotation_vector**2).sum(-1, keepdim=True).unsqueeze(-1)
    angle = angle2.clamp_min(_SMALL_ANGLE**2).sqrt()
    small = angle2 < _SMALL_ANGLE**2
    b = torch.where(small, 0.5 - angle2 / 24, (1 - angle.cos()) / angle**2)
    c = torch.where(small, 1 / 6 - angle2 / 120, (angle - angle.sin()) / angle**3)
    hat = _hat(rotation_vector)
    identity = torch.eye(3, dtype=hat.dtype, device=hat.device)
    return identity + b * hat + c * (hat @ hat)


def rigid_exp(twist: Float[Tensor, "*batch 6"]) -> Float[Tensor, "*batch 4 4"]:
    """Exponential map of SE(3); ``twist`` is translation part first, rotation part last."""
    translation, rotation_vector = twist[..., :3], twist[..., 3:]
    position = (_left_jacobian(rotation_vector) @ translation[..., None])[..., 0]
    return rigid_from(rotation_exp(rotation_vector), position)


def rigid_log(pose: Float[Tensor, "*batch 4 4"]) -> Float[Tensor, "*batch 6"]:
    """Inverse of :func:`rigid_exp` for rotations below π."""
    rotation_vector = rotation_log(pose[..., :3, :3])
    translation = torch.linalg.solve(_left_jacobian(rotation_vector), pose[..., :3, 3:])[..., 0]
    return torch.cat([translation, rotation_vector], dim=-1)


def interpolate_rigid(
    start: Float[Tensor, "*batch 4 4"], end: Float[Tensor, "*batch 4 4"], fraction: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch 4 4"]:
    """Straight line in position, shortest arc in rotation (slerp), from ``start`` at 0 to ``end`` at 1."""
    turn = rotation_log(start[..., :3, :3].transpose(-1, -2) @ end[..., :3, :3])
    rotation = start[..., :3, :3] @ rotation_exp(fraction[..., None] * turn)
    position = torch.lerp(start[..., :3, 3], end[..., :3, 3], fraction[..., None])
    return rigid_from(rotation, position)
