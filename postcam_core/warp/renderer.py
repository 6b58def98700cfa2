"""The warp: source frames splatted into the target cameras."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import log1p

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..progress import ProgressFn, no_progress
from .checks import (
    check_cameras,
    check_depth,
    check_depth_values,
    check_frames,
    check_piece,
    check_size,
    expand_intrinsics,
    resolve_source_index,
)
from .guide import HOLE, Guide
from .reprojection import Reprojection
from .splat import SplatSum

# How fast far pixels lose against near ones: the farthest pixel of the clip weighs e⁻⁵⁰ of one at the lens.
_DEPTH_FALL_OFF = 50.0
_FARTHEST_WEIGHED_DEPTH = 1000.0

# Work on so few pixels stays in the cache and below torch's own threading, whose cores then render other frames.
_PIXELS_AT_ONCE = 32_768


class GuideRenderer:
    """Renders the guide of a clip piece by piece; every split into pieces gives the same frames.

    Source frames and depth maps are fetched when a piece needs them, by the thread that calls, each once per
    piece. Only the farthest depth is taken from the whole clip, when the renderer is made.

    Args:
        frame_at: Gives source frame i, in [-1, 1].
        depth_at: Gives its z-depth, positive and finite, in the unit of the poses' translations.
        size: Number of source frames, their height and their width.
        K: Source intrinsics in pixels, for the clip or for each frame.
        source_w2c: Source poses.
        target_w2c: Target poses, one for each guide frame.
        target_K: Target intrinsics in pixels of the same image size, for the clip or for each guide frame;
            None keeps those of the source frame shown.
        source_index: The source frame that each guide frame shows; None shows frame i in frame i.
        device: Where to compute, and where guides come out.

    Raises:
        GeometryError: If depth that is shown is not positive and finite, or numbers of frames disagree.
        CameraError: If poses are not rigid or K is no pinhole camera's.
    """

    def __init__(
        self,
        frame_at: Callable[[int], Float[Tensor, "3 height width"]],
        depth_at: Callable[[int], Float[Tensor, "height width"]],
        *,
        size: tuple[int, int, int],
        K: Float[Tensor, "*source 3 3"],
        source_w2c: Float[Tensor, "source 4 4"],
        target_w2c: Float[Tensor, "target 4 4"],
        target_K: Float[Tensor, "*target 3 3"] | None = None,
        source_index: Sequence[int] | Int[Tensor, " target"] | None = None,
        device: torch.device,
    ) -> None:
        num_source = size[0]
        check_cameras(source_w2c=source_w2c, target_w2c=target_w2c, num_source=num_source)
        self.source_index = resolve_source_index(
            source_index, num_source=num_source, num_target=len(target_w2c)
        )
        shown = self.source_index.tolist()
        source_K = expand_intrinsics(K, num_source, name="K")[self.source_index]
        target_K = source_K if target_K is None else expand_intrinsics(target_K, len(shown), name="target_K")
        self._reprojections = [
            Reprojection.between(
                source_K=source_K[i],
                target_K=target_K[i],
                source_w2c=source_w2c[j],
                target_w2c=target_w2c[i],
            )
            for i, j in enumerate(shown)
        ]
        self._frame_at, self._depth_at = frame_at, depth_at
        self._size, self._device = size[1:], device
        self._fall_off = _depth_fall_off(self._farthest_depths())

    def render(self, start: int, stop: int, *, progress: ProgressFn = no_progress) -> Guide:
        """Guide frames ``start`` to ``stop - 1``.

        Args:
            start: First target frame.
            stop: The frame after the last.
            progress: Called after each guide frame of this piece; cancels by raising.

        Raises:
            ShapeError: If a source frame is no picture in [-1, 1] of the clip's size.
            GeometryError: If there are no such target frames.
        """
        check_piece(start, stop, num_target=len(self.source_index))
        shown = self.source_index[start:stop]
        sources = {j: self._source(j) for j in sorted(set(shown.tolist()))}
        num_target, (height, width) = len(shown), self._size
        guide = Guide(
            frames=torch.empty(num_target, 3, height, width, device=self._device),
            mask=torch.empty(num_target, height, width, dtype=torch.bool, device=self._device),
            depth=torch.empty(num_target, height, width, device=self._device),
            source_index=shown,
        )

        def render(i: int) -> tuple[Tensor, Tensor, Tensor]:
            return _render_frame(*sources[int(shown[i])], self._reprojections[start + i], self._fall_off)

        pool = ThreadPoolExecutor(max_workers=torch.get_num_threads())
        try:
            for i, rendered in enumerate(pool.map(render, range(num_target))):
                guide.frames[i], guide.mask[i], guide.depth[i] = rendered
                progress(i + 1, num_target)
        finally:
            pool.shutdown(cancel_futures=True)
        return guide

    def _source(self, index: int) -> tuple[Tensor, Tensor]:
        frame = self._frame_at(index).detach()
        check_frames(frame[None])
        check_size(frame, self._size, index=index)
        return frame.to(self._device), self._depth_at(index).detach().to(self._device)

    def _farthest_depths(self) -> Iterable[Float[Tensor, ""]]:
        by_source: dict[int, list[Reprojection]] = {}
        for j, reprojection in zip(self.source_index.tolist(), self._reprojections, strict=True):
            by_source.setdefault(j, []).append(reprojection)
        for j, reprojections in by_source.items():
            depth = self._depth_at(j).detach().to(self._device)
            check_depth_values(depth, index=j)
            depth = depth.float()
            yield from (reprojection.farthest_depth(depth) for reprojection in reprojections)


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
        GeometryError: If depth that is shown holds NaN, infinite, zero or negative values, or sizes and
            lengths disagree.
        CameraError: If poses are not rigid or K is no pinhole camera's.

    Source:
        The released ``Warper.forward_warp`` (arXiv 2511.17185, sec. 3.2). differs: depth out of range is
        refused instead of clipped to [1e-4, 1e4]; runs one frame at a time; also returns depth.
    """
    check_frames(frames)
    depth = check_depth(depth, frames)
    renderer = GuideRenderer(
        frames.__getitem__,
        depth.__getitem__,
        size=(len(frames), *frames.shape[-2:]),
        K=K,
        source_w2c=source_w2c,
        target_w2c=target_w2c,
        target_K=target_K,
        source_index=source_index,
        device=frames.device,
    )
    return renderer.render(0, len(renderer.source_index), progress=progress)


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


def _depth_fall_off(farthest_depths: Iterable[Float[Tensor, ""]]) -> float:
    """The power of 1 / (1 + depth) that weighs pixels, from the farthest target depth of the whole clip."""
    farthest = min(torch.stack(list(farthest_depths)).max().item(), _FARTHEST_WEIGHED_DEPTH)
    # With everything behind its camera nothing will be weighed, and any power does.
    return _DEPTH_FALL_OFF / log1p(farthest) if farthest > 0 else 0.0
