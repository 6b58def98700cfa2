import pytest

from postcam_core.evaluation import HeldOutClip, HeldOutSet
from postcam_core.synthetic import FIRST_HELD_OUT_SEED


@pytest.fixture(scope="session")
def clip() -> HeldOutClip:
    """Five moments of a clip at the size of the small recipe."""
    return HeldOutSet(num_frames=5).clip(FIRST_HELD_OUT_SEED + 6)
