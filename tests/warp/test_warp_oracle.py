"""The warp against its slow float64 twin, for cameras anywhere near the scene."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from postcam_core.cameras import rigid_exp
from postcam_core.warp import render_guide
from tests.oracles.splat import render_guide_oracle

HEIGHT, WIDTH, NUM_FRAMES = 12, 16, 2


def _random_clip(seed: int, motion: float) -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)

    def uniform(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=random, dtype=torch.float64)

    def intrinsics() -> torch.Tensor:
        K = torch.eye(3, dtype=torch.float64).repeat(NUM_FRAMES, 1, 1)
        K[:, 0, 0], K[:, 1, 1] = 10 + 10 * uniform(2, NUM_FRAMES)
        K[:, 0, 1] = 0.2 * uniform(NUM_FRAMES)
        K[:, 0, 2], K[:, 1, 2] = WIDTH / 2 + uniform(NUM_FRAMES), HEIGHT / 2 + uniform(NUM_FRAMES)
        return K

    return {
        "frames": 2 * uniform(NUM_FRAMES, 3, HEIGHT, WIDTH) - 1,
        "depth": 1 + 4 * uniform(NUM_FRAMES, HEIGHT, WIDTH),
        "source_K": intrinsics(),
        "target_K": intrinsics(),
        "source_w2c": rigid_exp(uniform(NUM_FRAMES, 6) - 0.5),
        "target_w2c": rigid_exp(motion * (2 * uniform(NUM_FRAMES, 6) - 1)),
    }


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), motion=st.sampled_from([0.05, 0.3, 1.5]))
def test_agrees_with_the_oracle(seed, motion):
    clip = _random_clip(seed, motion)
    guide = render_guide(
        clip["frames"].float(),
        clip["depth"].float(),
        K=clip["source_K"],
        target_K=clip["target_K"],
        source_w2c=clip["source_w2c"],
        target_w2c=clip["target_w2c"],
    )
    oracle = render_guide_oracle(**{name: value.numpy() for name, value in clip.items()})
    is_stable = oracle.is_stable
    assert is_stable.mean() > 0.5
    np.testing.assert_array_equal(guide.mask.numpy()[is_stable], oracle.mask[is_stable])
    off = np.abs(guide.frames.numpy() - oracle.frames).max(axis=1)
    assert off[is_stable].max() < 5e-3
    assert (off[is_stable] > 5e-4).mean() < 0.01
    assert np.abs(guide.depth.numpy() - oracle.depth)[is_stable].max() < 5e-3
