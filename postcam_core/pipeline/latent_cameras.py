"""Camera poses as the transformer takes them: one per latent frame."""

from jaxtyping import Float
from torch import Tensor

from ..cameras import invert_rigid
from ..geometry import SceneGeometry
from ..trajectory import SourceCameras, Trajectory, model_scale
from .sizes import hold_last, padded_num_frames
from .wan_vae import TEMPORAL_REDUCTION


def cameras_of(geometry: SceneGeometry) -> SourceCameras:
    """The cameras that took a clip, as trajectories relate to them."""
    c2w = invert_rigid(geometry.anchored().w2c)
    return SourceCameras(c2w=c2w, nearest_depth=geometry.nearest_depth())


def target_cameras(trajectory: Trajectory, nearest_depth: float | None) -> Float[Tensor, "latent 4 4"]:
    """World-to-camera poses of the frames that open each latent frame, in the axes of source frame 0.

    The last pose is held where the number of frames is no multiple of 4, plus 1, as the last frame is.

    Args:
        trajectory: The new camera.
        nearest_depth: Of the scene; read only where the trajectory's lengths are in scene units.

    Source:
        ``resample_temporal_tensor`` of the released code: of 41 poses it takes 0, 4, …, 40.
    """
    return invert_rigid(_opening(trajectory.c2w_in_model_units(nearest_depth))).float()


def source_cameras(
    geometry: SceneGeometry, trajectory: Trajectory, nearest_depth: float
) -> Float[Tensor, "latent 4 4"]:
    """Poses of the source's camera at the same latent frames, in the same axes and unit."""
    w2c = geometry.anchored().w2c[trajectory.source_index]  # indexing copies
    w2c[:, :3, 3] *= model_scale(nearest_depth)
    return _opening(w2c).float()


def _opening(poses: Float[Tensor, "frame 4 4"]) -> Float[Tensor, "latent 4 4"]:
    return hold_last(poses, padded_num_frames(len(poses)))[::TEMPORAL_REDUCTION]
