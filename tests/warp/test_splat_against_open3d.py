"""The splat and Open3D's point projection, written apart, show a scene alike from the same new camera."""

import numpy as np
import pytest
import torch
from torch.nn.functional import max_pool2d

from postcam_core.cameras import intrinsics_matrix, invert_rigid, rigid_exp, unproject_depth
from postcam_core.synthetic import random_scene, render_clip
from postcam_core.warp import render_guide

HEIGHT, WIDTH = 120, 200
K = intrinsics_matrix(180.0, width=WIDTH, height=HEIGHT)


@pytest.mark.parametrize(("kind", "seed"), [("room", 1_000_003), ("outdoor", 1_000_008)])
@pytest.mark.parametrize("twist", [(0.3, 0, 0, 0, -0.06, 0), (-0.1, 0.1, -0.5, 0.03, 0.05, 0.02)])
def test_the_splat_agrees_with_open3d(kind: str, seed: int, twist: tuple[float, ...]) -> None:
    import open3d

    source_c2w = torch.eye(4, dtype=torch.float64)[None]
    target_w2c = invert_rigid(rigid_exp(torch.tensor(twist, dtype=torch.float64)))[None]
    clip = render_clip(
        random_scene(seed, kind=kind),
        c2w=source_c2w,
        K=K[None],
        times=torch.zeros(1),
        height=HEIGHT,
        width=WIDTH,
        samples_per_axis=2,
    )
    guide = render_guide(
        clip.video, clip.depth, K=K, source_w2c=invert_rigid(source_c2w), target_w2c=target_w2c
    )

    cloud = open3d.t.geometry.PointCloud(
        open3d.core.Tensor(unproject_depth(clip.depth, K[None]).reshape(-1, 3).numpy())
    )
    cloud.point.colors = open3d.core.Tensor(((clip.video[0] + 1) / 2).flatten(1).T.contiguous().numpy())
    seen = cloud.project_to_rgbd_image(
        WIDTH,
        HEIGHT,
        open3d.core.Tensor(K.numpy()),
        open3d.core.Tensor(target_w2c[0].numpy()),
        depth_scale=1.0,
        depth_max=1000.0,
    )
    colour = torch.from_numpy(np.asarray(seen.color)).permute(2, 0, 1) * 2 - 1
    depth = torch.from_numpy(np.asarray(seen.depth))[..., 0]

    mask, is_hit = guide.mask[0], depth > 0
    # Open3D draws a point on the one pixel next to it, the splat on the four around it: it must cover all that
    # Open3D does, go no further than a pixel beyond, and close the cracks of one pixel.
    grown = max_pool2d(is_hit[None].float(), 3, 1, 1)
    closed = -max_pool2d(-grown, 3, 1, 1)[0] > 0
    assert mask[is_hit].all()
    assert (grown[0] > 0)[mask].all()
    assert (mask == closed).float().mean() >= 0.97
    assert ((guide.depth[0] - depth).abs() < 0.05 * depth)[is_hit].float().mean() >= 0.97
    off = (guide.frames[0] - colour).abs().mean(dim=0)[is_hit]
    assert off.mean() < 0.02
    assert (off < 0.1).float().mean() >= 0.97
