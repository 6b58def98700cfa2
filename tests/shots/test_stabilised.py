"""How much of a shaky camera's jitter is left.

Jitter is what changes from frame to frame and back: second differences of the position, and changes of the turn from
one frame to the next, as root mean squares.
"""

import pytest
import torch
from torch import Tensor

from postcam_core.cameras import rotation_log
from postcam_core.synthetic import FIRST_HELD_OUT_SEED, random_camera_path
from postcam_core.trajectory import SourceCameras, preset_document, sample_trajectory, stabilised

STATIC = preset_document("static")


def _rms(values: Tensor) -> float:
    return float(values.square().sum(-1).mean().sqrt())


def jitter(c2w: Tensor) -> tuple[float, float]:
    """Of position and of rotation."""
    position, rotation = c2w[:, :3, 3], c2w[:, :3, :3]
    turns = rotation_log(rotation[:-1].mT @ rotation[1:])
    return _rms(position.diff(n=2, dim=0)), _rms(turns.diff(dim=0))


def shaky(seed: int, *, num_frames: int = 41, trembling: bool = False) -> SourceCameras:
    """A walk with a very unsteady hand; with trembling, also by another amount in every frame."""
    c2w = random_camera_path(FIRST_HELD_OUT_SEED + seed, num_frames, travel=1.5, shake=6.0)
    if trembling:
        generator = torch.Generator().manual_seed(seed)
        c2w[:, :3, 3] += 0.02 * torch.randn(num_frames, 3, generator=generator, dtype=torch.float64)
    return SourceCameras(c2w=torch.linalg.inv(c2w[0]) @ c2w, nearest_depth=3.0)


@pytest.mark.parametrize("trembling", [False, True], ids=["swaying", "trembling"])
@pytest.mark.parametrize("seed", range(4))
def test_little_jitter_is_left(seed: int, trembling: bool) -> None:
    source = shaky(seed, trembling=trembling)
    c2w = sample_trajectory(stabilised(STATIC), 41, source=source).c2w
    for left, before in zip(jitter(c2w), jitter(source.c2w), strict=True):
        assert left < 0.2 * before, (left, before)


@pytest.mark.parametrize("seed", range(4))
def test_the_walk_itself_stays(seed: int) -> None:
    source = shaky(seed)
    steady = random_camera_path(FIRST_HELD_OUT_SEED + seed, 41, travel=1.5, shake=0.0)
    ours = sample_trajectory(stabilised(STATIC), 41, source=source).c2w[:, :3, 3]
    walk = (torch.linalg.inv(steady[0]) @ steady)[:, :3, 3]
    length = float((walk[-1] - walk[0]).norm())
    # The hand of the first frame moves and turns the whole walk; its length tells.
    assert abs(float((ours[-10] - ours[10]).norm()) / float((walk[-10] - walk[10]).norm()) - 1) < 0.25
    assert length > 0.3


def test_a_move_is_added_to_the_steadied_camera() -> None:
    source = shaky(1)
    alone = sample_trajectory(stabilised(STATIC), 41, source=source).c2w
    moved = sample_trajectory(stabilised(preset_document("truck_right")), 41, source=source).c2w
    beside = torch.linalg.inv(alone) @ moved
    expected = 0.3 * 3.0 * torch.linspace(0, 1, 41, dtype=torch.float64)
    assert (beside[:, 0, 3] - expected).abs().max() < 1e-9
    assert beside[:, 1:3, 3].abs().max() < 1e-9


def test_a_wider_average_leaves_less() -> None:
    source = shaky(2)
    left = [
        jitter(sample_trajectory(stabilised(STATIC, sigma_frames=sigma), 41, source=source).c2w)[1]
        for sigma in (1.0, 3.0, 8.0)
    ]
    assert left[0] > 1.5 * left[1] > 3 * left[2]
