"""Progress in a terminal: one line that is rewritten; silence where nobody watches."""

import sys
import time
from collections.abc import Callable

_SECONDS_BETWEEN = 0.2


class ProgressLine:
    """A progress callback. Leaving its ``with`` block ends the line.

    Args:
        describe: How a count is written; operations that count bytes need nothing else.
    """

    def __init__(self, describe: Callable[[int], str] | None = None) -> None:
        self._describe = describe or size
        self._is_watched = sys.stderr.isatty()
        self._title = ""
        self._last_s = 0.0
        self._has_line = False

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def begin(self, title: str) -> "ProgressLine":
        """Go on with another operation, on a line of its own that starts with its title."""
        self._end()
        self._title = f"{title}: "
        return self

    def __call__(self, done: int, total: int) -> None:
        """Show how much is done."""
        now_s = time.monotonic()
        if not self._is_watched or (now_s - self._last_s < _SECONDS_BETWEEN and done < total):
            return
        self._last_s, self._has_line = now_s, True
        percent = 100 * done / total if total else 100.0
        print(
            f"\r{self._title}{percent:5.1f} %  {self._describe(done)} of {self._describe(total)}   ",
            end="",
            file=sys.stderr,
            flush=True,
        )

    def _end(self) -> None:
        if self._has_line:
            print(file=sys.stderr)
        self._has_line = False


def size(num_bytes: int) -> str:
    """A size for people to read."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if num_bytes >= factor:
            return f"{num_bytes / factor:.2f} {unit}"
    return f"{num_bytes} bytes"
