"""Where the sky is: smooth parts of the picture that reach its top edge and show no depth."""

import numpy as np

from .flows import FlowDepth

_SMOOTH_TEXTURE = 0.25
# Ceilings are smooth as well, but no farther than the rest of the room: inverse depth in median depths.
_FARTHEST_CEILING = 0.5


def find_sky(flow: FlowDepth, information: np.ndarray) -> np.ndarray:
    """Mask ``[height, width]``.

    Args:
        flow: Of the frame.
        information: What of its inverse depth can be used, ``[height, width]``.
    """
    import cv2

    is_smooth = flow.texture < _SMOOTH_TEXTURE
    _, labels = cv2.connectedComponents(is_smooth.astype(np.uint8), connectivity=4)
    is_sky = np.zeros_like(is_smooth)
    for label in np.unique(labels[0][is_smooth[0]]):
        part = labels == label
        if _weighted_median(flow.inverse_depth[part], information[part]) < _FARTHEST_CEILING:
            is_sky |= part
    return is_sky


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """0 where nothing has any weight: what is blank and high up is sky more often than ceiling."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)]) if total[-1] > 0 else 0.0
