"""Bringing geometry from elsewhere to the frames it belongs to."""

from typing import Literal

from ..errors import GeometryError
from ..media import plan_fit, uniform_indices
from .scene import SceneGeometry


def match_frames(
    geometry: SceneGeometry,
    *,
    num_frames: int,
    width: int,
    height: int,
    fit: Literal["cover", "stretch"] = "cover",
    frames: Literal["match", "uniform"] = "match",
) -> SceneGeometry:
    """Select, resize and crop geometry of a whole clip as its frames were.

    Args:
        geometry: Depth and cameras in the proportions of the original clip.
        num_frames: Number of frames.
        width: Columns of the frames.
        height: Rows of the frames.
        fit: How the frames got their size; see :func:`..media.plan_fit`.
        frames: ``"match"`` wants one depth map per frame; ``"uniform"`` selects as
            :func:`..media.uniform_indices` did.

    Raises:
        GeometryError: If the numbers differ under ``"match"``.
    """
    if frames == "uniform":
        geometry = geometry.selected(uniform_indices(geometry.num_frames, num_frames))
    elif geometry.num_frames != num_frames:
        raise GeometryError(
            "geometry",
            expected=f"{num_frames} depth maps, one per frame",
            got=f"{geometry.num_frames}",
            todo='Load as many frames, or choose "uniform" to spread them over the depth maps.',
        )
    return geometry.fitted(
        plan_fit(geometry.width, geometry.height, width=width, height=height, mode=fit), "surface"
    )
