"""Depth of every pixel of a frame, from dense optical flow to other frames whose cameras are known."""

from dataclasses import dataclass

import numpy as np

from .views import Views

# Flow that does not come back to within this of its start has slipped or met an occlusion.
_MAX_RETURN_ERROR_PX = 1.0
_LOSS_PX = 0.7
# What a flow vector is worth where the picture determines it fully: its standard deviation in pixels.
_FLOW_SIGMA_PX = 0.3
# Squared gradient (grey levels per pixel) along the epipolar line at which a flow is worth half as much.
_HALF_SHARP = 4.0
# What the depth of a pixel counts whose only texture is an outline near by.
_OUTLINE_SHARE = 0.03
_NUM_ROUNDS = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class FlowDepth:
    """What the flows of one frame say, each ``[height, width]`` float32.

    Attributes:
        inverse_depth: Best inverse depth of a point at rest; 0 where nothing is known.
        information: Inverse variance of it; 0 where nothing is known.
        error_px: How far the flows are from those of any point at rest, root mean square.
        contrast_error: The same in grey levels: what an error of that size and direction changes in the picture.
        num_flows: How many flows have a say.
        texture: How much there is to follow around each pixel, 0 to 1.
    """

    inverse_depth: np.ndarray
    information: np.ndarray
    error_px: np.ndarray
    contrast_error: np.ndarray
    num_flows: np.ndarray
    texture: np.ndarray


class FlowEstimator:
    """Dense Inverse Search flow that first undoes what the rotation of the camera does to the picture."""

    def __init__(self) -> None:
        import cv2

        self._cv2 = cv2
        self._flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._flow.setFinestScale(0)

    def between(
        self, here: np.ndarray, there: np.ndarray, homography: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Where each pixel of ``here`` is in ``there``, ``[height, width, 2]``, and which pixels to trust.

        Args:
            here: uint8 ``[height, width]``.
            there: The other picture.
            homography: Takes pixels of ``here`` to those of ``there`` for points at infinity.
        """
        cv2, (height, width) = self._cv2, here.shape
        turned = cv2.warpPerspective(
            there,
            homography,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        forth, back = self._flow.calc(here, turned, None), self._flow.calc(turned, here, None)
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        target_x, target_y = x + forth[..., 0], y + forth[..., 1]
        returned = cv2.remap(
            back, target_x, target_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(1e3, 1e3)
        )
        is_trusted = ((forth + returned) ** 2).sum(axis=2) < _MAX_RETURN_ERROR_PX**2
        pixel = cv2.perspectiveTransform(np.stack([target_x, target_y], axis=2), homography)
        is_trusted &= (pixel >= 0).all(axis=2) & (pixel <= (width - 1, height - 1)).all(axis=2)
        return pixel, is_trusted


def rotation_homography(views: Views, here: int, there: int) -> np.ndarray:
    """Takes pixels of one frame to those of another for points at infinity, ``[3, 3]``."""
    K = np.array(
        [[views.focal_px, 0, views.centre_px[0]], [0, views.focal_px, views.centre_px[1]], [0, 0, 1.0]]
    )
    return K @ views.rotation[there].T @ views.rotation[here] @ np.linalg.inv(K)


def depth_from_flows(
    grey: np.ndarray, views: Views, frame: int, partners: list[int], estimator: FlowEstimator
) -> FlowDepth:
    """Triangulate every pixel of a frame by its flows to the partners, robustly.

    With cameras in one place nothing has a depth, and ``error_px`` tells what moves by itself.
    """
    height, width = grey.shape[1:]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    rays = views.rays(np.stack([x, y], axis=2))
    tensor = _structure_tensor(grey[frame])
    # A flow that nobody trusts comes first, so that a frame without partners has one too.
    slopes, offsets = [np.zeros((height, width, 2), np.float32)], [np.zeros((height, width, 2), np.float32)]
    trust, sharpness = [np.zeros((height, width), bool)], [np.zeros((height, width), np.float32)]
    for partner in partners:
        pixel, is_trusted = estimator.between(
            grey[frame], grey[partner], rotation_homography(views, frame, partner)
        )
        a = rays @ (views.rotation[partner].T @ views.rotation[frame]).T
        b = views.rotation[partner].T @ (views.position[frame] - views.position[partner])
        target = views.rays(pixel)[..., :2]
        # Divided by a's depth, in pixels: the error of the flow is slope · ρ + offset.
        factor = views.focal_px / np.maximum(a[..., 2:], 0.1)
        slope, offset = (target * b[2] - b[:2]) * factor, (target * a[..., 2:] - a[..., :2]) * factor
        slopes.append(slope.astype(np.float32))
        offsets.append(offset.astype(np.float32))
        trust.append(is_trusted)
        sharpness.append(_sharpness_along(tensor, slope))
    return _solve(
        np.stack(slopes),
        np.stack(offsets),
        np.stack(trust),
        np.stack(sharpness),
        tensor,
        _locality(grey[frame]),
    )


def _solve(
    slope: np.ndarray,
    offset: np.ndarray,
    trust: np.ndarray,
    sharpness: np.ndarray,
    tensor: np.ndarray,
    locality: np.ndarray,
) -> FlowDepth:
    """Weighted least squares over the partners (first axis), reweighted against the ones that disagree."""
    weight = trust * sharpness
    square, product = (slope**2).sum(axis=-1), (slope * offset).sum(axis=-1)
    for _ in range(_NUM_ROUNDS):
        information = (weight * square).sum(axis=0)
        inverse_depth = -(weight * product).sum(axis=0) / np.maximum(information, 1e-9)
        error = slope * inverse_depth[..., None] + offset
        square_error = (error**2).sum(axis=-1)
        weight = trust * sharpness / (1 + square_error / _LOSS_PX**2)
    count = trust.sum(axis=0)
    xx, xy, yy = tensor
    square_contrast = (
        xx * error[..., 0] ** 2 + 2 * xy * error[..., 0] * error[..., 1] + yy * error[..., 1] ** 2
    )
    error_px, contrast_error = (
        np.sqrt((trust * squares).sum(axis=0) / np.maximum(count, 1)).astype(np.float32)
        for squares in (square_error, square_contrast.clip(0))
    )
    return FlowDepth(
        inverse_depth=np.where(information > 1e-9, inverse_depth, 0).astype(np.float32),
        information=(information * locality / _FLOW_SIGMA_PX**2).astype(np.float32),
        error_px=error_px,
        contrast_error=contrast_error,
        num_flows=count,
        texture=(xx + yy) / (xx + yy + _HALF_SHARP),
    )


def _structure_tensor(grey: np.ndarray) -> np.ndarray:
    """Mean products of the gradient around each pixel, xx, xy and yy: ``[3, height, width]``."""
    import cv2

    dx, dy = (cv2.Sobel(grey, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    return np.stack([cv2.blur(product, (9, 9)) for product in (dx * dx, dx * dy, dy * dy)])


def _locality(grey: np.ndarray) -> np.ndarray:
    """How much of what flow could follow is on the very pixel, 0 to 1.

    Flow is smooth: beside an outline, the background is given the motion of what stands before it. An outline
    is thin, so what remains after eroding the gradient is texture of the surface itself.
    """
    import cv2

    dx, dy = (cv2.Sobel(grey, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    energy = cv2.erode(dx**2 + dy**2, np.ones((3, 3), np.uint8))
    return _OUTLINE_SHARE + (1 - _OUTLINE_SHARE) * energy / (energy + _HALF_SHARP / 4)


def _sharpness_along(tensor: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """How well the picture determines a flow along its epipolar line, 0 to 1."""
    xx, xy, yy = tensor
    along = slope / np.maximum(np.linalg.norm(slope, axis=2, keepdims=True), 1e-9)
    energy = along[..., 0] ** 2 * xx + 2 * along[..., 0] * along[..., 1] * xy + along[..., 1] ** 2 * yy
    return (energy / (energy + _HALF_SHARP)).astype(np.float32)
