"""Camera poses as the transformer takes them: one per latent frame."""

from jaxtyping import Float
from torch import Tensor

from ..cameras import invert_rigid
from ..errors import TrajectoryError
from ..geometry import SceneGeometry
from ..trajectory import SourceCameras, Trajectory, model_scale
from .sizes import hold_last, padded_num_frames
from .wan_vae import TEMPORAL_REDUCTION


def cameras_of(geometry: SceneGeometry) -> SourceCameras:
    """The cameras that took a clip, as trajectories relate to them."""
    c2w = invert_rigid(geometry.anchored().w2c)
    return SourceCameras(c2w=c2w, nearest_depth=geometry.nearest_depth())


def target_cameras(trajectory: Trajectory, geometry: SceneGeometry | None) -> Float[Tensor, "latent 4 4"]:
    """World-to-camera poses of the frames that open each latent frame, as the model is told them.

    They are in the axes of the source frame that is shown first: frame 0, unless the shot freezes or plays the clip
    in another order. The model learned clips that begin so. The last pose is held where the number of frames is no
    multiple of 4, plus 1, as the last frame is.

    Args:
        trajectory: The new camera.
        geometry: Of the clip; None will do for a trajectory in the model's unit on a clip shown from frame 0 on.

    Raises:
        TrajectoryError: If the trajectory needs geometry and there is none.

    Source:
        ``resample_temporal_tensor`` of the released code: of 41 poses it takes 0, 4, …, 40.
    """
    nearest_depth = None if geometry is None else geometry.nearest_depth()
    w2c = invert_rigid(trajectory.c2w_in_model_units(nearest_depth))
    return _opening(_from_first_shown(w2c, geometry, trajectory)).float()


def source_cameras(geometry: SceneGeometry, trajectory: Trajectory) -> Float[Tensor, "latent 4 4"]:
    """Poses of the source's camera at the same latent frames, in the same axes and unit."""
    w2c = _scaled_w2c(geometry)[trajectory.source_index]
    return _opening(_from_first_shown(w2c, geometry, trajectory)).float()


def _scaled_w2c(geometry: SceneGeometry) -> Float[Tensor, "frame 4 4"]:
    w2c = geometry.anchored().w2c  # a new tensor
    w2c[:, :3, 3] *= model_scale(geometry.nearest_depth())
    return w2c


def _from_first_shown(
    w2c: Float[Tensor, "frame 4 4"], geometry: SceneGeometry | None, trajectory: Trajectory
) -> Float[Tensor, "frame 4 4"]:
    first = int(trajectory.source_index[0])
    if first == 0:
        return w2c  # to the bit as the released code has them
    if geometry is None:
        raise TrajectoryError(
            "trajectory",
            expected="the geometry of the clip beside it, to know where the source's camera was then",
            got=f"none, and a shot that begins with source frame {first}",
            todo="Connect the geometry of this clip.",
        )
    return w2c @ invert_rigid(_scaled_w2c(geometry)[first])


def _opening(poses: Float[Tensor, "frame 4 4"]) -> Float[Tensor, "latent 4 4"]:
    return hold_last(poses, padded_num_frames(len(poses)))[::TEMPORAL_REDUCTION]
