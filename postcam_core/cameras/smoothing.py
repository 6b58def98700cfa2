"""Camera poses without the jitter of their estimate."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import CameraError
from .se3 import check_rigid, invert_rigid, quaternion_from_rotation, rigid_from, rotation_from_quaternion

RELEASED_SIGMA_FRAMES = 2.0
# Below this width the Gaussian has no second frame, and its square could vanish.
_MIN_SIGMA_FRAMES = 0.01
# Quaternions that cancel each other out leave a direction made of rounding errors.
_SHORTEST_MEAN = 1e-6


def smooth_poses(
    w2c: Float[Tensor, "frame 4 4"], *, sigma_frames: float = RELEASED_SIGMA_FRAMES
) -> Float[Tensor, "frame 4 4"]:
    """The smoothing of :func:`smooth_c2w` for world-to-camera poses.

    Depth is left alone: smoothing suits poses that shake more than the camera did, not a camera that shook.

    Raises:
        CameraError: As :func:`smooth_c2w` does.
    """
    check_rigid(w2c, name="w2c")
    return invert_rigid(smooth_c2w(invert_rigid(w2c), sigma_frames=sigma_frames))


def smooth_c2w(
    c2w: Float[Tensor, "frame 4 4"], *, sigma_frames: float = RELEASED_SIGMA_FRAMES
) -> Float[Tensor, "frame 4 4"]:
    """Gaussian average over time of where the camera stands and how it is turned.

    Args:
        c2w: Rigid poses in any world.
        sigma_frames: Standard deviation of the Gaussian in frames, 0.01 or more; 2 is the released code's.

    Raises:
        CameraError: If a pose is not rigid, the width is no such number, or the camera turns so far within it
            that its directions cancel each other out.

    Source:
        The released ``smooth_gaussian``: scipy's Gaussian filter (reflected at the ends, cut off at 4 σ) over
        the translation and the unit quaternion of ``c2w``. differs: of the two quaternions of a rotation the
        one next to the frame before is taken; the released code takes scipy's, whose sign jumps when the
        camera turns past certain angles, and averages across the jump to arbitrary rotations.
    """
    check_rigid(c2w, name="c2w")
    if not _MIN_SIGMA_FRAMES <= sigma_frames < float("inf"):
        raise CameraError(
            "sigma of the pose smoothing",
            expected=f"a finite number of frames, {_MIN_SIGMA_FRAMES} or more",
            got=f"{sigma_frames}",
            todo="2 is the released code's; leave the smoothing out to keep the poses.",
        )
    from scipy.ndimage import gaussian_filter1d

    poses = c2w.double().cpu()
    quaternion = _without_jumps(quaternion_from_rotation(poses[:, :3, :3]))
    values = torch.cat([quaternion, poses[:, :3, 3]], dim=-1)
    smooth = torch.from_numpy(gaussian_filter1d(values.numpy(), sigma_frames, axis=0))
    length = smooth[:, :4].norm(dim=-1)
    if length.min() < _SHORTEST_MEAN:
        raise CameraError(
            f"smoothed pose of frame {int(length.argmin())}",
            expected="a camera that turns less than about a full circle within the smoothing",
            got=f"directions that cancel each other out over {sigma_frames} frames",
            todo="Smooth over fewer frames.",
        )
    rotation = rotation_from_quaternion(smooth[:, :4] / length[:, None])
    return rigid_from(rotation, smooth[:, 4:]).to(c2w)


def _without_jumps(quaternion: Float[Tensor, "frame 4"]) -> Float[Tensor, "frame 4"]:
    """Of the two signs of each quaternion, the one nearer to the quaternion before."""
    is_turned = (quaternion[1:] * quaternion[:-1]).sum(-1) < 0
    signs = torch.where(is_turned, -1.0, 1.0).to(quaternion).cumprod(0)
    return torch.cat([quaternion[:1], signs[:, None] * quaternion[1:]])
