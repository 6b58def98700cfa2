"""Intrinsics as other tools write them, and lenses that are no pinhole."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from ...cameras import check_intrinsics
from ...errors import CameraError

# Straight lines this far from straight do not show in a guide.
_MAX_SHIFT_PX = 0.5
# A resized picture keeps its proportions but for the rounding of its sides; a cropped one does not.
_MAX_STRETCH = 0.02


def K_from_edge_origin(
    K: Float[Tensor, "*batch 3 3"], *, scale_x: float = 1.0, scale_y: float = 1.0
) -> Float[Tensor, "*batch 3 3"]:
    """K in this project's pixels from one whose pixels begin at (0, 0) with their outer corner.

    So COLMAP, nerfstudio and Depth Anything count: the centre of the first pixel is (0.5, 0.5). ``scale`` is
    the wanted size over the size that K refers to.
    """
    K = K.double() * torch.tensor([scale_x, scale_y, 1.0], dtype=torch.float64)[:, None]
    K[..., :2, 2] -= 0.5
    return K


def scale_to_depth(
    width: int, height: int, *, depth_width: int, depth_height: int, name: str
) -> tuple[float, float]:
    """Depth pixels per image pixel, in x and y.

    Raises:
        CameraError: If the image has no size or the proportions differ, which no resizing explains.
    """
    if min(width, height) > 0:
        scale_x, scale_y = depth_width / width, depth_height / height
        # Half a pixel of rounding in the smaller picture is no stretch.
        rounding = 1 / min(width, height, depth_width, depth_height)
        if abs(scale_x / scale_y - 1) <= _MAX_STRETCH + rounding:
            return scale_x, scale_y
    raise CameraError(
        name,
        expected=f"an image in the proportions of the depth maps, {depth_width}×{depth_height}",
        got=f"{width}×{height}",
        todo="Export depth of the whole image, neither cropped nor padded.",
    )


def refuse_distortion(
    K: Float[Tensor, "3 3"],
    *,
    width: int,
    height: int,
    radial: Sequence[float],
    tangential: Sequence[float] = (),
    name: str,
) -> None:
    """Refuse a lens that bends straight lines visibly; the model and the warp know pinhole cameras only.

    Args:
        K: Intrinsics in pixels of the image.
        width: Of the image.
        height: Of the image.
        radial: Coefficients of r², r⁴, r⁶…; those of a denominator count alike.
        tangential: The coefficients p1 and p2.
        name: Whose lens, for the message.

    Raises:
        CameraError: If K is no pinhole matrix, or a pixel of the image may be shifted by more than half a
            pixel.

    Source:
        Brown-Conrady, as OpenCV and COLMAP write it; each term is bounded by its value at the farthest corner.
    """
    check_intrinsics(K, name=name)
    focal, centre = K.diagonal()[:2], K[:2, 2]
    reach = torch.maximum(centre, torch.tensor([width, height], dtype=K.dtype) - centre) / focal
    radius = float(reach.norm())
    shift = sum(abs(k) * radius ** (2 * i + 3) for i, k in enumerate(radial))
    shift += 3 * radius**2 * sum(abs(p) for p in tangential)
    shift_px = shift * float(focal.max())
    if not shift_px <= _MAX_SHIFT_PX:  # so that NaN is refused too
        raise CameraError(
            name,
            expected="a pinhole camera, or distortion below half a pixel",
            got=f"a lens that shifts pixels by up to {shift_px:.3g} px",
            todo="Undistort the images (colmap image_undistorter, ns-process-data) and export depth and cameras "
            "of the undistorted ones.",
        )
