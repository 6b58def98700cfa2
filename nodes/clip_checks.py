"""What source, guide and trajectory must agree on before anything is encoded."""

from torch import Tensor

from ..postcam_core.errors import GeometryError, ShapeError
from ..postcam_core.geometry import SceneGeometry
from ..postcam_core.pipeline.latent_cameras import cameras_of, source_cameras, target_cameras
from ..postcam_core.trajectory import Trajectory, TrajectoryDocument, check_length, sample_trajectory


def check_clip(
    source: Tensor, guide: Tensor | None, trajectory: Trajectory, geometry: SceneGeometry | None
) -> None:
    """Refuse clips that do not belong together.

    Raises:
        TrajectoryError: If the trajectory's length does not fit the source's.
        GeometryError: If the geometry has another number of frames than the source.
        ShapeError: If the guide is not of the source's size and the trajectory's length.
    """
    num_source, height, width, _ = source.shape
    check_length(trajectory, num_source)
    if geometry is not None and geometry.num_frames != num_source:
        raise GeometryError(
            "geometry",
            expected=f"{num_source} frames, as the source has",
            got=f"{geometry.num_frames}",
            todo="Make it from this same clip.",
        )
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


def latent_poses(trajectory: Trajectory, geometry: SceneGeometry | None) -> tuple[Tensor, Tensor | None]:
    """World-to-camera poses of target and source at each latent frame, [1, latent frame, 4, 4].

    Those of the source are None without geometry.
    """
    target = target_cameras(trajectory, geometry)[None]
    return target, None if geometry is None else source_cameras(geometry, trajectory)[None]
