"""Which source frame each target frame shows: freeze, reverse, slow motion."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from .fields import DocumentModel, Share


class TimingKey(DocumentModel):
    """At ``time`` of the new clip the source is at ``source``; both from 0, the first frame, to 1, the last."""

    time: Share
    source: Share


def source_frames(
    times: Float[Tensor, " frame"], timing: Sequence[TimingKey] | None, num_source: int
) -> Int64[Tensor, " frame"]:
    """Number of the source frame nearest to the source's time; a half goes up.

    Args:
        times: In [0, 1], float64.
        timing: Keys joined by straight lines; before the first and after the last their values hold. Without
            any, the source runs along with the new clip.
        num_source: Frames of the source.
    """
    source_times = times if timing is None else _between_keys(times, timing)
    return (source_times * (num_source - 1) + 0.5).floor().long()


def _between_keys(times: Tensor, timing: Sequence[TimingKey]) -> Tensor:
    key_times, values = torch.tensor([(key.time, key.source) for key in timing], dtype=torch.float64).unbind(
        1
    )
    if len(timing) == 1:
        return values.expand(len(times))
    i = (torch.searchsorted(key_times.contiguous(), times, right=True) - 1).clamp(0, len(timing) - 2)
    fraction = ((times - key_times[i]) / (key_times[i + 1] - key_times[i])).clamp(0, 1)
    return values[i] + (values[i + 1] - values[i]) * fraction
