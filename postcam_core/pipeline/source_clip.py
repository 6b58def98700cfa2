"""The clip to be recaptured, held as bytes: a quarter of what floats would take."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..errors import MediaError
from ..media import (
    Audio,
    VideoInfo,
    check_frame_rate,
    choose_frames,
    fit_frames,
    plan_fit,
    probe_video,
    read_frames,
    read_sound_of,
    uint8_from_video,
    video_from_uint8,
)
from ..progress import ProgressFn, no_progress
from .window_memory import free_bytes


@dataclass(frozen=True, kw_only=True)
class SourceClip:
    """Frames at the size of the recapture.

    Attributes:
        frames: Pixels from 0 to 255.
        frame_rate: Frames per second.
        audio: Sound of the same stretch, if there is any.
        indices: Which frame of the file each one is; 0, 1, 2, … for a clip that comes from no file.
        num_file_frames: Frames of that file.
    """

    frames: UInt8[Tensor, "frame height width 3"]
    frame_rate: float
    audio: Audio | None = None
    indices: tuple[int, ...] = ()
    num_file_frames: int = 0

    def __post_init__(self) -> None:
        if not self.indices:  # frozen against callers; the defaults depend on the number of frames
            object.__setattr__(self, "indices", tuple(range(len(self))))
            object.__setattr__(self, "num_file_frames", len(self))

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def width(self) -> int:
        """In pixels."""
        return self.frames.shape[2]

    @property
    def height(self) -> int:
        """In pixels."""
        return self.frames.shape[1]

    def frame_at(self, index: int) -> Float[Tensor, "3 height width"]:
        """One frame in [-1, 1]."""
        return video_from_uint8(self.frames[index : index + 1])[0]


def load_source_clip(
    path: str | Path,
    *,
    width: int,
    height: int,
    num_frames: int | None = None,
    selection: Literal["uniform", "true_rate"] = "true_rate",
    info: VideoInfo | None = None,
    progress: ProgressFn = no_progress,
) -> SourceClip:
    """Read a video file: chosen, resized and cut as :func:`..media.load_clip` does, then rounded to bytes.

    Args:
        path: The file.
        width: Columns of the recapture.
        height: Rows of the recapture.
        num_frames: How many; None for all.
        selection: Which; see :func:`..media.load_clip`.
        info: What :func:`..media.probe_video` says of the file, where it was asked already.
        progress: Called while decoding; cancels by raising.

    Raises:
        MediaError: If the file cannot be used, the frames are so few for its length that no video can be written
            at their rate, or so many of this size are more than memory holds.
    """
    info = info or probe_video(path, progress=progress)
    chosen = choose_frames(info, num_frames, selection, name=Path(path).name)
    check_frame_rate(chosen.frame_rate)  # the recapture's too: told before it is computed
    _check_memory(len(chosen.indices), width, height, name=Path(path).name)
    plan = plan_fit(info.width, info.height, width=width, height=height, mode="cover")

    def fitted(picture: UInt8[np.ndarray, "h w 3"]) -> UInt8[np.ndarray, "fit_h fit_w 3"]:
        frame = video_from_uint8(torch.from_numpy(picture)[None])
        return uint8_from_video(fit_frames(frame, plan))[0].numpy()

    return SourceClip(
        frames=read_frames(path, chosen.indices, prepare=fitted, progress=progress),
        frame_rate=chosen.frame_rate,
        audio=read_sound_of(chosen, path) if info.has_audio else None,
        indices=chosen.indices,
        num_file_frames=info.num_frames,
    )


def _check_memory(num_frames: int, width: int, height: int, *, name: str) -> None:
    need, free = num_frames * width * height * 3, free_bytes(torch.device("cpu"))
    if need > free:
        raise MediaError(
            name,
            expected=f"frames that fit into the {free / 2**30:.1f} GiB of memory that are free",
            got=f"{num_frames} of {width}×{height}, {need / 2**30:.1f} GiB",
            todo=f"Choose a smaller size, or at most {free // (width * height * 3)} frames.",
        )
