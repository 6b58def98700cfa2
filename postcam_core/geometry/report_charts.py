"""The charts of the report: where the camera went, and its field of view."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from ..cameras import fov_deg, invert_rigid, transform_points, unproject_depth
from ..media.selection import uniform_indices
from .report_drawing import BRIGHT, DIM, END, GRID, PANEL, START, blank, dot, polyline, put_text, text_width
from .scene import SceneGeometry

_TITLE_PX, _MARGIN_PX = 26, 14
_NUM_FRUSTA, _NUM_SCENE_FRAMES, _POINTS_PER_AXIS = 9, 5, 48
# Points within this many nearest depths of some camera decide how much of the scene a view shows.
_SHOWN_SHARE = 1.5
# World axes that run right and up in each view, and their signs; OpenCV's y runs down.
FROM_ABOVE, FROM_THE_SIDE = ((0, 1), (2, 1)), ((2, 1), (1, -1))


@dataclass(frozen=True, kw_only=True)
class ScenePoints:
    """A few points of the scene with their colours (0 … 255); the nearest of them are to be in view."""

    points: Float[np.ndarray, "point 3"]
    is_nearest: Bool[np.ndarray, " point"]
    colours: UInt8[np.ndarray, "point 3"]


def scene_points(geometry: SceneGeometry, video: Tensor | None) -> ScenePoints:
    """Points of anchored geometry on a coarse grid of some frames, where there is confidence."""
    parts = []
    farthest_shown = _SHOWN_SHARE * geometry.nearest_depth()
    step_y, step_x = (max(1, side // _POINTS_PER_AXIS) for side in (geometry.height, geometry.width))
    for frame in uniform_indices(geometry.num_frames, min(_NUM_SCENE_FRAMES, geometry.num_frames)):
        depth = geometry.depth[frame].cpu()
        points = unproject_depth(depth.double(), geometry.K[frame].cpu())[::step_y, ::step_x].flatten(0, 1)
        kept = torch.ones(len(points), dtype=torch.bool)
        if geometry.confidence is not None:
            kept = geometry.confidence[frame, ::step_y, ::step_x].flatten().cpu() > 0
        colours = torch.tensor(DIM, dtype=torch.uint8).expand(len(points), 3)
        if video is not None:
            levels = ((video[frame, :, ::step_y, ::step_x].float() + 1) * 127.5).clamp(0, 255).byte()
            colours = levels.flatten(1).T.cpu()
        world = transform_points(points, invert_rigid(geometry.w2c[frame].cpu()))
        parts.append((world[kept], (points[:, 2] <= farthest_shown)[kept], colours[kept]))
    points, is_nearest, colours = (torch.cat(values).numpy() for values in zip(*parts, strict=True))
    return ScenePoints(points=points, is_nearest=is_nearest, colours=colours)


def path_chart(
    geometry: SceneGeometry,
    scene: ScenePoints,
    axes: tuple[tuple[int, int], tuple[int, int]],
    *,
    title: str,
    height: int,
    width: int,
) -> UInt8[np.ndarray, "h w 3"]:
    """The camera's way over a flat view of the scene, at the same scale both ways.

    Args:
        geometry: Anchored geometry.
        scene: What to show around the way.
        axes: World axis and sign that run right, and those that run up.
        title: Written above.
        height: Of the chart in pixels.
        width: Of the chart in pixels.
    """
    image = _titled(title, height, width)
    c2w = invert_rigid(geometry.w2c).cpu().numpy()
    way = _flat(c2w[:, :3, 3], axes)
    points = _flat(scene.points, axes)
    in_view = np.concatenate([way, points[scene.is_nearest]])
    place = _fitted(in_view, height, width)
    for (x, y), colour in zip(place(points), scene.colours, strict=True):
        if _TITLE_PX < y < height - 2 and 2 < x < width - 2:
            image[int(y) : int(y) + 2, int(x) : int(x) + 2] = colour
    length = 0.12 * np.ptp(in_view, axis=0).max()
    frames = uniform_indices(geometry.num_frames, min(_NUM_FRUSTA, geometry.num_frames))
    for frame in frames:
        corners = _frustum(geometry, frame, c2w[frame], length)
        polyline(image, place(_flat(corners, axes)), _between(frame, geometry.num_frames))
    polyline(image, place(way), BRIGHT, 2)
    for frame in (0, geometry.num_frames - 1):
        dot(image, *place(way[frame : frame + 1])[0], 3.5, _between(frame, geometry.num_frames))
    return image


def focal_chart(geometry: SceneGeometry, *, height: int, width: int) -> UInt8[np.ndarray, "h w 3"]:
    """Horizontal field of view of each frame in degrees."""
    image = _titled("field of view (deg)", height, width)
    angles = np.array([fov_deg(float(K[0, 0]), geometry.width) for K in geometry.K])
    middle = (angles.max() + angles.min()) / 2
    # At least two degrees high, so that a change nobody sees does not look like a zoom.
    reach = max(1.0, 0.6 * np.ptp(angles))
    top, bottom, left, right = _TITLE_PX + 12, height - 30, 52, width - _MARGIN_PX
    for value in (middle - reach, middle, middle + reach):
        y = bottom - (value - middle + reach) / (2 * reach) * (bottom - top)
        polyline(image, np.array([[left, y], [right, y]]), GRID)
        label = f"{value:.1f}"
        put_text(image, label, left - 8 - text_width(label, 0.85), int(y) + 4, size=0.85)
    x = np.linspace(left, right, len(angles)) if len(angles) > 1 else np.array([left, right])
    y = bottom - (np.resize(angles, len(x)) - middle + reach) / (2 * reach) * (bottom - top)
    polyline(image, np.stack([x, y], axis=1), BRIGHT, 2)
    put_text(image, "frame 0", left, height - 10, size=0.85)
    last = str(len(angles) - 1)
    put_text(image, last, right - text_width(last, 0.85), height - 10, size=0.85)
    return image


def _titled(title: str, height: int, width: int) -> np.ndarray:
    image = blank(height, width, PANEL)
    put_text(image, title, _MARGIN_PX, 18)
    return image


def _flat(points: np.ndarray, axes: tuple[tuple[int, int], tuple[int, int]]) -> np.ndarray:
    """Points [n, 3] in the plane of a view: [n, (right, up)]."""
    return np.stack([sign * points[:, axis] for axis, sign in axes], axis=1)


def _fitted(points: np.ndarray, height: int, width: int) -> Callable[[np.ndarray], np.ndarray]:
    """The map from a view's plane to pixels that shows all the points."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([width - 2 * _MARGIN_PX, height - _TITLE_PX - 2 * _MARGIN_PX])
    scale = (room / np.maximum(high - low, 1e-9)).min()
    centre = np.array([width / 2, (height + _TITLE_PX) / 2])
    return lambda plane: centre + (plane - (low + high) / 2) * scale * (1, -1)


def _frustum(geometry: SceneGeometry, frame: int, c2w: np.ndarray, length: float) -> np.ndarray:
    """One line along the edges of a camera's view, ``length`` deep: [n, 3] in the world."""
    right, bottom = geometry.width - 0.5, geometry.height - 0.5
    pixels = np.array([[-0.5, -0.5, 1], [right, -0.5, 1], [right, bottom, 1], [-0.5, bottom, 1]])
    corners = length * pixels @ np.linalg.inv(geometry.K[frame].cpu().numpy()).T
    a, b, c, d = corners @ c2w[:3, :3].T + c2w[:3, 3]
    eye = c2w[:3, 3]
    return np.array([eye, a, b, eye, c, d, eye, a, d, c, b])


def _between(frame: int, num_frames: int) -> tuple[int, int, int]:
    share = frame / max(num_frames - 1, 1)
    return tuple(round(a + (b - a) * share) for a, b in zip(START, END, strict=True))
