"""What the warp refuses, in words that name the frame."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..cameras import check_intrinsics, check_rigid
from ..errors import CameraError, GeometryError, ShapeError
from ..geometry import SceneGeometry

# Larger depths and translations overflow float32 once multiplied by focal lengths and pixel coordinates.
_LARGEST_LENGTH = 1e12


def check_frames(frames: Tensor) -> None:
    """Refuse what is no video ``[T,3,H,W]`` of floats in [-1, 1].

    Raises:
        ShapeError: On a wrong shape, dtype or value range.
    """
    if frames.ndim != 4 or frames.shape[1] != 3 or 0 in frames.shape:
        raise ShapeError(
            "frames",
            expected="[T,3,H,W] with at least one frame",
            got=f"shape {tuple(frames.shape)}",
            todo="Move the channels of a [T,H,W,3] image to the second place.",
        )
    if not frames.is_floating_point():
        raise ShapeError(
            "frames",
            expected="floating point numbers in [-1, 1]",
            got=f"{frames.dtype}",
            todo="Divide 8-bit values by 127.5 and subtract 1.",
        )
    lowest, highest = (bound.item() for bound in frames.aminmax())
    if not (lowest >= -1.001 and highest <= 1.001):
        raise ShapeError(
            "frames",
            expected="values in [-1, 1]",
            got=f"values from {lowest:.4g} to {highest:.4g}",
            todo="Scale the video; NaN here means that a step before failed.",
        )


def check_depth(depth: Tensor, frames: Tensor) -> Float[Tensor, "source height width"]:
    """Depth as ``[T,H,W]``, refused where it does not fit the frames.

    Raises:
        GeometryError: On a wrong shape or dtype.
    """
    num_source, _, height, width = frames.shape
    if depth.ndim == 4 and depth.shape[1] == 1:
        depth = depth[:, 0]
    if depth.shape != (num_source, height, width) or not depth.is_floating_point():
        raise GeometryError(
            "depth",
            expected=f"floating point [{num_source},{height},{width}] like the frames",
            got=f"{depth.dtype} of shape {tuple(depth.shape)}",
            todo="Resize depth and K to the frames, and give one depth map per frame.",
        )
    return depth


def check_depth_values(depth: Float[Tensor, "height width"], *, index: int) -> None:
    """Refuse a depth map that holds no real depth.

    Raises:
        GeometryError: On values that are not positive and finite.
    """
    lowest, highest = depth.aminmax()
    if lowest > 0 and highest < _LARGEST_LENGTH:
        return
    num_bad = int((~((depth > 0) & (depth < _LARGEST_LENGTH))).sum())
    raise GeometryError(
        f"depth of frame {index}",
        expected=f"finite values above 0 and below {_LARGEST_LENGTH:g}",
        got=f"{num_bad} of {depth.numel()} pixels that are NaN, infinite, zero, negative or too large",
        todo="Fill or clip them first; give the sky a large finite depth.",
    )


def check_size(frame: Tensor, size: tuple[int, int], *, index: int) -> None:
    """Refuse a frame of another size than the clip's.

    Raises:
        ShapeError: If height or width differ.
    """
    if tuple(frame.shape[-2:]) != size:
        raise ShapeError(
            f"frame {index}",
            expected=f"{size[1]}×{size[0]}, as the depth has",
            got=f"{frame.shape[-1]}×{frame.shape[-2]}",
            todo="Fit frames and geometry to one size.",
        )


def check_same_frames(video: Tensor, geometry: SceneGeometry) -> None:
    """Refuse geometry of other frames than these.

    Raises:
        GeometryError: If number or size differ.
    """
    size = (len(video), *video.shape[-2:])
    if tuple(geometry.depth.shape) != size:
        raise GeometryError(
            "geometry",
            expected=f"{size[0]} frames of {size[2]}×{size[1]}, as the clip has",
            got=f"{geometry.num_frames} of {geometry.width}×{geometry.height}",
            todo="Make the geometry from these same frames.",
        )


def check_piece(start: int, stop: int, *, num_target: int) -> None:
    """Refuse a range of target frames that is empty or reaches out of the clip.

    Raises:
        GeometryError: If the range names no frames or frames that are not there.
    """
    if not 0 <= start < stop <= num_target:
        raise GeometryError(
            "piece of the guide",
            expected=f"at least one of the target frames 0 to {num_target - 1}",
            got=f"start {start}, stop {stop}",
            todo="Give the first frame and the one after the last.",
        )


def check_cameras(*, source_w2c: Tensor, target_w2c: Tensor, num_source: int) -> None:
    """Refuse poses that are not rigid, not one per source frame, or out of range.

    Raises:
        CameraError: If poses are not rigid, or too far away to compute with.
        GeometryError: If their number is wrong.
    """
    for name, pose in (("source_w2c", source_w2c), ("target_w2c", target_w2c)):
        if pose.ndim != 3 or len(pose) == 0:
            raise GeometryError(
                name,
                expected="[frames,4,4] with at least one frame",
                got=f"shape {tuple(pose.shape)}",
                todo="Give one pose per frame.",
            )
        check_rigid(pose, name=name)
        farthest = pose[:, :3, 3].abs().max().item()
        if farthest > _LARGEST_LENGTH:
            raise CameraError(
                name,
                expected=f"translations below {_LARGEST_LENGTH:g}",
                got=f"{farthest:.3g}",
                todo="Divide depth and translations by a common scale.",
            )
    if len(source_w2c) != num_source:
        raise GeometryError(
            "source_w2c",
            expected=f"{num_source} poses, one per source frame",
            got=f"{len(source_w2c)}",
            todo="Cut the video and its poses to the same frames.",
        )


def expand_intrinsics(K: Tensor, num_frames: int, *, name: str) -> Float[Tensor, "frame 3 3"]:
    """One K per frame, from one for the clip or one per frame.

    Raises:
        CameraError: If K is no pinhole camera's.
        GeometryError: If their number is wrong.
    """
    check_intrinsics(K, name=name)
    if K.ndim == 2:
        return K.expand(num_frames, 3, 3)
    if K.shape != (num_frames, 3, 3):
        raise GeometryError(
            name,
            expected=f"[3,3] or [{num_frames},3,3]",
            got=f"shape {tuple(K.shape)}",
            todo="Give one K for the clip, or one per frame.",
        )
    return K


def resolve_source_index(
    source_index: Sequence[int] | Tensor | None, *, num_source: int, num_target: int
) -> Int[Tensor, " target"]:
    """The source frame of each target frame; frame i shows frame i where none is given.

    Raises:
        GeometryError: If the numbers of frames differ, or an index names no frame.
    """
    if source_index is None:
        if num_source != num_target:
            raise GeometryError(
                "target_w2c",
                expected=f"{num_source} poses, one per source frame",
                got=f"{num_target}",
                todo="Resample the trajectory, or say with source_index which frame each pose shows.",
            )
        return torch.arange(num_source)
    shown = torch.as_tensor(source_index).cpu()
    if shown.shape != (num_target,) or shown.is_floating_point() or shown.dtype == torch.bool:
        raise GeometryError(
            "source_index",
            expected=f"{num_target} whole numbers, one per target pose",
            got=f"{shown.dtype} of shape {tuple(shown.shape)}",
            todo="Give the source frame that each target frame shows.",
        )
    if shown.min() < 0 or shown.max() >= num_source:
        raise GeometryError(
            "source_index",
            expected=f"frames from 0 to {num_source - 1}",
            got=f"frames from {int(shown.min())} to {int(shown.max())}",
            todo="Count source frames from 0 and hold the last one.",
        )
    return shown.long()
