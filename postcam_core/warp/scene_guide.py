"""From a clip with its geometry and a trajectory to the guide: scale and cameras brought together."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import invert_rigid
from ..errors import TrajectoryError
from ..geometry import ROBUST_PERCENTILE, SceneGeometry
from ..progress import ProgressFn, no_progress
from ..trajectory import Trajectory, check_length, model_scale
from .background import BackgroundMemory
from .checks import check_same_frames
from .guide import Guide
from .renderer import GuideRenderer

# Frames: enough for all cores to render at once; with all that is made of them, some 200 MB at 480×832.
_PIECE = 8


class SceneGuideRenderer:
    """Renders what a trajectory's cameras see of a clip, piece by piece.

    Geometry and trajectory are brought to the model's unit first (nearest depth of frame 0 = 3.97521), the
    world being the first source camera's axes; the guide's depth is in that unit. Every split into pieces
    gives the same frames, and memory is that of one piece beside the geometry.

    Args:
        frame_at: Gives source frame i in [-1, 1]; called by the thread that renders, once per piece and frame.
        geometry: Depth and cameras of all source frames, at the size of the frames.
        trajectory: Target cameras; its focal scale multiplies the focal length of the frame shown.
        nearest_percentile: What counts as the nearest depth; see :meth:`SceneGeometry.nearest_depth`.
        device: Where to compute, and where guides come out; None is where the geometry's depth is.
        background: Fills holes, and holes only, with what other frames have seen; made from the same geometry.

    Raises:
        TrajectoryError: If the trajectory's length does not fit the geometry's, or its lengths are the scene's while
            the nearest depth is not the one by which the model's poses are scaled.
    """

    def __init__(
        self,
        frame_at: Callable[[int], Float[Tensor, "3 height width"]],
        geometry: SceneGeometry,
        trajectory: Trajectory,
        *,
        nearest_percentile: float = ROBUST_PERCENTILE,
        device: torch.device | None = None,
        background: BackgroundMemory | None = None,
    ) -> None:
        check_length(trajectory, geometry.num_frames)
        if trajectory.unit == "scene" and nearest_percentile != ROBUST_PERCENTILE:
            # By the robust one the poses that the model is told are scaled.
            raise TrajectoryError(
                "nearest depth for a trajectory in scene units",
                expected=f"the robust one, percentile {ROBUST_PERCENTILE:g}",
                got=f"percentile {nearest_percentile:g}",
                todo="Choose robust: guide and poses would otherwise be of different scales.",
            )
        nearest_depth = geometry.nearest_depth(nearest_percentile)
        scale = model_scale(nearest_depth)
        source_w2c = geometry.anchored().w2c  # a new tensor
        source_w2c[:, :3, 3] *= scale
        target_K = geometry.K[trajectory.source_index]  # indexing copies
        target_K[:, :2, :2] *= trajectory.focal_scale[:, None, None]
        target_w2c = invert_rigid(trajectory.c2w_in_model_units(nearest_depth))
        self.num_frames = len(trajectory)
        self._background, self._scale = background, scale
        self._target_K, self._target_w2c = target_K, target_w2c
        self._renderer = GuideRenderer(
            frame_at,
            # One map at a time: scaling all of them would hold the depth of the clip twice.
            lambda index: geometry.depth[index] * scale,
            size=tuple(geometry.depth.shape),
            K=geometry.K,
            source_w2c=source_w2c,
            target_w2c=target_w2c,
            target_K=target_K,
            source_index=trajectory.source_index,
            device=geometry.depth.device if device is None else device,
        )

    def pieces(self, *, progress: ProgressFn = no_progress) -> Iterator[Guide]:
        """The whole guide, a few frames at a time, in order.

        Args:
            progress: Called after each guide frame; cancels by raising.

        Raises:
            ShapeError: If a source frame is no picture in [-1, 1] of the geometry's size.
        """
        for start in range(0, self.num_frames, _PIECE):
            stop = min(start + _PIECE, self.num_frames)
            yield self.render(
                start, stop, progress=lambda done, _, start=start: progress(start + done, self.num_frames)
            )

    def render(self, start: int, stop: int, *, progress: ProgressFn = no_progress) -> Guide:
        """Guide frames ``start`` to ``stop - 1``.

        Args:
            start: First target frame.
            stop: The frame after the last.
            progress: Called after each guide frame of this piece; cancels by raising.

        Raises:
            ShapeError: If a source frame is no picture in [-1, 1] of the geometry's size.
            GeometryError: If there are no such target frames.
        """
        guide = self._renderer.render(start, stop, progress=progress)
        return guide if self._background is None else self._filled(guide, start, self._background)

    def _filled(self, guide: Guide, start: int, background: BackgroundMemory) -> Guide:
        """The guide with its holes filled in place as far as the memory reaches."""
        is_remembered = torch.zeros_like(guide.mask)
        for i in range(len(guide.mask)):
            w2c = self._target_w2c[start + i].clone()
            w2c[:3, 3] /= self._scale  # the memory is in the unit of the geometry
            colour, depth, is_known = (
                values.to(guide.frames.device)
                for values in background.view(w2c=w2c, K=self._target_K[start + i], wanted=~guide.mask[i])
            )
            guide.frames[i] = torch.where(is_known, colour, guide.frames[i])
            guide.depth[i] = torch.where(is_known, depth * self._scale, guide.depth[i])
            guide.mask[i] |= is_known
            is_remembered[i] = is_known
        return replace(guide, is_remembered=is_remembered)


def render_scene_guide(
    video: Float[Tensor, "source 3 height width"],
    geometry: SceneGeometry,
    trajectory: Trajectory,
    *,
    nearest_percentile: float = ROBUST_PERCENTILE,
    background: BackgroundMemory | None = None,
    progress: ProgressFn = no_progress,
) -> Guide:
    """Render the whole guide of a clip that is in memory; see :class:`SceneGuideRenderer`.

    Args:
        video: Source frames in [-1, 1].
        geometry: Depth and cameras of the same frames, at the same size.
        trajectory: Target cameras; its focal scale multiplies the focal length of the frame shown.
        nearest_percentile: What counts as the nearest depth; see :meth:`SceneGeometry.nearest_depth`.
        background: See :class:`SceneGuideRenderer`.
        progress: Called after each guide frame; cancels by raising.

    Raises:
        GeometryError: If geometry and frames differ in number or size.
        TrajectoryError: If the trajectory's length does not fit the clip's.
    """
    check_same_frames(video, geometry)
    renderer = SceneGuideRenderer(
        video.__getitem__,
        geometry,
        trajectory,
        nearest_percentile=nearest_percentile,
        device=video.device,
        background=background,
    )
    return renderer.render(0, renderer.num_frames, progress=progress)
