"""Render the bundled sample clip: ``assets/sample.mp4`` and its exact ``assets/sample_geometry.npz``.

The seed is held out: training uses seeds below 1,000,000 only. Depth is rendered at half the size of the
frames, with intrinsics of that size, and not resampled from them.
"""

import sys
from fractions import Fraction
from pathlib import Path

import torch

# The script's own folder is on the path, the repository is not.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from postcam_core.cameras import focal_from_fov, intrinsics_matrix, resize_intrinsics
from postcam_core.geometry import save_npz
from postcam_core.media import write_video
from postcam_core.synthetic import random_camera_path, random_scene, render_clip

ASSETS = Path(__file__).resolve().parents[1] / "assets"

SEED = 1_000_101
NUM_FRAMES, HEIGHT, WIDTH = 41, 480, 832
FRAME_RATE = Fraction(15)
FOV_DEG = 52.0


def main() -> None:
    """Render, write and report the sizes of both files."""
    scene = random_scene(SEED, kind="outdoor")
    c2w = random_camera_path(SEED, NUM_FRAMES)
    K = intrinsics_matrix(focal_from_fov(FOV_DEG, WIDTH), width=WIDTH, height=HEIGHT)
    times = torch.linspace(0, 1, NUM_FRAMES)
    frames = render_clip(
        scene,
        c2w=c2w,
        K=K.expand(NUM_FRAMES, 3, 3),
        times=times,
        height=HEIGHT,
        width=WIDTH,
        samples_per_axis=2,
    )
    half_K = resize_intrinsics(K, scale_x=0.5, scale_y=0.5).expand(NUM_FRAMES, 3, 3)
    half = render_clip(scene, c2w=c2w, K=half_K, times=times, height=HEIGHT // 2, width=WIDTH // 2)
    paths = [
        write_video(ASSETS / "sample.mp4", frames.video, frame_rate=FRAME_RATE, crf=18),
        save_npz(ASSETS / "sample_geometry.npz", half.geometry.anchored()),
    ]
    for path in paths:
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
