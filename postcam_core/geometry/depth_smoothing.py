"""Depth without flicker: averaged over neighbouring frames along the motion of the picture."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import invert_rigid
from ..errors import GeometryError
from ..media import uint8_from_video
from ..progress import ProgressFn, no_progress
from .scene import SceneGeometry
from .video_checks import check_video_fits

# Optical flow there and back must end within this of where it began.
_FLOW_TOLERANCE_PX = 1.5


def smooth_depth(
    video: Float[Tensor, "frame 3 height width"],
    geometry: SceneGeometry,
    *,
    reach_frames: int = 2,
    tolerance: float = 0.1,
    progress: ProgressFn = no_progress,
) -> Float[Tensor, "frame height width"]:
    """Average each pixel's depth with that of the same point in the frames around it.

    The point is followed by optical flow, and its depth there is carried into this frame's camera by the
    poses, so a moving camera blurs nothing. A neighbour counts fully where it agrees, less the further it is
    off, and not at all beyond the tolerance, where the flow there and back does not close (occlusions), or
    where confidence is 0.

    Args:
        video: Frames in [-1, 1].
        geometry: Depth and cameras of the same frames.
        reach_frames: How many frames to either side take part.
        tolerance: Largest difference of depth, as a share, at which a neighbour counts.
        progress: Called after each pair of frames.

    Returns:
        The smoothed depth, of the geometry's shape.

    Raises:
        ShapeError: If it is no video.
        GeometryError: If clip and geometry differ in size, or a number is out of range.
    """
    check_video_fits(video, geometry)
    if reach_frames < 1 or not 0 < tolerance < 1:
        raise GeometryError(
            "depth smoothing",
            expected="a reach of at least 1 frame and a tolerance between 0 and 1",
            got=f"{reach_frames} frames, {tolerance}",
            todo="2 frames and 0.1 suit most clips; leave the smoothing out to keep the depth.",
        )
    views = _Views.of(video, geometry)
    total = views.disparity.copy()
    weight = np.ones_like(total)
    pairs = [
        (first, first + gap)
        for first in range(len(total))
        for gap in range(1, reach_frames + 1)
        if first + gap < len(total)
    ]
    for done, (first, second) in enumerate(pairs, start=1):
        forth, back = views.flow(first, second), views.flow(second, first)
        for frame, other, flow, flow_back in ((first, second, forth, back), (second, first, back, forth)):
            seen, trust = views.seen_from(frame, other, flow, flow_back, tolerance)
            total[frame] += trust * seen
            weight[frame] += trust
        progress(done, len(pairs))
    return torch.from_numpy(weight / total).to(geometry.depth)


@dataclass(frozen=True, kw_only=True)
class _Views:
    """Frames and geometry in the form that OpenCV wants."""

    grey: np.ndarray
    disparity: np.ndarray
    is_trusted: np.ndarray
    K: np.ndarray
    w2c: np.ndarray
    c2w: np.ndarray

    @classmethod
    def of(cls, video: Tensor, geometry: SceneGeometry) -> "_Views":
        depth, confidence = geometry.depth, geometry.confidence
        is_trusted = torch.ones_like(depth) if confidence is None else (confidence > 0).float()
        return cls(
            grey=np.stack([_grey(frame) for frame in video]),
            disparity=(1 / depth).cpu().numpy(),
            is_trusted=is_trusted.cpu().numpy(),
            K=geometry.K.cpu().numpy(),
            w2c=geometry.w2c.cpu().numpy(),
            c2w=invert_rigid(geometry.w2c).cpu().numpy(),
        )

    def flow(self, frame: int, other: int) -> np.ndarray:
        """Where each pixel of ``frame`` went in ``other``: [height, width, xy]."""
        import cv2

        dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        return dis.calc(self.grey[frame], self.grey[other], None)

    def seen_from(
        self, frame: int, other: int, flow: np.ndarray, flow_back: np.ndarray, tolerance: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Inverse depth in ``frame``'s camera that ``other`` gives each pixel, and its weight 0 … 1."""
        height, width = flow.shape[:2]
        place = flow + np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
        # Inverse depth runs evenly over a plane, so it may be interpolated; over edges the tolerance judges.
        depth = 1 / np.maximum(_sample(self.disparity[other], place), 1e-12)
        frame_from_other = self.w2c[frame] @ self.c2w[other]
        forward = (frame_from_other[2, :3] @ np.linalg.inv(self.K[other])).astype(np.float32)
        z = depth * (place @ forward[:2] + forward[2]) + np.float32(frame_from_other[2, 3])
        seen = 1 / np.maximum(z, 1e-12)
        off = np.abs(np.log(seen / self.disparity[frame])) / np.log1p(tolerance)
        trust = np.square(np.maximum(1 - np.square(off), 0))  # Tukey's biweight
        left_over = flow + _sample(flow_back, place)
        closes = np.hypot(left_over[..., 0], left_over[..., 1]) < _FLOW_TOLERANCE_PX
        x, y = place[..., 0], place[..., 1]
        inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
        trusted = self.is_trusted[frame] * (_sample(self.is_trusted[other], place) == 1)
        return seen, trust * (closes & inside & (z > 0)) * trusted


def _grey(frame: Tensor) -> np.ndarray:
    import cv2

    return cv2.cvtColor(uint8_from_video(frame[None])[0].cpu().numpy(), cv2.COLOR_RGB2GRAY)


def _sample(maps: np.ndarray, place: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.remap(maps, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
