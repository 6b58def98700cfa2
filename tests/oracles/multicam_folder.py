"""A synthetic scene in MultiCamVideo's own folders: square videos, Unreal Engine's matrices in centimetres."""

import json
from pathlib import Path

import torch
from torch import Tensor

from postcam_core.cameras import intrinsics_matrix, rigid_exp
from postcam_core.media import write_video
from postcam_core.synthetic import Clip, random_scene, render_clip, rig_poses

SENSOR_MM = 23.76
FRAME_RATE = 15


def write_multicam_scene(
    folder: Path, seed: int, *, focal_mm: int = 24, num_cameras: int = 3, num_frames: int = 7, size: int = 64
) -> list[Clip]:
    """Write ``folder`` (…/f24_aperture5/scene1) and return what is true of cam01, cam02, …"""
    K = intrinsics_matrix(focal_mm / SENSOR_MM * size, width=size, height=size).expand(num_frames, 3, 3)
    clips = [
        render_clip(
            random_scene(seed),
            c2w=c2w,
            K=K,
            times=torch.linspace(0, 1, num_frames),
            height=size,
            width=size,
        )
        for c2w in rig_poses(seed, num_frames, num_cameras)
    ]
    for kind in ("videos", "cameras"):
        (folder / kind).mkdir(parents=True)
    # The data set's scenes lie anywhere in their levels.
    placed = rigid_exp(torch.tensor([34.0, -14.0, 2.5, 0.1, 2.0, -0.05], dtype=torch.float64))
    document = {f"frame{i}": {} for i in range(num_frames)}
    for number, clip in enumerate(clips, start=1):
        name = f"cam{number:02d}"
        write_video(folder / "videos" / f"{name}.mp4", clip.video, frame_rate=FRAME_RATE, crf=0)
        for i, pose in enumerate(placed @ clip.c2w):
            document[f"frame{i}"][name] = _unreal_rows(pose)
    (folder / "cameras" / "camera_extrinsics.json").write_text(json.dumps(document))
    return clips


def _unreal_rows(c2w: Tensor) -> str:
    """Rows forward, right, up and place; each as (z, x, -y) of ours, the place in centimetres."""
    right, down, forward, place = c2w[:3].T
    rows = [(axis[2], axis[0], -axis[1]) for axis in (forward, right, -down, 100 * place)]
    # As many digits as the data set has.
    return "".join(
        f"[{a:.8f} {b:.8f} {c:.8f} {int(i == 3)}] " for i, (a, b, c) in enumerate(torch.tensor(rows).tolist())
    )
