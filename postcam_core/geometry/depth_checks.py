"""What a depth clip must be before anything is computed from it."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import GeometryError

# 4 GiB of float32: about 2700 frames of 480×832. More is a mistake in a file, not a clip.
MAX_DEPTH_VALUES = 1 << 30


def check_depth(depth: Float[Tensor, "frame height width"], *, name: str = "depth") -> None:
    """Refuse depth that is not a finite positive number at every pixel.

    Raises:
        GeometryError: On a wrong number of dimensions, no frames or pixels, or bad values; names the worst
            frame, how many of its pixels are bad, and the first of them.
    """
    if depth.ndim != 3 or 0 in depth.shape:
        raise GeometryError(
            name,
            expected="at least one frame of shape (frame, height, width)",
            got=f"shape {tuple(depth.shape)}",
            todo="Give one z-depth map per source frame.",
        )
    lowest, highest = depth.aminmax()
    if lowest > 0 and highest < torch.inf:  # both are false where a NaN is
        return
    num_bad = (~((depth > 0) & (depth < torch.inf))).sum(dim=(1, 2))
    frame = int(num_bad.argmax())
    is_bad = ~((depth[frame] > 0) & (depth[frame] < torch.inf))
    y, x = (int(i) for i in is_bad.nonzero()[0])
    raise GeometryError(
        f"{name} of frame {frame}",
        expected="a finite number above 0 at every pixel",
        got=f"{int(num_bad[frame])} bad of {is_bad.numel()} pixels, the first {depth[frame, y, x]:.4g} at "
        f"x={x}, y={y} (bad frames: {int((num_bad > 0).sum())} of {len(depth)})",
        todo="Fill missing depth in the tool that made it (sky: a large finite distance).",
    )


def check_size(num_frames: int, height: int, width: int, *, name: str) -> None:
    """Refuse sizes that no clip has, before memory is taken for them.

    Raises:
        GeometryError: If there is nothing in it, or more than :data:`MAX_DEPTH_VALUES` values.
    """
    if min(num_frames, height, width) < 1 or num_frames * height * width > MAX_DEPTH_VALUES:
        raise GeometryError(
            name,
            expected=f"between 1 and {MAX_DEPTH_VALUES} depth values",
            got=f"{num_frames} frames of {width}×{height}",
            todo="Cut the clip into parts or store the depth at a smaller size.",
        )
