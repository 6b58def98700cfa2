"""Clean-up of a provider's geometry, step by step; every step is a function of its own."""

from dataclasses import dataclass, replace

from jaxtyping import Float
from torch import Tensor

from ..cameras import smooth_poses
from ..errors import GeometryError
from ..progress import ProgressFn, no_progress
from .depth_smoothing import smooth_depth
from .flying_pixels import snap_flying_pixels
from .scene import SceneGeometry


@dataclass(frozen=True, kw_only=True)
class CleanUp:
    """Which steps :func:`clean_geometry` takes.

    Args:
        snap_edges: Move flying pixels to the nearest surface; see :func:`.flying_pixels.snap_flying_pixels`.
        depth_reach_frames: Frames to either side that depth is averaged over along the motion, 0 for none;
            see :func:`.depth_smoothing.smooth_depth`.
        pose_sigma_frames: Gaussian over the poses in frames, 0 for none; 2 is the released code's. See
            :func:`postcam_core.cameras.smooth_poses`.
        first_focal: Use the first frame's K for all, as the released code does.
    """

    snap_edges: bool = True
    depth_reach_frames: int = 2
    pose_sigma_frames: float = 0.0
    first_focal: bool = False

    def __post_init__(self) -> None:
        if self.depth_reach_frames < 0 or not 0 <= self.pose_sigma_frames < float("inf"):
            raise GeometryError(
                "clean-up",
                expected="a depth reach and a pose sigma of 0 (off) or more frames",
                got=f"{self.depth_reach_frames} and {self.pose_sigma_frames}",
                todo="2 frames suit both.",
            )


def clean_geometry(
    video: Float[Tensor, "frame 3 height width"],
    geometry: SceneGeometry,
    clean_up: CleanUp = CleanUp(),
    *,
    progress: ProgressFn = no_progress,
) -> SceneGeometry:
    """Take the chosen steps in the order in which each profits from the one before.

    Raw depth with holes or sky goes through :func:`.invalid_depth.fill_invalid_depth` first: a
    SceneGeometry has neither.

    Args:
        video: Frames in [-1, 1]; only the smoothing of depth looks at them.
        geometry: Depth and cameras of the same frames.
        clean_up: The steps.
        progress: Called after each frame or pair of frames, for each step anew.

    Raises:
        ShapeError: If it is no video.
        GeometryError: If clip and geometry differ in size.
        CameraError: From :func:`postcam_core.cameras.smooth_poses`.
    """
    if clean_up.first_focal:
        geometry = with_first_focal(geometry)
    if clean_up.pose_sigma_frames:
        geometry = replace(geometry, w2c=smooth_poses(geometry.w2c, sigma_frames=clean_up.pose_sigma_frames))
    if clean_up.snap_edges:
        geometry = replace(geometry, depth=snap_flying_pixels(geometry.depth, progress=progress))
    if clean_up.depth_reach_frames:
        depth = smooth_depth(video, geometry, reach_frames=clean_up.depth_reach_frames, progress=progress)
        geometry = replace(geometry, depth=depth)
    return geometry


def with_first_focal(geometry: SceneGeometry) -> SceneGeometry:
    """Give every frame the first frame's K: right for a lens that does not zoom, and for parity.

    Source:
        The released ``TestDataset``, which reads the intrinsics of the first frame only.
    """
    return replace(geometry, K=geometry.K[:1].expand_as(geometry.K))
