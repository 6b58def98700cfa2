"""Small scenes and the builder that most tests take."""

import pytest

from postcam_core.training.data import PairBuilder, PairSettings, SyntheticTakes
from tests.oracles.tiny_wan_vae import tiny_wan_vae


@pytest.fixture(scope="session")
def builder() -> PairBuilder:
    """Two scenes of three cameras, five frames of 48×32, encoded by a random VAE."""
    takes = SyntheticTakes(seeds=(4, 6), num_cameras=3, height=32, width=48, num_frames=5)
    settings = PairSettings(guide_scale=0.5, noisy_depth=1.0, num_pairs=4)
    return PairBuilder(takes=takes, encode=tiny_wan_vae().encode, settings=settings)
