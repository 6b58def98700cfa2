"""Going on with what was begun: only with the settings that it was begun with."""

from collections.abc import Mapping
from typing import Any

from ..errors import TrainingError


def require_same(
    then: Mapping[str, Any], now: Mapping[str, Any], *, what: str, expected: str, todo: str
) -> None:
    """Refuse other settings than before.

    Args:
        then: What it was begun with.
        now: What it is to go on with.
        what: What goes on, for the message.
        expected: What it should go on with, in words; the values follow.
        todo: What the user can do about it.

    Raises:
        TrainingError: Naming all that differs.
    """
    differing = [key for key in sorted(now.keys() | then.keys()) if now.get(key) != then.get(key)]
    if differing:
        raise TrainingError(
            what,
            expected=f"{expected}: " + ", ".join(f"{key} {then.get(key)}" for key in differing),
            got=", ".join(f"{key} {now.get(key)}" for key in differing),
            todo=todo,
        )
