"""A process that keeps putting one geometry into a cache until it is killed: python -m tests.oracles.cache_writer."""

import sys

import torch

from postcam_core.geometry.cache import GeometryCache
from tests.oracles.small_geometry import small_geometry


def entry(number: int):
    """The geometry that belongs under the key of that number."""
    return small_geometry(num_frames=6, height=60, width=80, seed=number, confidence=True)


def key_of(number: int) -> str:
    """Key of that number."""
    return f"{number:032x}"


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder, first, max_bytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cache = GeometryCache(folder, max_bytes=max_bytes)
    entries = [(key_of(number), entry(number)) for number in range(first, first + 3)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        for key, geometry in entries:
            cache.put(key, geometry)
