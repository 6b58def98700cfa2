"""A trajectory for a clip, as Wan's Fun Camera models take cameras."""

from jaxtyping import Float
from torch import Tensor

from ..cameras import crop_intrinsics, resize_intrinsics, wan_camera_embedding
from ..geometry import SceneGeometry
from ..media import plan_fit
from ..trajectory import Trajectory, poses_in, target_intrinsics
from .sizes import hold_last, padded_num_frames


def wan_camera_of(
    trajectory: Trajectory, geometry: SceneGeometry, *, width: int, height: int, scale: float = 1.0
) -> Float[Tensor, "1 24 latent height width"]:
    """Embedding of the target cameras for pictures that are fitted to a size and cut in the middle.

    Args:
        trajectory: The target cameras; the last is held up to the next 4n+1.
        geometry: Of the clip: its intrinsics and its measure of length.
        width: Columns of the model's pictures.
        height: Rows of the model's pictures.
        scale: Distance at which the nearest surface of the first frame shall lie for the model.

    Raises:
        TrajectoryError: If the trajectory shows a frame that the geometry does not have.
        MediaError: If the size is not positive.
    """
    c2w = poses_in(trajectory, "nearest_depth", nearest_depth=geometry.nearest_depth()).clone()
    c2w[:, :3, 3] *= scale
    fit = plan_fit(geometry.width, geometry.height, width=width, height=height, mode="cover")
    K = resize_intrinsics(target_intrinsics(trajectory, geometry.K), scale_x=fit.scale_x, scale_y=fit.scale_y)
    K = crop_intrinsics(K, left=fit.left, top=fit.top)
    length = padded_num_frames(len(c2w))
    return wan_camera_embedding(hold_last(c2w, length), hold_last(K, length), width=width, height=height)
