"""The guide: source frames warped into the target cameras."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import log1p

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..progress import ProgressFn, no_progress
from .checks import check_cameras, check_depth, check_frames, expand_intrinsics, resolve_source_index
from .reprojection import Reprojection
from .splat import SplatSum

HOLE = -1.0

# How fast far pixels lose against near ones: the farthest pixel of the clip weighs e⁻⁵⁰ of one at the lens.
_DEPTH_FALL_OFF = 50.0
_FARTHEST_WEIGHED_DEPTH = 1000.0

# Work on so few pixels stays in the cache and below torch's own threading, whose cores then render other frames.
_PIXELS_AT_ONCE = 32_768


@dataclass(frozen=True, kw_only=True)
class Guide:
    """Guide frames for target cameras, and what is known about them.

    Args:
        frames: Warped colours in [-1, 1]; holes are -1 (black).
        mask: True where a pixel is known, False in holes.
        depth: Z-depth in the target camera, in the unit of the source depth; mean over what landed on the
            pixel with the weights of its colour. 0 in holes.
        source_index: The source frame that each guide frame shows.
    """

    frames: Float[Tensor, "frame 3 height width"]
    mask: Bool[Tensor, "frame height width"]
    depth: Float[Tensor, "frame height width"]
    source_index: Int[Tensor, " frame"]

    @property
    def coverage(self) -> Float[Tensor, " frame"]:
        """Share of known pixels in each frame, in [0, 1]."""
        return self.mask.float().mean(dim=(1, 2))


def render_guide(
    frames: Float[Tensor, "source 3 height width"],
    depth: Float[Tensor, "source height width"] | Float[Tensor, "source 1 height width"],
    *,
    K: Float[Tensor, "*source 3 3"],
    source_w2c: Float[Tensor, "source 4 4"],
    target_w2c: Float[Tensor, "target 4 4"],
    target_K: Float[Tensor, "*target 3 3"] | None = None,
    source_index: Sequence[int] | Int[Tensor, " target"] | None = None,
    progress: ProgressFn = no_progress,
) -> Guide:
    """Show each source frame from a target camera, leaving holes where it saw nothing.

    Every target frame shows one source frame; nothing is filled in or collected over time. Pixels compete by
    a weight that falls with their depth relative to the farthest depth of the whole clip, so that frames
    depend on one another through this one number only.

    Args:
        frames: Source video in [-1, 1].
        depth: Source z-depth, positive and finite, in the unit of the poses' translations.
        K: Source intrinsics in pixels, for the clip or for each frame.
        source_w2c: Source poses.
        target_w2c: Target poses, one for each guide frame.
        target_K: Target intrinsics in pixels of the same image size, for the clip or for each guide frame;
            None keeps those of the source frame shown.
        source_index: The source frame that each guide frame shows (to freeze or retime); None shows frame i
            in frame i.
        progress: Called after each guide frame; cancels by raising.

    Raises:
        ShapeError: If the frames are no video in [-1, 1].
        GeometryError: If depth holds NaN, infinite, zero or negative values, or sizes and lengths disagree.
        CameraError: If poses are not rigid or K is no pinhole camera's.

    Source:
        The released ``Warper.forward_warp`` (arXiv 2511.17185, sec. 3.2). differs: depth out of range is
        refused instead of clipped to [1e-4, 1e4]; runs one frame at a time; also returns depth.
    """
    check_frames(frames)
    frames, depth = frames.detach(), check_depth(depth, frames).detach()
    check_cameras(source_w2c=source_w2c, target_w2c=target_w2c, num_source=len(frames))
    shown = resolve_source_index(source_index, num_source=len(frames), num_target=len(target_w2c))
    source_K = expand_intrinsics(K, len(frames), name="K")[shown]
    target_K = source_K if target_K is None else expand_intrinsics(target_K, len(shown), name="target_K")
    reprojections = [
        Reprojection.between(
            source_K=source_K[i], target_K=target_K[i], source_w2c=source_w2c[j], target_w2c=target_w2c[i]
        )
        for i, j in enumerate(shown.tolist())
    ]
    fall_off = _depth_fall_off(depth, reprojections, shown)

    def render(i: int) -> tuple[Tensor, Tensor, Tensor]:
        shows = int(shown[i])
        return _render_frame(frames[shows], depth[shows], reprojections[i], fall_off)

    num_target, (height, width) = len(shown), frames.shape[-2:]
    guide = Guide(
        frames=frames.new_empty(num_target, 3, height, width, dtype=torch.float32),
        mask=frames.new_empty(num_target, height, width, dtype=torch.bool),
        depth=frames.new_empty(num_target, height, width, dtype=torch.float32),
        source_index=shown,
    )
    pool = ThreadPoolExecutor(max_workers=torch.get_num_threads())
    try:
        for i, rendered in enumerate(pool.map(render, range(num_target))):
            guide.frames[i], guide.mask[i], guide.depth[i] = rendered
            progress(i + 1, num_target)
    finally:
        pool.shutdown(cancel_futures=True)
    return guide


def _render_frame(
    frame: Float[Tensor, "3 height width"],
    depth: Float[Tensor, "height width"],
    reprojection: Reprojection,
    fall_off: float,
) -> tuple[Float[Tensor, "3 height width"], Bool[Tensor, "height width"], Float[Tensor, "height width"]]:
    """Colour, mask and depth of one source frame in its target camera."""
    height, width = depth.shape
    landed = SplatSum(4, height=height, width=width, device=frame.device)
    num_rows = max(1, _PIXELS_AT_ONCE // width) if frame.device.type == "cpu" else height
    for first_row in range(0, height, num_rows):
        rows = slice(first_row, first_row + num_rows)
        u, v, z = reprojection.target_position(
            depth[rows].to(frame.device, torch.float32), first_row=first_row
        )
        is_in_front = z > 0
        # Behind the camera any positive depth will do: it only keeps NaN out of positions that weigh nothing.
        z = torch.where(is_in_front, z, 1)
        weight = z.clamp(max=_FARTHEST_WEIGHED_DEPTH).log1p_().mul_(-fall_off).exp_().mul_(is_in_front)
        landed.add((*frame[:, rows].float(), z), x=u / z, y=v / z, weight=weight)
    mean, total = landed.mean()
    is_known = total > 0
    return torch.where(is_known, mean[:3].clamp_(-1, 1), HOLE), is_known, mean[3]


def _depth_fall_off(depth: Tensor, reprojections: list[Reprojection], shown: Tensor) -> float:
    """The power of 1 / (1 + depth) that weighs pixels, from the farthest target depth of the whole clip."""
    farthest_depths = [
        reprojection.farthest_depth(depth[j].float())
        for j, reprojection in zip(shown.tolist(), reprojections, strict=True)
    ]
    farthest = min(torch.stack(farthest_depths).max().item(), _FARTHEST_WEIGHED_DEPTH)
    # With everything behind its camera nothing will be weighed, and any power does.
    return _DEPTH_FALL_OFF / log1p(farthest) if farthest > 0 else 0.0
