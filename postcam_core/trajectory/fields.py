"""What the trajectory document is made of: bounded numbers, units, and models that refuse what they do not know."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..errors import TrajectoryError

MAX_KEYS = 1000

Unit = Literal["nearest_depth", "model", "scene"]
"""What a length of 1 is: the nearest depth of the first frame, the checkpoint's unit (metres of its training
set), or the unit of the geometry that the trajectory came from."""

Ease = Literal["linear", "ease_in", "ease_out", "ease_in_out"]
"""How a move starts and stops; see :func:`.pace.eased`."""

# Strict: true and "1" are no numbers. The bounds keep every later product finite.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e7, le=1e7)]
Share = Annotated[Number, Field(ge=0, le=1)]
Factor = Annotated[Number, Field(ge=1e-3, le=1e3)]
FocalScale = Annotated[float, Field(strict=True, ge=1e-9, le=1e9)]
Line = Annotated[tuple[Number, ...], Field(min_length=1, max_length=MAX_KEYS)]
Vector = tuple[Number, Number, Number]
Matrix = Annotated[tuple[Number, ...], Field(min_length=16, max_length=16)]


class DocumentModel(BaseModel):
    """Base of every object in a document: immutable, and without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def check_increasing(times: Sequence[float], what: str) -> None:
    """Refuse times that do not increase from each key to the next.

    Raises:
        TrajectoryError: With the number of the first key at fault.
    """
    for i in range(1, len(times)):
        if times[i] <= times[i - 1]:
            raise TrajectoryError(
                f"time of {what} {i}",
                expected=f"a time after the previous key's, {times[i - 1]}",
                got=f"{times[i]}",
                todo="Put the keys in the order of their times, one key per time.",
            )
