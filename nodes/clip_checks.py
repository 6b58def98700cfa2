"""What source, guide and trajectory must agree on before anything is encoded."""

from torch import Tensor

from ..postcam_core.cameras import invert_rigid
from ..postcam_core.errors import ShapeError, TrajectoryError
from ..postcam_core.geometry import SceneGeometry
from ..postcam_core.media import uniform_indices
from ..postcam_core.pipeline.sizes import hold_last, padded_num_frames
from ..postcam_core.trajectory import Trajectory


def check_clip(source: Tensor, guide: Tensor | None, trajectory: Trajectory) -> None:
    """Refuse clips that do not belong together.

    Raises:
        ShapeError: With the size or number that would do.
    """
    num_frames, height, width, _ = source.shape
    if guide is not None and guide.shape[:3] != source.shape[:3]:
        raise ShapeError(
            "guide",
            expected=f"{num_frames} frames of {width}×{height}, as the source has",
            got=f"{len(guide)} of {guide.shape[2]}×{guide.shape[1]}",
            todo="Render it from this same clip with PostCam Guide.",
        )
    if len(trajectory) != num_frames:
        raise ShapeError(
            "trajectory",
            expected=f"{num_frames} frames, as the source has",
            got=f"{len(trajectory)}",
            todo="Set num_frames of the trajectory to the number of frames of the clip.",
        )


def check_num_frames(num_frames: int, num_source: int) -> None:
    """Refuse a trajectory of another length than the clip's.

    Raises:
        TrajectoryError: With the numbers of frames.
    """
    if num_frames != num_source:
        raise TrajectoryError(
            "num_frames",
            expected=f"{num_source}, the number of frames of the geometry",
            got=f"{num_frames}",
            todo="Set num_frames to the number of frames of the clip.",
        )


def latent_poses(trajectory: Trajectory, geometry: SceneGeometry | None, num_latent_frames: int) -> Tensor:
    """World-to-camera poses of the frames that open each latent frame, [1, latent frame, 4, 4].

    The last pose is held where the number of frames is no multiple of 4, plus 1, as the last frame is.

    Source:
        ``resample_temporal_tensor`` of the released code: of 41 poses it takes 0, 4, …, 40.
    """
    nearest_depth = None if geometry is None else geometry.nearest_depth()
    c2w = hold_last(trajectory.c2w_in_model_units(nearest_depth), padded_num_frames(len(trajectory)))
    return invert_rigid(c2w[uniform_indices(len(c2w), num_latent_frames)]).float()[None]
