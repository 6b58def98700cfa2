"""Geometry without any estimate: a flat ground and a far wall, from field of view and horizon."""

import math

import torch
from torch import Tensor

from ..cameras import focal_from_fov, intrinsics_matrix, pixel_grid
from ..errors import GeometryError
from .depth_checks import check_size
from .scene import SceneGeometry

# Nothing was measured: low, but not 0, so that code which weighs by confidence has something to weigh.
GROUND_PLANE_CONFIDENCE = 0.1
# A ray steeper than this meets the wall so far up that its depth means nothing.
_MAX_ELEVATION_DEG = 80.0


def ground_plane_geometry(
    num_frames: int,
    height: int,
    width: int,
    *,
    fov_deg: float = 55.0,
    horizon: float = 0.4,
    camera_height: float = 1.6,
    wall_distance: float = 10.0,
) -> SceneGeometry:
    """A stand-in scene: level ground below the camera and a vertical wall across the view.

    No pixel of the clip is looked at. The camera stands still, tilted so that the horizon falls where the
    caller says; each pixel shows the ground or the wall, whichever is nearer. Good for trying trajectories
    and for wide shots over open ground; anything that stands up from the ground is flattened onto it.

    Args:
        num_frames: Number of frames of the clip.
        height: Height of the frames in pixels.
        width: Width of the frames in pixels.
        fov_deg: Horizontal field of view in degrees.
        horizon: Height of the horizon in the image: 0 is the top edge, 1 the bottom edge; values outside put
            it out of view (the camera looks down or up), from −3 to 4.
        camera_height: Height of the camera above the ground, in scene units.
        wall_distance: Horizontal distance from the camera to the wall, in scene units.

    Raises:
        GeometryError: On a size or number out of range, or a view that reaches almost straight up.
        CameraError: If the field of view is not between 0 and 180 degrees.
    """
    check_size(num_frames, height, width, name="ground plane")
    _check_numbers(horizon, camera_height, wall_distance)
    focal_px = focal_from_fov(fov_deg, width)
    K = intrinsics_matrix(focal_px, width=width, height=height)
    # Edges of the image lie half a pixel outside the first and last pixel centres.
    horizon_px = horizon * height - 0.5
    tilt = math.atan2(float(K[1, 2]) - horizon_px, focal_px)  # how far the camera looks down, in radians
    _check_view(tilt, height / 2 / focal_px)

    rays_y = (pixel_grid(height, 1, dtype=torch.float64)[..., 1] - K[1, 2]) / focal_px
    depth_rows = _ground_and_wall(rays_y, tilt, camera_height=camera_height, wall_distance=wall_distance)
    shape = (num_frames, height, width)
    return SceneGeometry(
        depth=depth_rows.float().expand(shape),
        K=K.expand(num_frames, 3, 3),
        w2c=torch.eye(4, dtype=torch.float64).expand(num_frames, 4, 4),
        confidence=torch.tensor(GROUND_PLANE_CONFIDENCE).expand(shape),
        provider="ground_plane",
        notes=(
            "no depth was estimated: a flat ground and a far wall stand in for the scene, "
            "and the source camera is taken to stand still",
        ),
    )


def _ground_and_wall(rays_y: Tensor, tilt: float, *, camera_height: float, wall_distance: float) -> Tensor:
    """z-depth of the nearer plane along rays (x, rays_y, 1); neither plane depends on x."""
    down = rays_y * math.cos(tilt) + math.sin(tilt)
    forward = math.cos(tilt) - rays_y * math.sin(tilt)
    ground = torch.where(down > 0, camera_height / down, torch.inf)
    wall = torch.where(forward > 0, wall_distance / forward, torch.inf)
    return torch.minimum(ground, wall)


def _check_numbers(horizon: float, camera_height: float, wall_distance: float) -> None:
    if not -3 <= horizon <= 4:
        raise GeometryError(
            "horizon",
            expected="a fraction of the image height, from −3 to 4",
            got=f"{horizon}",
            todo="0 is the top edge of the image, 1 the bottom edge, 0.4 suits most shots.",
        )
    for name, value in (("camera height", camera_height), ("wall distance", wall_distance)):
        if not 1e-3 <= value <= 1e6:
            raise GeometryError(
                name,
                expected="0.001 to 1000000 scene units",
                got=f"{value}",
                todo="1.6 above the ground and a wall at 10 suit most shots.",
            )


def _check_view(tilt: float, half_height: float) -> None:
    elevation_deg = math.degrees(math.atan(half_height) - tilt)
    if elevation_deg > _MAX_ELEVATION_DEG:
        raise GeometryError(
            "view",
            expected=f"a top edge at most {_MAX_ELEVATION_DEG:.0f}° above the horizon",
            got=f"{elevation_deg:.0f}°",
            todo="Use a smaller field of view or put the horizon higher in the image (a smaller number).",
        )
