"""Several moves in a row."""

from itertools import accumulate

import torch
from jaxtyping import Float
from torch import Tensor

from .moves import sample_move
from .pace import eased
from .paths import Segment, SegmentsPath
from .samples import PathSamples


def sample_segments(path: SegmentsPath, times: Float[Tensor, " frame"]) -> PathSamples:
    """Poses of moves in a row, each in the axes of the camera that the one before left behind.

    A segment takes its duration's share of the time, from the end of the one before up to its own end, which
    is the next one's. Focal scales multiply. A move that does not start at the identity jumps there.

    Args:
        path: The moves.
        times: In [0, 1], float64.
    """
    ends = list(accumulate(segment.duration for segment in path.segments))
    bounds = torch.tensor([0.0, *(end / ends[-1] for end in ends)], dtype=torch.float64)
    segment_of = (torch.searchsorted(bounds, times, right=True) - 1).clamp(0, len(path.segments) - 1)

    c2w, focal_scale = torch.empty(len(times), 4, 4, dtype=torch.float64), torch.empty_like(times)
    before_c2w, before_focal = torch.eye(4, dtype=torch.float64), 1.0
    for i, segment in enumerate(path.segments):
        here = segment_of == i
        progress = ((times[here] - bounds[i]) / (bounds[i + 1] - bounds[i])).clamp(0, 1)
        own = _sample_segment(segment, progress)
        chained, focal = before_c2w @ own.c2w, before_focal * own.focal_scale
        c2w[here], focal_scale[here] = chained[:-1], focal[:-1]
        before_c2w, before_focal = chained[-1], focal[-1]
    return PathSamples(c2w=c2w, focal_scale=focal_scale)


def _sample_segment(segment: Segment, progress: Tensor) -> PathSamples:
    """The segment alone at each share of its duration, and at its end."""
    samples = sample_move(segment.path, eased(torch.cat([progress, progress.new_ones(1)]), segment.ease))
    samples.c2w[:, :3, 3] *= segment.scale
    return samples
