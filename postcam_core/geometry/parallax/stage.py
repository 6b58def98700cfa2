"""Where depth cannot be known: level ground and a round wall about the camera, as ``ground_plane`` has them."""

import math

import numpy as np

from .views import Views

CAMERA_HEIGHT = 1.6
WALL_DISTANCE = 10.0


def stage_inverse_depth(views: Views, frame: int, *, height: int, width: int, horizon: float) -> np.ndarray:
    """1 / z-depth ``[height, width]`` of ground and wall; finite wherever the camera turns.

    Args:
        views: Cameras in one place.
        frame: Which of them.
        height: Of the picture in pixels.
        width: Of the picture in pixels.
        horizon: Height of the horizon in frame 0: 0 is its top edge, 1 its bottom edge.

    Source:
        :func:`ground_plane_geometry`; differs: the wall is round, so that a pan never looks past its end.
    """
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    world_rays = views.rays(np.stack([x, y], axis=2)) @ (views.rotation[0].T @ views.rotation[frame]).T
    tilt = math.atan2(views.centre_px[1] - (horizon * height - 0.5), views.focal_px)
    down = world_rays[..., 1] * math.cos(tilt) + world_rays[..., 2] * math.sin(tilt)
    ahead = world_rays[..., 2] * math.cos(tilt) - world_rays[..., 1] * math.sin(tilt)
    across = np.hypot(world_rays[..., 0], ahead)
    return np.maximum(down / CAMERA_HEIGHT, np.maximum(across, 1e-2) / WALL_DISTANCE).astype(np.float32)
