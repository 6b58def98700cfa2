"""Reading JSON from strangers: size, depth, duplicate keys and odd numbers are refused before anything else."""

import json
import re
from typing import Any, NoReturn

from ..errors import TrajectoryError

_MAX_DEPTH = 16
# A whole string, or one bracket. The closing quote is optional so that no position is scanned twice.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


def load_json(text: str, *, what: str, max_bytes: int) -> Any:
    """Parse JSON text strictly.

    Args:
        text: The JSON.
        what: What the user calls it, for messages.
        max_bytes: Largest size accepted, in UTF-8.

    Raises:
        TrajectoryError: If it is too long, nested deeper than 16, not JSON, says NaN or Infinity, or has an
            object with the same key twice.
    """
    num_bytes = len(text.encode("utf-8", "surrogatepass"))
    if num_bytes > max_bytes:
        raise TrajectoryError(
            what,
            expected=f"at most {max_bytes:,} bytes",
            got=f"{num_bytes:,}",
            todo="Split it, or keep fewer frames.",
        )
    _check_depth(text, what)
    try:
        return json.loads(
            text.removeprefix("\ufeff"), parse_constant=_refuse_constant, object_pairs_hook=_unique_object
        )
    except TrajectoryError:
        raise
    except ValueError as error:  # JSONDecodeError, or an integer of thousands of digits
        raise TrajectoryError(
            what, expected="JSON", got=f"{error}", todo="Open it in an editor that checks JSON."
        ) from error


def _check_depth(text: str, what: str) -> None:
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        token = match.group()
        depth += (token in "[{") - (token in "]}")
        if depth > _MAX_DEPTH:
            raise TrajectoryError(
                what,
                expected=f"at most {_MAX_DEPTH} levels of nesting",
                got="more",
                todo="This is no trajectory; check which file you chose.",
            )


def _refuse_constant(constant: str) -> NoReturn:
    raise TrajectoryError(
        "number in the JSON",
        expected="a finite number",
        got=constant,
        todo="Remove or repair the frames that have no valid number.",
    )


def _unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise TrajectoryError(
                f"JSON key {key[:80]!r}",
                expected="each key once in an object",
                got="the same key twice",
                todo="Remove one of them.",
            )
        result[key] = value
    return result
