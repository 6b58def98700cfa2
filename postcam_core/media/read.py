"""Reading frames exactly: counted in presentation order, in one pass, never by seeking."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Shaped, UInt8
from torch import Tensor

from ..errors import MediaError
from ..progress import ProgressFn, no_progress
from .container import MediaSource, decode_frames, find_video_stream, media_name, open_media
from .picture import check_standard_range, read_display, to_picture
from .probe import no_frames_error

Picture: TypeAlias = UInt8[np.ndarray, "height width 3"]
Prepared: TypeAlias = Shaped[np.ndarray, "..."]


def read_frames(
    source: MediaSource,
    indices: Sequence[int] | None = None,
    *,
    prepare: Callable[[Picture], Prepared] = lambda picture: picture,
    progress: ProgressFn = no_progress,
) -> Shaped[Tensor, "frame ..."]:
    """Read frames as upright 8-bit RGB with square pixels, ``[frame, height, width, 3]``.

    Decoding stops after the last frame that is asked for, and only frames that are asked for stay in memory.

    Args:
        source: A path, or a seekable binary file.
        indices: Which frames, counted from 0 in presentation order; any order, repeats allowed. None for all.
        prepare: Done to each frame as soon as it is decoded, so that of large ones only a small version stays
            in memory; the result holds what it returns, arrays of one shape and dtype.
        progress: Receives the frames decoded and the number to decode.

    Raises:
        MediaError: If an index is out of range; if the file is missing, empty, not a video, HDR, or damaged
            before the last frame wanted (says how many frames could be read); if its size changes midway.
    """
    name = media_name(source)
    if indices is not None:
        _check_indices(indices, name)
    pictures = _decode_pictures(source, name, indices, prepare, progress)
    if not pictures:
        raise no_frames_error(name)
    return _stack(pictures, range(len(pictures)) if indices is None else indices)


def _check_indices(indices: Sequence[int], name: str) -> None:
    if not len(indices) or min(indices) < 0:
        raise MediaError(
            name,
            expected="one or more frame numbers, each 0 or more",
            got=f"{min(indices)}" if len(indices) else "none",
            todo="Frames count from 0.",
        )


def _decode_pictures(
    source: MediaSource,
    name: str,
    indices: Sequence[int] | None,
    prepare: Callable[[Picture], Prepared],
    progress: ProgressFn,
) -> dict[int, Prepared]:
    wanted = None if indices is None else set(indices)
    pictures = {}
    with open_media(source) as container:
        stream = find_video_stream(container, name)
        num_wanted = stream.frames if wanted is None else max(wanted) + 1
        display = size = None
        index = -1
        for index, frame in enumerate(decode_frames(container, stream, name=name)):
            if display is None:
                check_standard_range(stream, name=name)
                display = read_display(stream, frame, name=name)
                size = (frame.width, frame.height)
            _check_size(frame.width, frame.height, size, index, name)
            if wanted is None or index in wanted:
                pictures[index] = prepare(to_picture(frame, display))
            progress(index + 1, max(index + 1, num_wanted))
            if wanted is not None and index + 1 == num_wanted:
                return pictures
    if wanted is not None:
        raise MediaError(
            name,
            expected=f"at least {num_wanted} frames",
            got=f"{index + 1}",
            todo=f"Ask for frames 0 to {index}.",
        )
    return pictures


def _check_size(width: int, height: int, first_size: tuple[int, int], index: int, name: str) -> None:
    if (width, height) != first_size:
        raise MediaError(
            name,
            expected=f"frames of one size, {first_size[0]}×{first_size[1]} like the first",
            got=f"{width}×{height} at frame {index}",
            todo="Re-encode the video, or cut it where its size changes.",
        )


def _stack(pictures: dict[int, Prepared], indices: Sequence[int]) -> Shaped[Tensor, "frame ..."]:
    """Put the pictures in the order wanted, letting go of each: the clip is in memory once, not twice."""
    positions = defaultdict(list)
    for position, index in enumerate(indices):
        positions[index].append(position)
    like = next(iter(pictures.values()))
    frames = np.empty((len(indices), *like.shape), dtype=like.dtype)
    while pictures:
        index, picture = pictures.popitem()
        frames[positions[index]] = picture
    return torch.from_numpy(frames)
