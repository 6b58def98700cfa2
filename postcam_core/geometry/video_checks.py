"""Whether a clip and a geometry are of the same frames."""

from torch import Tensor

from ..errors import GeometryError
from ..media.frames import check_video
from .scene import SceneGeometry


def check_video_fits(video: Tensor, geometry: SceneGeometry) -> None:
    """Refuse a clip that differs from the geometry in number or size of frames.

    Raises:
        ShapeError: If it is no video.
        GeometryError: With both sizes.
    """
    check_video(video)
    size = (len(video), *video.shape[-2:])
    if tuple(geometry.depth.shape) != size:
        raise GeometryError(
            "geometry",
            expected=f"{size[0]} frames of {size[2]}×{size[1]}, as the clip has",
            got=f"{geometry.num_frames} of {geometry.width}×{geometry.height}",
            todo="Make the geometry from these same frames.",
        )
