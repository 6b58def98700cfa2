"""What source, guide and trajectory must agree on before anything is encoded."""

from torch import Tensor

from ..postcam_core.cameras import invert_rigid
from ..postcam_core.errors import ShapeError
from ..postcam_core.geometry import SceneGeometry
from ..postcam_core.media import uniform_indices
from ..postcam_core.pipeline.sizes import hold_last, padded_num_frames
from ..postcam_core.trajectory import (
    SourceCameras,
    Trajectory,
    TrajectoryDocument,
    check_length,
    sample_trajectory,
)


def check_clip(source: Tensor, guide: Tensor | None, trajectory: Trajectory) -> None:
    """Refuse clips that do not belong together.

    Raises:
        TrajectoryError: If the trajectory's length does not fit the source's.
        ShapeError: If the guide is not of the source's size and the trajectory's length.
    """
    num_source, height, width, _ = source.shape
    check_length(trajectory, num_source)
    if guide is not None and guide.shape[:3] != (len(trajectory), height, width):
        raise ShapeError(
            "guide",
            expected=f"{len(trajectory)} frames of {width}×{height}, as trajectory and source have",
            got=f"{len(guide)} of {guide.shape[2]}×{guide.shape[1]}",
            todo="Render it from this same clip and trajectory with PostCam Guide.",
        )


def sample_for_clip(
    document: TrajectoryDocument,
    num_frames: int,
    *,
    images: Tensor | None = None,
    geometry: SceneGeometry | None = None,
) -> Trajectory:
    """Sample a document for the clip that is connected, if one is.

    Raises:
        TrajectoryError: If the document needs the clip's cameras and there are none, or its length does not fit.
    """
    cameras = None if geometry is None else cameras_of(geometry)
    clip = images if geometry is None else geometry.depth
    num_source = None if clip is None else len(clip)
    trajectory = sample_trajectory(document, num_frames, source=cameras, num_source=num_source)
    if num_source is not None:
        check_length(trajectory, num_source)
    return trajectory


def cameras_of(geometry: SceneGeometry) -> SourceCameras:
    """The cameras that took a clip."""
    c2w = invert_rigid(geometry.anchored().w2c)
    return SourceCameras(c2w=c2w, nearest_depth=geometry.nearest_depth())


def latent_poses(trajectory: Trajectory, geometry: SceneGeometry | None, num_latent_frames: int) -> Tensor:
    """World-to-camera poses of the frames that open each latent frame, [1, latent frame, 4, 4].

    The last pose is held where the number of frames is no multiple of 4, plus 1, as the last frame is.

    Source:
        ``resample_temporal_tensor`` of the released code: of 41 poses it takes 0, 4, …, 40.
    """
    nearest_depth = None if geometry is None else geometry.nearest_depth()
    c2w = hold_last(trajectory.c2w_in_model_units(nearest_depth), padded_num_frames(len(trajectory)))
    return invert_rigid(c2w[uniform_indices(len(c2w), num_latent_frames)]).float()[None]
