"""A clip longer than the model sees at a time: windows that overlap, asked one after another and blended."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import ShapeError

_FRAMES_PER_LATENT = 4


@dataclass(frozen=True, kw_only=True)
class LatentWindow:
    """Latent frames ``start`` up to, not including, ``stop``."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


def latent_frames(num_frames: int) -> int:
    """Latent frames of so many frames: one of the first, one of every four that follow.

    Raises:
        ShapeError: If it is no multiple of 4, plus 1.
    """
    if num_frames < 1 or num_frames % _FRAMES_PER_LATENT != 1:
        raise ShapeError(
            "number of frames",
            expected="a multiple of 4, plus 1",
            got=f"{num_frames}",
            todo=f"Choose {max(num_frames - (num_frames - 1) % _FRAMES_PER_LATENT, 1)} frames, for instance.",
        )
    return (num_frames - 1) // _FRAMES_PER_LATENT + 1


def plan_windows(num_latent_frames: int, *, length: int = 11, overlap: int = 3) -> tuple[LatentWindow, ...]:
    """Cover a clip by windows of one length; the last is moved back to end with the clip.

    Raises:
        ShapeError: If a number is below 1, or the overlap is not less than the length.

    Source:
        ``standard_static`` among the context windows of ComfyUI's core.
    """
    if num_latent_frames < 1 or not 0 <= overlap < length:
        raise ShapeError(
            "windows",
            expected="at least one latent frame, and an overlap from 0 to less than the window's length",
            got=f"{num_latent_frames} latent frames, length {length}, overlap {overlap}",
            todo="The released model sees 11 latent frames (41 frames); 3 of overlap (12 frames) suit it.",
        )
    if num_latent_frames <= length:
        return (LatentWindow(start=0, stop=num_latent_frames),)
    last = num_latent_frames - length
    starts = [*range(0, last, length - overlap), last]
    return tuple(LatentWindow(start=start, stop=start + length) for start in starts)


def window_weights(length: int) -> Float[Tensor, " latent"]:
    """How much a window counts at each of its latent frames: most in its middle (core's "pyramid")."""
    index = torch.arange(length)
    return 1.0 + torch.minimum(index, length - 1 - index)


def window_cameras(
    camera_w2c: Float[Tensor, "batch latent 4 4"],
    window: LatentWindow,
    source_camera_w2c: Float[Tensor, "batch latent 4 4"] | None,
) -> Float[Tensor, "batch pose 4 4"]:
    """A window's poses, as if its first frame were the clip's first.

    Args:
        camera_w2c: World-to-camera poses of the target, one per latent frame of the clip.
        window: Which of them.
        source_camera_w2c: The source's; they become relative to the one at the window's first frame. None: to
            the target's own first pose there.
    """
    origin = camera_w2c if source_camera_w2c is None else source_camera_w2c
    return cameras_from(camera_w2c[:, window.start : window.stop], origin[:, window.start : window.start + 1])


def cameras_from(
    camera_w2c: Float[Tensor, "batch pose 4 4"], origin_w2c: Float[Tensor, "batch 1 4 4"]
) -> Float[Tensor, "batch pose 4 4"]:
    """Poses in the axes of another camera instead of the world's."""
    # On the CPU: not every device knows float64.
    poses, origin = (x.to("cpu", torch.float64) for x in (camera_w2c, origin_w2c))
    return (poses @ torch.linalg.inv(origin)).to(camera_w2c)


def check_windows(windows: Sequence[LatentWindow], num_latent_frames: int) -> None:
    """Refuse windows that leave a frame out, are empty, or reach beyond the clip.

    Raises:
        ShapeError: Naming the first frame at fault.
    """
    end = 0
    for window in sorted(windows, key=lambda window: window.start):
        if not end >= window.start >= 0 or not window.start < window.stop <= num_latent_frames:
            raise _bad_windows(num_latent_frames, f"one from {window.start} to {window.stop} after {end}")
        end = max(end, window.stop)
    if end != num_latent_frames:
        raise _bad_windows(num_latent_frames, f"windows that end at {end}")


def check_window_cameras(
    camera_w2c: Tensor, source_camera_w2c: Tensor | None, num_latent_frames: int
) -> None:
    """Refuse poses that cannot be cut into windows.

    Raises:
        ShapeError: If there is not one pose per latent frame.
    """
    for name, poses in (("camera_w2c", camera_w2c), ("source_camera_w2c", source_camera_w2c)):
        if poses is not None and poses.shape[1] != num_latent_frames:
            raise ShapeError(
                name,
                expected=f"{num_latent_frames} poses, one per latent frame",
                got=f"{poses.shape[1]}",
                todo="Sample the trajectory for the whole clip.",
            )


def _bad_windows(num_latent_frames: int, got: str) -> ShapeError:
    return ShapeError(
        "windows",
        expected=f"every one of {num_latent_frames} latent frames in a window, and no others",
        got=got,
        todo="Plan them with plan_windows.",
    )
