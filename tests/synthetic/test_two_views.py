"""Two cameras at one moment: exact depth must carry the pixels of one onto the picture of the other."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from postcam_core.cameras import (
    focal_from_fov,
    intrinsics_matrix,
    invert_rigid,
    project_points,
    transform_points,
    unproject_depth,
)
from postcam_core.synthetic import FIRST_HELD_OUT_SEED, random_camera_path, random_scene, render_clip

HEIGHT, WIDTH = 120, 200


def sample(maps: Tensor, pixels: Tensor, mode: str) -> Tensor:
    """Read [channel, height, width] at pixel positions [point, 2]; outside: 0."""
    size = torch.tensor([maps.shape[-1], maps.shape[-2]], dtype=pixels.dtype)
    grid = (2 * pixels / (size - 1) - 1)[None, None]
    return grid_sample(maps.double()[None], grid, mode=mode, align_corners=True)[0, :, 0]


@pytest.mark.parametrize("kind", ["room", "outdoor"])
@pytest.mark.parametrize("seed", [FIRST_HELD_OUT_SEED + offset for offset in range(5)])
def test_views_agree_in_depth_and_colour(seed: int, kind: str):
    c2w = torch.stack([random_camera_path(seed, 2)[0], random_camera_path(seed + 100, 2)[1]])
    clip = render_clip(
        random_scene(seed, kind=kind),
        c2w=c2w,
        K=intrinsics_matrix(focal_from_fov(55, WIDTH), width=WIDTH, height=HEIGHT).expand(2, 3, 3),
        times=torch.full((2,), 0.4),
        height=HEIGHT,
        width=WIDTH,
    )
    points = unproject_depth(clip.depth[1].double(), clip.K[1]).flatten(0, 1)
    in_other = transform_points(points, invert_rigid(c2w[0]) @ c2w[1])
    pixels, depth = project_points(in_other, clip.K[0])
    inside = (pixels >= 0).all(-1) & (pixels <= torch.tensor([WIDTH - 1, HEIGHT - 1])).all(-1) & (depth > 0)
    instance = sample(clip.instance[:1], pixels, "nearest")[0].round()
    same = inside & (instance == clip.instance[1].flatten())

    # Inverse depth is linear over a plane in the picture, depth is not.
    nearness = sample(1 / clip.depth[:1].double(), pixels, "bilinear")[0]
    off = (nearness * depth - 1).abs()
    is_visible = same & (off < 0.02)
    assert is_visible.float().mean() > 0.4
    # Only silhouettes and occlusions may disagree: most pixels that both cameras see must fit closely.
    assert off[same].median() < 1e-4
    assert is_visible[same].float().mean() > 0.85

    colour = sample(clip.video[0], pixels, "bilinear")
    error = (colour - clip.video[1].flatten(1).double())[:, is_visible]
    psnr = 10 * torch.log10(4 / error.square().mean())
    assert psnr > 30, f"{psnr:.1f} dB"
