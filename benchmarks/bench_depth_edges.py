"""Whether the mini model recaptures better without the source pixels at depth edges, (max - min) / mean > 0.05 in 5×5.

python benchmarks/bench_depth_edges.py [--clips 12] [--depth exact|noisy|parallax]
"""

import argparse
from math import log1p

import torch
from bench_background_memory import FIRST_SEED, depth_of, mean_and_error, mini_model, recapture
from torch import Tensor
from torch.nn.functional import avg_pool2d, max_pool2d

from postcam_core.evaluation import HeldOutClip, HeldOutSet, psnr_db
from postcam_core.geometry import SceneGeometry
from postcam_core.geometry.flying_pixels import is_flying
from postcam_core.warp import Guide
from postcam_core.warp.reprojection import Reprojection
from postcam_core.warp.splat import SplatSum


def is_depth_edge(depth: Tensor) -> Tensor:
    """GEN3C's test."""
    batch = depth[:, None]
    spread = max_pool2d(batch, 5, 1, 2) + max_pool2d(-batch, 5, 1, 2)
    return (spread / avg_pool2d(batch, 5, 1, 2, count_include_pad=False) > 0.05)[:, 0]


def guide_of(clip: HeldOutClip, geometry: SceneGeometry, is_kept: Tensor) -> Guide:
    """The warp, of some pixels only."""
    target_w2c = clip.target_w2c @ torch.linalg.inv(clip.geometry.w2c[0]) @ geometry.w2c[0]
    maps = [
        Reprojection.between(
            source_K=geometry.K[i], target_K=geometry.K[i], source_w2c=geometry.w2c[i], target_w2c=pose
        )
        for i, pose in enumerate(target_w2c)
    ]
    farthest = max(float(m.farthest_depth(d)) for m, d in zip(maps, geometry.depth, strict=True))
    frames, masks, depths = [], [], []
    for i, reprojection in enumerate(maps):
        u, v, z = reprojection.target_position(geometry.depth[i], first_row=0)
        is_seen = (z > 0) & is_kept[i]
        z = torch.where(z > 0, z, 1)
        landed = SplatSum(4, height=geometry.height, width=geometry.width, device=z.device)
        weight = (z.log1p() * (-50 / log1p(farthest))).exp() * is_seen
        landed.add((*clip.source[i], z), x=u / z, y=v / z, weight=weight)
        mean, total = landed.mean()
        frames.append(torch.where(total > 0, mean[:3].clamp(-1, 1), -1))
        masks.append(total > 0)
        depths.append(mean[3])
    return Guide(
        frames=torch.stack(frames),
        mask=torch.stack(masks),
        depth=torch.stack(depths),
        source_index=torch.arange(len(frames)),
    )


def main() -> None:
    """Measure clip by clip."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--depth", choices=["exact", "noisy", "parallax"], default="exact")
    parser.add_argument("--test", choices=["ratio", "flying"], default="ratio")
    arguments = parser.parse_args()
    model, gains = mini_model(), []
    held_out = HeldOutSet(num_clips=arguments.clips, first_seed=FIRST_SEED)
    for seed in held_out.seeds:
        clip = held_out.clip(seed)
        geometry = depth_of(clip, arguments.depth)
        is_edge = (
            is_depth_edge(geometry.depth)
            if arguments.test == "ratio"
            else torch.stack([is_flying(depth) for depth in geometry.depth])
        )
        guides = [guide_of(clip, geometry, kept) for kept in (torch.ones_like(is_edge), ~is_edge)]
        before, after = (psnr_db(recapture(model, clip, guide), clip.truth) for guide in guides)
        gains.append(after - before)
        holes = " -> ".join(f"{1 - float(guide.coverage.mean()):.1%}" for guide in guides)
        print(f"| {seed} | {before:.2f} | {after:.2f} | {after - before:+.2f} | {holes} |", flush=True)
    print(f"{arguments.depth}, {arguments.test}: gain {mean_and_error(gains)} dB")


if __name__ == "__main__":
    main()
