"""Shape annotations hold on real calls: the main paths run once with every annotation checked.

In a process of its own, because the check is installed at import and tests of bad shapes must reach our errors.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

PROGRAM = """
import tempfile
from pathlib import Path
from dataclasses import replace
from jaxtyping import install_import_hook
import tests.oracles.typechecker

with install_import_hook("postcam_core", "tests.oracles.typechecker.typechecker"):
    import torch
    from postcam_core.cameras import check_rigid, rigid_exp, rigid_log
    from postcam_core.evaluation import HeldOutSet, evaluate_held_out, model_free_recaptures, vae_recaptures
    from postcam_core.geometry import (
        depth_picture, ground_plane_geometry, load_npz, load_released_folder, match_frames, save_npz,
        save_released_folder,
    )
    from postcam_core.geometry.scene_files import provide_scene_files
    from postcam_core.media import image_from_video, load_clip, probe_video, video_from_image, write_video
    from postcam_core.model import PostCamConfig, PostCamTransformer, initialize
    from postcam_core.pipeline import estimate_geometry, load_clip_geometry, load_source_clip, write_recapture
    from postcam_core.sampling import denoise
    from postcam_core.synthetic import random_camera_path, random_scene, render_clip
    from postcam_core.training.ablation import ARMS
    from postcam_core.training.ablation_table import write_ablation
    from postcam_core.training.data import (
        OnTheFlyPairs, PairBuilder, PairSettings, ShardPairs, SyntheticTakes, precompute,
    )
    from postcam_core.training.held_out import measure
    from postcam_core.training.loop import train
    from postcam_core.training.sample_pair import strip_sampler
    from tests.oracles.tiny_recapture import tiny_recapture
    from tests.oracles.tiny_training import TINY, RandomPairs
    from tests.oracles.tiny_wan_vae import tiny_wan_vae
    from postcam_core.pipeline.sizes import crop, hold_last, pad_frames
    from postcam_core.pipeline.wan_camera import wan_camera_of
    from postcam_core.trajectory import (
        SUFFIXES, SourceCameras, SourceClip, build_document, parse_text, sample_trajectory, save_trajectory,
    )
    from postcam_core.warp import PROFILES, BackgroundMemory, apply_profile, render_scene_guide, shrink_guide

folder = Path(tempfile.mkdtemp())
clip = load_clip("assets/sample.mp4", width=96, height=64, num_frames=5)
geometry = match_frames(load_npz("assets/sample_geometry.npz"), num_frames=5, width=96, height=64, frames="uniform")
for move in (build_document({"kind": "preset", "name": "crane_up"}), parse_text("0 5\\n0 0\\n1 1")):
    guide = render_scene_guide(
        clip.video, geometry, sample_trajectory(move, 5),
        background=BackgroundMemory.collect(clip.video.__getitem__, geometry),
    )
for profile in PROFILES.values():
    apply_profile(guide, profile, first_source=clip.video[0])
orbit = sample_trajectory(move, 5)
for name, suffix in SUFFIXES.items():
    source = SourceClip(nearest_depth=geometry.nearest_depth(), K=geometry.K)
    save_trajectory(folder / f"path{suffix}", orbit, name, source=source)
wan_camera_of(orbit, geometry, width=48, height=32)
crop(hold_last(pad_frames(clip.video, 3, 5), 9), 96, 64)
around = {"kind": "around", "unit": "nearest_depth", "pivot": [0, 0, 2], "yaw_deg": 20}
for path in (around, {"kind": "segments", "segments": [{"path": around, "ease": "ease_in"}, {"path": around}]}):
    move = build_document(path, pace={"end": 0.5}, timing=[{"time": 0, "source": 1}], relative_to="smoothed_source")
    sample_trajectory(move, 5, source=SourceCameras(c2w=torch.eye(4).repeat(7, 1, 1), nearest_depth=2.0))
write_video(folder / "guide.mp4", guide.frames, frame_rate=clip.frame_rate)
probe_video(folder / "guide.mp4")
torch.testing.assert_close(video_from_image(image_from_video(guide.frames)), guide.frames)
depth_picture(geometry.depth)
save_npz(folder / "g.npz", geometry)
provide_scene_files(folder / "scenes", clip.video, geometry)
save_released_folder(folder / "released", ground_plane_geometry(2, 24, 32))
load_released_folder(folder / "released")
pose = rigid_exp(torch.randn(4, 6, dtype=torch.float64))
check_rigid(rigid_exp(rigid_log(pose)), name="pose")

scene = random_scene(3, kind="room")
K = torch.tensor([[30.0, 0, 15.5], [0, 30.0, 11.5], [0, 0, 1]], dtype=torch.float64).repeat(2, 1, 1)
render_clip(scene, c2w=random_camera_path(3, 2), K=K, times=torch.linspace(0, 1, 2), height=24, width=32)

config = PostCamConfig(dim=48, ffn_dim=64, num_heads=2, num_layers=2, text_dim=8, freq_dim=16)
model = PostCamTransformer(config)
initialize(model, seed=0)
latents = torch.randn(1, 16, 2, 8, 12)
poses = torch.eye(4).repeat(1, 2, 1, 1)
text = torch.randn(1, 3, 8)
for guide_latents in (torch.randn(1, 16, 2, 2, 4), None):
    denoise(model, latents, source_latents=latents, guide_latents=guide_latents, camera_w2c=poses,
            positive=text, negative=-text, num_steps=2)

train(replace(TINY, num_steps=2, sample_every=2), RandomPairs(broken=(1,)), folder / "run",
      sampler=strip_sampler(RandomPairs()[0], TINY, lambda latents: latents[:3].movedim(0, 1)))
write_ablation(folder, {arm.name: [measure(arm.build(TINY.model), RandomPairs(2), TINY)] for arm in ARMS})

vae, size = tiny_wan_vae(), {"height": 32, "width": 48, "num_frames": 5}
builder = PairBuilder(takes=SyntheticTakes(seeds=(4,), num_cameras=2, **size), encode=vae.encode,
                      settings=PairSettings(guide_scale=0.5, noisy_depth=1.0, num_pairs=1))
precompute(builder, folder / "shards", vae="tiny")
ShardPairs(folder / "shards")[0], OnTheFlyPairs(builder)[0]
evaluate_held_out(model_free_recaptures() | vae_recaptures(vae), folder / "scores", HeldOutSet(num_clips=1, **size))
write_recapture(tiny_recapture(21, 16, 16, window_frames=17, overlap_frames=8, sound_s=1.0), folder / "recapture")
in_bytes = load_source_clip("assets/sample.mp4", width=64, height=48, num_frames=5, selection="uniform")
load_clip_geometry("assets/sample_geometry.npz", in_bytes), estimate_geometry(in_bytes, "ground_plane")
print("all annotations hold")
"""


def test_annotations_hold_on_the_main_paths() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("all annotations hold")
