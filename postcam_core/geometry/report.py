"""One picture that says what a geometry is and how far to trust it."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..cameras import fov_deg, invert_rigid, rotation_angle_deg
from ..errors import GeometryError
from ..media.frames import image_from_video
from ..media.selection import uniform_indices
from .picture import depth_picture
from .report_charts import FROM_ABOVE, FROM_THE_SIDE, focal_chart, path_chart, scene_points
from .report_drawing import BRIGHT, DIM, WARNING, blank, put_text, strip, wrapped
from .scene import SceneGeometry
from .video_checks import check_video_fits

MIN_WIDTH = 480
_NUM_THUMBNAILS = 6
_MARGIN_PX, _GAP_PX, _LINE_PX = 16, 6, 20


def geometry_report(
    geometry: SceneGeometry, video: Float[Tensor, "frame 3 height width"] | None = None, *, width: int = 960
) -> Float[Tensor, "row column 3"]:
    """Frames, depth, confidence, the camera's way, its field of view and the notes in one picture, 0 … 1.

    Args:
        geometry: Any geometry.
        video: Its frames in [-1, 1], to be shown beside the depth.
        width: Of the picture in pixels; the height follows.

    Raises:
        ShapeError: If the video is none.
        GeometryError: If clip and geometry differ in size, or the width is too small to read.
    """
    if video is not None:
        check_video_fits(video, geometry)
    if width < MIN_WIDTH:
        raise GeometryError(
            "width of the report", expected=f"at least {MIN_WIDTH} pixels", got=f"{width}", todo="960 suits."
        )
    inner = width - 2 * _MARGIN_PX
    geometry = geometry.anchored()
    parts = [
        _words([f"{geometry.provider}"], inner, size=1.5, colour=BRIGHT),
        _words([_facts(geometry)], inner, size=1.0, colour=DIM),
        *_strips(geometry, video, inner),
        _words([_movement(geometry)], inner, size=1.0, colour=DIM),
        _charts(geometry, video, inner),
        _notes(geometry, inner),
    ]
    gap = blank(_GAP_PX, inner)
    column = np.concatenate([row for part in parts for row in (part, gap)])
    report = blank(len(column) + 2 * _MARGIN_PX, width)
    report[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX] = column
    return torch.from_numpy(report).float() / 255


def _facts(geometry: SceneGeometry) -> str:
    fov = fov_deg(float(geometry.K[0, 0, 0]), geometry.width)
    unit = "in metres" if geometry.is_metric else "without unit"
    return (
        f"{geometry.num_frames} frames of {geometry.width}×{geometry.height}, horizontal field of view "
        f"{fov:.1f}°, depth {unit}"
    )


def _movement(geometry: SceneGeometry) -> str:
    c2w = invert_rigid(geometry.w2c)
    way = float((c2w[1:, :3, 3] - c2w[:-1, :3, 3]).norm(dim=-1).sum())
    turn = float(rotation_angle_deg(c2w[:1, :3, :3].expand_as(c2w[:, :3, :3]), c2w[:, :3, :3]).max())
    if way == 0 and turn < 1e-6:
        return "camera: stands still"
    share = way / geometry.nearest_depth()
    return (
        f"camera: way of {way:.3g} ({share:.2g} nearest depths), turns by up to {turn:.1f}°; "
        "blue is the first frame, orange the last"
    )


def _strips(geometry: SceneGeometry, video: Tensor | None, width: int) -> list[UInt8[np.ndarray, "h w 3"]]:
    frames = uniform_indices(geometry.num_frames, min(_NUM_THUMBNAILS, geometry.num_frames))
    labels = [f"{frame}" for frame in frames]
    shown = geometry.selected(frames)
    low, high = (float(value) for value in shown.depth.aminmax())
    rows = [] if video is None else [strip(image_from_video(video[frames]), labels, width=width, gap=_GAP_PX)]
    rows += [
        _words([f"depth from {low:.3g} to {high:.3g}, near is bright"], width, size=1.0, colour=DIM),
        strip(depth_picture(shown.depth), labels, width=width, gap=_GAP_PX),
    ]
    if geometry.confidence is not None:
        mean, none = geometry.confidence.mean(), (geometry.confidence == 0).float().mean()
        caption = (
            f"confidence {mean:.2f} on average, none at {none:.0%} of the pixels; white is 1, black is 0"
        )
        grey = shown.confidence[..., None].expand(*shown.depth.shape, 3)
        rows += [
            _words([caption], width, size=1.0, colour=DIM),
            strip(grey, labels, width=width, gap=_GAP_PX),
        ]
    return rows


def _charts(geometry: SceneGeometry, video: Tensor | None, width: int) -> UInt8[np.ndarray, "h w 3"]:
    side = (width - 2 * _GAP_PX) // 3
    size = {"height": round(0.8 * side), "width": side}
    scene = scene_points(geometry, video)
    charts = [
        path_chart(geometry, scene, FROM_ABOVE, title="path from above", **size),
        path_chart(geometry, scene, FROM_THE_SIDE, title="path from the side", **size),
        focal_chart(geometry, **size),
    ]
    row = blank(size["height"], width)
    for index, chart in enumerate(charts):
        left = index * (side + _GAP_PX)
        row[:, left : left + side] = chart
    return row


def _notes(geometry: SceneGeometry, width: int) -> UInt8[np.ndarray, "h w 3"]:
    if not geometry.notes:
        return _words(["no warnings"], width, size=1.0, colour=DIM)
    return _words([f"! {note}" for note in geometry.notes], width, size=1.0, colour=WARNING)


def _words(
    texts: list[str], width: int, *, size: float, colour: tuple[int, int, int]
) -> UInt8[np.ndarray, "h w 3"]:
    lines = [line for text in texts for line in wrapped(text, width, size)]
    line_px = round(_LINE_PX * size)
    image = blank(line_px * len(lines), width)
    for index, line in enumerate(lines):
        put_text(image, line, 0, line_px * index + round(0.72 * line_px), size=size, colour=colour)
    return image
