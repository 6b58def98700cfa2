"""All frames of a clip as one cloud of coloured points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import OPENGL_FROM_OPENCV, invert_rigid, transform_points, unproject_depth
from ..errors import GeometryError
from ..progress import ProgressFn, no_progress
from .flying_pixels import is_flying
from .scene import SceneGeometry
from .video_checks import check_video_fits

DEFAULT_MAX_POINTS = 500_000
# Sky and holes have confidence 0, the stand-in provider 0.1.
DEFAULT_MIN_CONFIDENCE = 0.05
# Side of a voxel by default, as a share of the nearest depth: about three pixels of the nearest surface.
_VOXEL_SHARE = 0.004
# Points taken from the frames for each that may remain: what later frames repeat falls together in the voxels.
_OVERSAMPLING = 4
# A point is an outlier if its mean distance to this many neighbours exceeds the average by this many deviations.
_NUM_NEIGHBOURS, _NUM_DEVIATIONS = 16, 2.0


@dataclass(frozen=True, kw_only=True, eq=False)
class PointCloud:
    """Points with colours.

    Args:
        points: Positions in the unit of the geometry that they came from.
        colours: Red, green and blue, 0 … 1.
    """

    points: Float[Tensor, "point 3"]
    colours: Float[Tensor, "point 3"]

    def __len__(self) -> int:
        """Number of points."""
        return len(self.points)

    def in_opengl_axes(self) -> "PointCloud":
        """The same cloud with +y up and +z towards the viewer, as 3D viewers want it."""
        return replace(self, points=self.points @ OPENGL_FROM_OPENCV[:3, :3].to(self.points))


def fused_point_cloud(
    video: Float[Tensor, "frame 3 height width"],
    geometry: SceneGeometry,
    *,
    frames: Sequence[int] | None = None,
    max_points: int = DEFAULT_MAX_POINTS,
    voxel: float | None = None,
    min_confidence: float = DEFAULT_MIN_CONFIDENCE,
    max_depth: float | None = None,
    remove_outliers: bool = True,
    progress: ProgressFn = no_progress,
) -> PointCloud:
    """Lift frames into space and join them; OpenCV axes of the first camera, unit of the geometry.

    Flying pixels are left out. Points in the same voxel become their mean. Things that move appear at every
    place that they were at. The same input gives the same cloud.

    Args:
        video: Frames in [-1, 1].
        geometry: Depth and cameras of the same frames.
        frames: Which frames to take; all by default.
        max_points: Most points to return.
        voxel: Side of a voxel in the unit of the geometry; by default 0.4 % of the nearest depth.
        min_confidence: Pixels below are left out, if the geometry states confidence.
        max_depth: Pixels with more depth are left out, in the unit of the geometry; by default none are.
        remove_outliers: Leave out points that stand alone.
        progress: Called after each frame.

    Raises:
        ShapeError: If it is no video.
        GeometryError: If Open3D is missing, clip and geometry differ in size, a number is out of range, or no
            pixel is left.
    """
    check_video_fits(video, geometry)
    _check_request(max_points, voxel, min_confidence)
    limits = {"min_confidence": min_confidence, "max_depth": torch.inf if max_depth is None else max_depth}
    o3d = import_open3d()
    frames = range(geometry.num_frames) if frames is None else frames
    geometry = geometry.anchored().selected(frames)
    budget = -(-_OVERSAMPLING * max_points // geometry.num_frames)
    parts = []
    for done, frame in enumerate(frames, start=1):
        parts.append(_lift(video[frame], geometry, done - 1, budget=budget, **limits))
        progress(done, geometry.num_frames)
    points, colours = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    if not len(points):
        raise GeometryError(
            "point cloud",
            expected=f"pixels with a confidence from {min_confidence:g} up and depth up to {limits['max_depth']:g}",
            got="none",
            todo="Lower min_confidence, raise max_depth or take other frames.",
        )
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points))
    cloud.colors = o3d.utility.Vector3dVector(colours)
    cloud = cloud.voxel_down_sample(voxel or _VOXEL_SHARE * geometry.nearest_depth())
    if remove_outliers and len(cloud.points) > _NUM_NEIGHBOURS:
        cloud, _ = cloud.remove_statistical_outlier(_NUM_NEIGHBOURS, _NUM_DEVIATIONS)
    kept = _chosen(len(cloud.points), max_points)
    return PointCloud(
        points=torch.from_numpy(np.asarray(cloud.points)).float()[kept],
        colours=torch.from_numpy(np.asarray(cloud.colors)).float()[kept].clamp_(0, 1),
    )


def import_open3d() -> ModuleType:
    """The package Open3D, which is loaded only where it is needed.

    Raises:
        GeometryError: If it is not installed or cannot be loaded.
    """
    try:
        import open3d
    except (ImportError, OSError) as error:  # OSError: one of its system libraries is missing
        raise GeometryError(
            "point cloud",
            expected="the package open3d",
            got=str(error),
            todo="Run pip install open3d (or open3d-cpu); on Linux it also needs libusb-1.0-0 and libgl1.",
        ) from error
    return open3d


def _lift(
    frame: Tensor,
    geometry: SceneGeometry,
    index: int,
    *,
    min_confidence: float,
    max_depth: float,
    budget: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Points and colours [n, 3] of a frame's good pixels, at most ``budget`` of them."""
    depth = geometry.depth[index]
    is_good = ~is_flying(depth) & (depth <= max_depth)
    if geometry.confidence is not None:
        is_good &= geometry.confidence[index] >= min_confidence
    chosen = is_good.flatten().nonzero()[:, 0]
    chosen = chosen[_chosen(len(chosen), budget).to(chosen.device)]
    points = unproject_depth(depth.double(), geometry.K[index].to(depth.device)).flatten(0, 1)[chosen]
    points = transform_points(points, invert_rigid(geometry.w2c[index]).to(points))
    colours = ((frame.double() + 1) / 2).clamp(0, 1).flatten(1).T[chosen.to(frame.device)]
    return points.cpu().numpy(), colours.cpu().numpy()


def _chosen(count: int, most: int) -> Tensor:
    """All indices, or as many of them as may be: at random, but the same ones every time."""
    if count <= most:
        return torch.arange(count)
    generator = torch.Generator().manual_seed(count)
    return torch.randperm(count, generator=generator)[:most].sort().values


def _check_request(max_points: int, voxel: float | None, min_confidence: float) -> None:
    is_voxel = voxel is None or 0 < voxel < float("inf")
    if max_points < 1 or not is_voxel or not 0 <= min_confidence <= 1:
        raise GeometryError(
            "point cloud",
            expected="at least 1 point, a voxel above 0, a confidence from 0 to 1",
            got=f"{max_points}, {voxel}, {min_confidence}",
            todo="Leave the voxel out to have it chosen.",
        )
