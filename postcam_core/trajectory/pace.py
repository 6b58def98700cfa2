"""When a move happens within the clip, and how it starts and stops."""

from jaxtyping import Float
from pydantic import model_validator
from torch import Tensor

from ..errors import TrajectoryError
from .fields import DocumentModel, Ease, Share


class Pace(DocumentModel):
    """The part of the clip in which the camera moves; before and after it stands still."""

    start: Share = 0.0
    end: Share = 1.0
    ease: Ease = "linear"

    @model_validator(mode="after")
    def _check_order(self) -> "Pace":
        if self.start >= self.end:
            raise TrajectoryError(
                "pace",
                expected="a start before the end",
                got=f"{self.start} and {self.end}",
                todo="Both are shares of the clip, 0 the first frame and 1 the last.",
            )
        return self


def path_times(times: Float[Tensor, " frame"], pace: Pace | None) -> Float[Tensor, " frame"]:
    """From times in the clip to times in the path, both in [0, 1]."""
    if pace is None:
        return times
    return eased(((times - pace.start) / (pace.end - pace.start)).clamp(0, 1), pace.ease)


def eased(s: Float[Tensor, " frame"], ease: Ease) -> Float[Tensor, " frame"]:
    """Progress in [0, 1] with a slow start, a slow end or both.

    Written in products: the editor repeats these very operations, so that both meet a key's time alike.
    """
    if ease == "ease_in":
        return s * s
    if ease == "ease_out":
        return 1 - (1 - s) * (1 - s)
    if ease == "ease_in_out":
        return s * s * (3 - 2 * s)
    return s
