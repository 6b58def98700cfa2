"""The background memory: what any frame of a clip has seen and does not move, as points in space."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor
from torch.nn.functional import max_pool2d

from ..errors import GeometryError
from ..geometry import SceneGeometry
from ..media import uint8_from_video
from ..progress import ProgressFn, no_progress
from .checks import check_frames, check_size
from .splat import SplatSum
from .static_pixels import StaticPixels, is_outline

# 60 MB. A frame of 832×480 brings 0.4 million points, the further frames of one scene only what is new in them.
MAX_POINTS = 4_000_000

# Points up to this much farther than the nearest one belong to the same surface.
_SURFACE_THICKNESS = 0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class BackgroundMemory:
    """Points of all source frames that do not move; see :meth:`collect`.

    Attributes:
        points: In the axes of the first source camera, in the unit of the geometry.
        colours: Of the points.
        is_full: Whether the bound was reached, so that some of what was seen is missing.
    """

    points: Float[Tensor, "point 3"]
    colours: UInt8[Tensor, "point 3"]
    is_full: bool = False

    @classmethod
    def collect(
        cls,
        frame_at: Callable[[int], Float[Tensor, "3 height width"]],
        geometry: SceneGeometry,
        *,
        max_points: int = MAX_POINTS,
        progress: ProgressFn = no_progress,
    ) -> "BackgroundMemory":
        """Go through the frames and keep what is new in each.

        A pixel is kept where it shows a thing at rest (:class:`.static_pixels.StaticPixels`) that the memory
        shows nothing of, seen from that frame. Frames are visited in an order that halves the gaps between
        them (first, middle, quarters…). Once ``max_points`` are reached nothing more is taken: a full memory
        knows all parts of the clip, but not every detail.

        Args:
            frame_at: Gives source frame i in [-1, 1]; called some dozen times per frame.
            geometry: Depth and cameras of all source frames, at the size of the frames.
            max_points: Bound on the number of points.
            progress: Called after each frame; cancels by raising.

        Raises:
            GeometryError: If there is no room for any point.
            ShapeError: If a frame is no picture in [-1, 1] of the geometry's size.
        """
        _check_max_points(max_points)
        geometry = geometry.anchored()
        static = StaticPixels(frame_at, geometry)
        memory = cls(points=torch.empty(0, 3), colours=torch.empty(0, 3, dtype=torch.uint8))
        for done, index in enumerate(_visiting_order(geometry.num_frames), start=1):
            depth, frame = geometry.depth[index].cpu(), frame_at(index)
            check_frames(frame[None])
            check_size(frame, tuple(depth.shape), index=index)
            nearest = memory._seen_from(geometry.w2c[index], geometry.K[index], depth.shape).nearest()
            is_new = nearest > depth * (1 + _SURFACE_THICKNESS)
            is_new &= static.mask(index) & ~is_outline(depth)
            points = _unproject(depth, is_new, K=geometry.K[index], w2c=geometry.w2c[index])
            colours = uint8_from_video(frame[None].cpu())[0][is_new]
            room = max_points - len(memory.points)
            memory = cls(
                points=torch.cat([memory.points, points[:room]]),
                colours=torch.cat([memory.colours, colours[:room]]),
                is_full=len(points) > room,
            )
            progress(done, geometry.num_frames)
            if memory.is_full:
                break
        return memory

    def view(
        self,
        *,
        w2c: Float[Tensor, "4 4"],
        K: Float[Tensor, "3 3"],
        wanted: Bool[Tensor, "height width"],
    ) -> tuple[Float[Tensor, "3 height width"], Float[Tensor, "height width"], Bool[Tensor, "height width"]]:
        """Colour, z-depth and where they are known, at the wanted pixels of a camera; the nearest surface wins.

        Args:
            w2c: Pose in the axes of the first source camera, in the unit of the geometry.
            K: Intrinsics in pixels.
            wanted: Where to look; elsewhere nothing is known.
        """
        height, width = wanted.shape
        # All that touches a wanted pixel: points reach to the pixels around them.
        around = max_pool2d(wanted[None].cpu().float(), 3, 1, 1)[0] > 0
        seen = self._seen_from(w2c, K, around.shape)
        seen = seen.kept(around.flatten()[seen.pixel()])
        nearest = seen.nearest().flatten()
        seen = seen.kept(seen.z <= nearest[seen.pixel()] * (1 + _SURFACE_THICKNESS))
        landed = SplatSum(4, height=height, width=width, device=seen.z.device)
        colours = self.colours[seen.index].T.float() / 127.5 - 1
        landed.add((*colours, seen.z), x=seen.x, y=seen.y, weight=torch.ones_like(seen.z))
        mean, total = landed.mean()
        return mean[:3], mean[3], (total > 0) & wanted.cpu()

    def _seen_from(
        self, w2c: Float[Tensor, "4 4"], K: Float[Tensor, "3 3"], size: tuple[int, int]
    ) -> "_SeenPoints":
        projection = (K.double().cpu() @ w2c[:3].double().cpu()).float()
        u, v, z = (self.points @ projection[:, :3].T + projection[:, 3]).unbind(1)
        x, y = u / z, v / z
        is_seen = (z > 0) & (x > -1) & (x < size[1]) & (y > -1) & (y < size[0])
        index = is_seen.nonzero()[:, 0]
        return _SeenPoints(index=index, x=x[index], y=y[index], z=z[index], size=size)


@dataclass(frozen=True, kw_only=True)
class _SeenPoints:
    """Points that land in a picture, and where."""

    index: Int[Tensor, " seen"]
    x: Float[Tensor, " seen"]
    y: Float[Tensor, " seen"]
    z: Float[Tensor, " seen"]
    size: tuple[int, int]

    def kept(self, which: Bool[Tensor, " seen"]) -> "_SeenPoints":
        """Some of them."""
        index, x, y, z = (values[which] for values in (self.index, self.x, self.y, self.z))
        return _SeenPoints(index=index, x=x, y=y, z=z, size=self.size)

    def pixel(self) -> Int[Tensor, " seen"]:
        """Number of the pixel that each lands on."""
        height, width = self.size
        row, column = self.y.round().clamp(0, height - 1), self.x.round().clamp(0, width - 1)
        return row.long() * width + column.long()

    def nearest(self) -> Float[Tensor, "height width"]:
        """Depth of the nearest point on each pixel, infinite where there is none; a point covers four pixels."""
        height, width = self.size
        stride = width + 2  # a ring around the picture takes what lands half outside
        at = (self.y.floor().long() + 1) * stride + self.x.floor().long() + 1
        depth = torch.full(((height + 2) * stride,), torch.inf)
        for offset in (0, 1, stride, stride + 1):
            depth[offset:].scatter_reduce_(0, at, self.z, "amin")
        return depth.view(height + 2, stride)[1:-1, 1:-1]


def _unproject(depth: Tensor, which: Tensor, *, K: Tensor, w2c: Tensor) -> Float[Tensor, "point 3"]:
    rows, columns = which.nonzero(as_tuple=True)
    pixels = torch.stack([columns, rows, torch.ones_like(rows)], dim=1).double()
    points = pixels @ torch.linalg.inv(K).T * depth[rows, columns, None]
    c2w = torch.linalg.inv(w2c)
    return (points @ c2w[:3, :3].T + c2w[:3, 3]).float()


def _visiting_order(num_frames: int) -> list[int]:
    """0, then the odd multiples of the largest power of two, of half of it, …: gaps halve."""
    return sorted(range(num_frames), key=lambda i: (-(i & -i) if i else -2 * num_frames, i))


def _check_max_points(max_points: int) -> None:
    if max_points < 1:
        raise GeometryError(
            "max_points", expected="at least 1", got=f"{max_points}", todo=f"{MAX_POINTS} suit most clips."
        )
