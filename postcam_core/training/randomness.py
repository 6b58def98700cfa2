"""Random numbers without a state: each draw is named, so no draw depends on those before it.

A run that stops and resumes, or runs on more processes, draws the same numbers.
"""

import hashlib

import torch


def keyed_generator(seed: int, purpose: str, number: int) -> torch.Generator:
    """A fresh generator for one purpose of one sample, step or epoch of a run."""
    digest = hashlib.sha256(f"{seed}/{purpose}/{number}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)
