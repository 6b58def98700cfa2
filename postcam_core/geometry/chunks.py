"""Long clips in overlapping chunks: an estimator sees a few dozen frames, the result is one world."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..errors import GeometryError
from ..progress import ProgressFn, no_progress
from .chunk_join import Join, blend_over_time, join_on_shared, moved_by
from .scene import SceneGeometry

# The model's own 41 frames fit into one chunk.
DEFAULT_CHUNK, DEFAULT_OVERLAP = 48, 8
# Joins beyond these are named in the notes: the two estimates saw different scenes.
_BAD_DEPTH, _BAD_ROTATION_DEG, _BAD_POSITION = 0.1, 2.0, 0.1


def plan_chunks(num_frames: int, *, chunk: int, overlap: int) -> tuple[range, ...]:
    """Equally long chunks, spread evenly so that neighbours share at least ``overlap`` frames.

    Raises:
        GeometryError: If there is no frame, a chunk has fewer than 2, or the overlap is not between 1 and half a
            chunk.
    """
    if num_frames < 1 or chunk < 2 or not 1 <= overlap <= chunk // 2:
        raise GeometryError(
            "chunks",
            expected="at least 1 frame, chunks of at least 2 and an overlap from 1 to half a chunk",
            got=f"{num_frames} frames, chunks of {chunk}, overlap {overlap}",
            todo=f"Chunks of {DEFAULT_CHUNK} frames with an overlap of {DEFAULT_OVERLAP} suit most clips.",
        )
    length = min(chunk, num_frames)
    num_joins = -(-(num_frames - length) // (chunk - overlap))  # rounded up
    starts = [(num_frames - length) * i // max(num_joins, 1) for i in range(num_joins + 1)]
    return tuple(range(start, start + length) for start in starts)


def estimate_in_chunks(
    num_frames: int,
    estimate: Callable[[range], SceneGeometry],
    *,
    chunk: int = DEFAULT_CHUNK,
    overlap: int = DEFAULT_OVERLAP,
    progress: ProgressFn = no_progress,
) -> SceneGeometry:
    """Geometry of a whole clip from an estimator that is given a range of its frames at a time.

    Each chunk comes in a world and scale of its own. The frames that it shares with those before it tell the
    similarity between the two, and there both estimates are blended. The result lies in the world and scale of
    the first chunk. Memory: the result itself and what one chunk takes.

    Args:
        num_frames: Frames of the clip.
        estimate: Geometry of the given frames; all of one size.
        chunk: Most frames at a time.
        overlap: Fewest frames that neighbouring chunks share.
        progress: Called after each chunk.

    Raises:
        GeometryError: On numbers out of range, or chunks of different size or of another number of frames.
    """
    chunks = plan_chunks(num_frames, chunk=chunk, overlap=overlap)
    part = estimate(chunks[0])
    progress(1, len(chunks))
    if len(chunks) == 1:
        return part
    clip = _GrowingClip(part, num_frames)
    clip.put(part, chunks[0])
    notes, joins = [part.notes], []
    for frames in chunks[1:]:
        part = estimate(frames)
        joins.append(clip.join(part, frames))
        notes.append(part.notes)
        progress(len(notes), len(chunks))
    return clip.finished((*_merged(notes, chunks), _summary(chunks, joins), *_warnings(chunks, joins)))


class _GrowingClip:
    """The result while it is filled; space for all frames is taken once, as growing tensors would double it."""

    def __init__(self, first: SceneGeometry, num_frames: int) -> None:
        self._first, self._num_done = first, 0
        self._tensors: dict[str, Tensor] = {
            name: tensor.new_empty(num_frames, *tensor.shape[1:]) for name, tensor in _tensors(first).items()
        }

    def put(self, part: SceneGeometry, frames: range) -> None:
        """Store a part that lies in this clip's world, over what was there."""
        for name, tensor in _tensors(part).items():
            self._tensors[name][frames.start : frames.stop] = tensor
        self._num_done = max(self._num_done, frames.stop)

    def join(self, part: SceneGeometry, frames: range) -> Join:
        """Bring the next part into this clip's world, blend what is shared and append the rest."""
        self._check(part, frames)
        shared = range(frames.start, self._num_done)
        before, after = self._read(shared), part.selected(range(len(shared)))
        join = join_on_shared(before, after)
        self.put(moved_by(part, join.similarity), frames)
        self.put(blend_over_time(before, moved_by(after, join.similarity)), shared)
        return join

    def finished(self, notes: tuple[str, ...]) -> SceneGeometry:
        return replace(self._first, **self._tensors, notes=notes)

    def _read(self, frames: range) -> SceneGeometry:
        parts = {name: tensor[frames.start : frames.stop] for name, tensor in self._tensors.items()}
        return replace(self._first, **parts)

    def _check(self, part: SceneGeometry, frames: range) -> None:
        expected = {name: (len(frames), *tensor.shape[1:]) for name, tensor in self._tensors.items()}
        got = {name: tuple(tensor.shape) for name, tensor in _tensors(part).items()}
        if got != expected:
            raise GeometryError(
                f"geometry of frames {frames.start} to {frames[-1]}",
                expected=f"{expected}",
                got=f"{got}",
                todo="The estimator has to treat all chunks alike.",
            )


def _tensors(geometry: SceneGeometry) -> dict[str, Tensor]:
    tensors = {"depth": geometry.depth, "K": geometry.K, "w2c": geometry.w2c}
    return tensors if geometry.confidence is None else {**tensors, "confidence": geometry.confidence}


def _merged(notes: Sequence[tuple[str, ...]], chunks: Sequence[range]) -> list[str]:
    """What every chunk says once, the rest with its frames."""
    common = [note for note in dict.fromkeys(notes[0]) if all(note in others for others in notes)]
    return common + [
        f"frames {frames.start} to {frames[-1]}: {note}"
        for own, frames in zip(notes, chunks, strict=True)
        for note in own
        if note not in common
    ]


def _summary(chunks: Sequence[range], joins: Sequence[Join]) -> str:
    scales = torch.tensor([1.0, *(join.similarity.scale for join in joins)])
    steps = scales[1:] / scales[:-1]
    depth = max(join.depth_residual for join in joins)
    rotation_deg = max(join.rotation_residual_deg for join in joins)
    position = max(join.position_residual for join in joins)
    return (
        f"estimated in {len(chunks)} chunks of {len(chunks[0])} frames: from one to the next the scale changes by a "
        f"factor of {steps.min():.3g} to {steps.max():.3g}; on shared frames they then differ by up to {depth:.1%} in "
        f"depth, {rotation_deg:.2g}° in direction and {position:.1%} of the depth in position"
    )


def _warnings(chunks: Sequence[range], joins: Sequence[Join]) -> list[str]:
    return [
        f"the join at frame {frames.start} fits badly ({join.depth_residual:.0%} in depth, "
        f"{join.rotation_residual_deg:.1f}° in direction, {join.position_residual:.0%} of the depth in position): "
        "the scene may jump there; longer chunks or overlaps may help"
        for frames, join in zip(chunks[1:], joins, strict=True)
        if join.depth_residual > _BAD_DEPTH
        or join.rotation_residual_deg > _BAD_ROTATION_DEG
        or join.position_residual > _BAD_POSITION
    ]
