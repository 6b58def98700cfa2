"""A scene with exact depth, warped to another of its cameras, matches what that camera really sees."""

import pytest
import torch
from torch import Tensor

from postcam_core.cameras import intrinsics_matrix, invert_rigid, rigid_exp
from postcam_core.synthetic import Clip, random_scene, render_clip
from postcam_core.warp import render_guide

HEIGHT, WIDTH, NUM_FRAMES = 72, 120, 2
K = intrinsics_matrix(108.0, width=WIDTH, height=HEIGHT)


def _render(seed: int, kind: str, c2w: Tensor, K: Tensor) -> Clip:
    return render_clip(
        random_scene(seed, kind=kind),
        c2w=c2w,
        K=K.expand(NUM_FRAMES, 3, 3),
        times=torch.zeros(NUM_FRAMES),
        height=HEIGHT,
        width=WIDTH,
        samples_per_axis=2,
    )


def _camera_path(*, sideways: float, up: float, ahead: float, turn_rad: float) -> Tensor:
    twist = torch.zeros(NUM_FRAMES, 6, dtype=torch.float64)
    twist[:, :3] = torch.linspace(0.3, 1, NUM_FRAMES)[:, None] * torch.tensor([sideways, -up, ahead])
    twist[:, 4] = turn_rad * torch.linspace(0.3, 1, NUM_FRAMES)
    return rigid_exp(twist)


@pytest.mark.parametrize(("kind", "seed", "zoom"), [("room", 3, 0.85), ("outdoor", 8, 1.0)])
def test_warp_matches_the_render_at_the_target(kind, seed, zoom):
    source_c2w = _camera_path(sideways=-0.1, up=0.0, ahead=0.1, turn_rad=0.02)
    target_c2w = _camera_path(sideways=0.4, up=0.1, ahead=-0.2, turn_rad=-0.08)
    target_K = K * torch.tensor([[zoom], [zoom], [1]]) + torch.tensor([[0, 0, 1.5], [0, 0, -1], [0, 0, 0]])
    source = _render(seed, kind, source_c2w, K)
    target = _render(seed, kind, target_c2w, target_K)
    guide = render_guide(
        source.video,
        source.depth,
        K=K,
        target_K=target_K,
        source_w2c=invert_rigid(source_c2w),
        target_w2c=invert_rigid(target_c2w),
    )
    is_visible = guide.mask & ((guide.depth - target.depth).abs() < 0.02 * target.depth)
    assert is_visible.float().mean() > 0.6
    error = (guide.frames - target.video).permute(0, 2, 3, 1)[is_visible]
    psnr = 10 * torch.log10(4 / error.square().mean())
    assert psnr >= 30
