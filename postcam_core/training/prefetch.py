"""Reading the next steps' data while this step computes."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_NUM_AHEAD = 2


def prefetched(make: Callable[[int], T], steps: range) -> Iterator[tuple[int, T, float]]:
    """Call ``make`` for each step in a thread of its own, a few steps ahead.

    Yields:
        The step, what was made for it, and the seconds that the caller waited for it.
    """
    waiting: deque[Future[T]] = deque()
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="training-data")
    try:
        for step in steps:
            while len(waiting) <= _NUM_AHEAD and step + len(waiting) in steps:
                waiting.append(executor.submit(make, step + len(waiting)))
            start_s = time.perf_counter()
            made = waiting.popleft().result()
            yield step, made, time.perf_counter() - start_s
    finally:
        executor.shutdown(cancel_futures=True)
