"""A clip as the model takes it: size, number of frames and rate chosen, sound cut to match."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..errors import MediaError
from ..progress import ProgressFn, no_progress
from .audio import Audio, read_audio
from .container import MediaSource, media_name
from .fit import fit_frames, plan_fit
from .frames import video_from_uint8
from .probe import VideoInfo, probe_video
from .read import read_frames
from .selection import constant_rate_indices, uniform_indices
from .trim import Trim, trimmed


@dataclass(frozen=True, kw_only=True)
class LoadedClip:
    """Frames chosen from a video file.

    Attributes:
        video: The frames in [-1, 1].
        frame_rate: Rate at which they last as long as they did in the file.
        audio: Sound of the same stretch, if there is any.
        indices: Which frame of the file each one is.
    """

    video: Float[Tensor, "frame 3 height width"]
    frame_rate: float
    audio: Audio | None
    indices: tuple[int, ...]


def load_clip(
    source: MediaSource,
    *,
    width: int,
    height: int,
    num_frames: int | None,
    fit: Literal["cover", "stretch"] = "cover",
    selection: Literal["uniform", "true_rate"] = "uniform",
    start_s: float = 0.0,
    trim: Trim | None = None,
    info: VideoInfo | None = None,
    progress: ProgressFn = no_progress,
) -> LoadedClip:
    """Read a video file at a size and number of frames.

    Args:
        source: A path, or a seekable binary file.
        width: Columns of the result.
        height: Rows of the result.
        num_frames: Frames of the result; a clip with fewer holds its last frame. None: all that there are.
        fit: How the size is changed; see :func:`.fit.plan_fit`.
        selection: ``"uniform"`` spreads the frames over the whole clip as the released code does;
            ``"true_rate"`` takes consecutive ones, a variable rate made constant.
        start_s: Where ``"true_rate"`` starts, in seconds; with ``trim``, from its start on.
        trim: The stretch of the file that is taken for the whole clip; None is all of it.
        info: What :func:`probe_video` says of the source, where it was asked already.
        progress: Called while decoding; cancels by raising.

    Raises:
        MediaError: If the file cannot be used, or it ends before ``start_s``, or it has no frame in ``trim``.
    """
    info = info or probe_video(source, progress=progress)
    chosen = choose_frames(info, num_frames, selection, start_s=start_s, trim=trim, name=media_name(source))
    indices = chosen.indices
    plan = plan_fit(info.width, info.height, width=width, height=height, mode=fit)

    def fitted(picture: UInt8[np.ndarray, "h w 3"]) -> Float[np.ndarray, "3 fit_h fit_w"]:
        return fit_frames(video_from_uint8(torch.from_numpy(picture)[None]), plan)[0].numpy()

    return LoadedClip(
        video=read_frames(source, indices, prepare=fitted, progress=progress),
        frame_rate=chosen.frame_rate,
        audio=read_sound_of(chosen, source) if info.has_audio else None,
        indices=indices,
    )


@dataclass(frozen=True, kw_only=True)
class ChosenFrames:
    """Which frames of a file are taken.

    Attributes:
        indices: Their numbers in the file; a frame may come more than once.
        frame_rate: Rate at which they last as long as they did in the file.
        start_s: When the first is shown in the file.
        stop_s: When the stretch of the file that they show ends.
    """

    indices: tuple[int, ...]
    frame_rate: float
    start_s: float
    stop_s: float


def choose_frames(
    info: VideoInfo,
    num_frames: int | None,
    selection: Literal["uniform", "true_rate"],
    *,
    start_s: float = 0.0,
    trim: Trim | None = None,
    name: str = "video",
) -> ChosenFrames:
    """Choose frames as :func:`load_clip` does, whose arguments these are.

    Raises:
        MediaError: If the file ends before ``start_s``, or it has no frame in ``trim``.
    """
    first, zero_s, end_s = 0, 0.0, math.inf
    if trim is not None:
        times_s = info.timestamps_s
        first, info = trimmed(info, trim, name=name)
        zero_s = times_s[first]
        if trim.duration_s is not None:
            # Frames that are held beyond it are silent: the sound there was trimmed away.
            end_s = zero_s + info.num_frames / float(info.frame_rate)
    if selection == "uniform":
        (indices, frame_rate), start_s = _spread(info, num_frames), 0.0
    else:
        indices, frame_rate = _consecutive(info, num_frames, start_s, name)
    start_s += zero_s
    return ChosenFrames(
        indices=tuple(first + index for index in indices),
        frame_rate=frame_rate,
        start_s=start_s,
        stop_s=min(start_s + len(indices) / frame_rate, end_s),
    )


def read_sound_of(chosen: ChosenFrames, source: MediaSource) -> Audio | None:
    """The sound of the stretch that was chosen, or None if there is none."""
    return read_audio(source, start_s=chosen.start_s, stop_s=chosen.stop_s)


def _spread(info: VideoInfo, num_frames: int | None) -> tuple[list[int], float]:
    num_frames = info.num_frames if num_frames is None else num_frames
    share = min(1.0, num_frames / info.num_frames)
    return uniform_indices(info.num_frames, num_frames), float(info.frame_rate) * share


def _consecutive(
    info: VideoInfo, num_frames: int | None, start_s: float, name: str
) -> tuple[list[int], float]:
    frame_rate = float(info.frame_rate)
    ticks = constant_rate_indices(info.timestamps_s, frame_rate)
    first = round(start_s * frame_rate)
    if not 0 <= first < len(ticks):
        raise MediaError(
            f"start in {name}",
            expected=f"0 to {(len(ticks) - 1) / frame_rate:.3g} s",
            got=f"{start_s} s",
            todo="Start earlier, or choose the uniform selection.",
        )
    num_frames = len(ticks) - first if num_frames is None else num_frames
    chosen = ticks[first : first + num_frames]
    return chosen + [chosen[-1]] * (num_frames - len(chosen)), frame_rate
