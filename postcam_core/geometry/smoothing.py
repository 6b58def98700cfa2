"""Camera poses without the jitter of their estimate."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import check_rigid, invert_rigid, rigid_from
from ..errors import GeometryError

RELEASED_SIGMA_FRAMES = 2.0


def smooth_poses(
    w2c: Float[Tensor, "frame 4 4"], *, sigma_frames: float = RELEASED_SIGMA_FRAMES
) -> Float[Tensor, "frame 4 4"]:
    """Gaussian average over time of where the camera stands and how it is turned.

    Depth is left alone: smoothing suits poses that shake more than the camera did, not a camera that shook.

    Args:
        w2c: Rigid poses in any world.
        sigma_frames: Standard deviation of the Gaussian in frames; 2 is the released code's.

    Raises:
        CameraError: If a pose is not rigid.
        GeometryError: If the width is not a finite number above 0.

    Source:
        The released ``smooth_gaussian``: scipy's Gaussian filter (reflected at the ends, cut off at 4 σ) over
        the translation and the unit quaternion of ``c2w``. differs: of the two quaternions of a rotation the
        one next to the frame before is taken; the released code takes scipy's, whose sign jumps when the
        camera turns past certain angles, and averages across the jump to arbitrary rotations.
    """
    check_rigid(w2c, name="w2c")
    if not 0 < sigma_frames < float("inf"):
        raise GeometryError(
            "sigma of the pose smoothing",
            expected="a finite number of frames above 0",
            got=f"{sigma_frames}",
            todo="2 is the released code's; leave the smoothing out to keep the poses.",
        )
    from scipy.ndimage import gaussian_filter1d
    from scipy.spatial.transform import Rotation

    c2w = invert_rigid(w2c.double().cpu()).numpy()
    quaternion = Rotation.from_matrix(c2w[:, :3, :3]).as_quat()
    turns = np.sign(np.sum(quaternion[1:] * quaternion[:-1], axis=1))
    turns[turns == 0] = 1
    quaternion[1:] *= np.cumprod(turns)[:, None]
    smooth = gaussian_filter1d(np.hstack([quaternion, c2w[:, :3, 3]]), sigma_frames, axis=0)
    rotation = torch.from_numpy(Rotation.from_quat(smooth[:, :4]).as_matrix())
    return invert_rigid(rigid_from(rotation, torch.from_numpy(smooth[:, 4:]))).to(w2c)
