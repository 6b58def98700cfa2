"""What the background memory does to guides and to the mini model's recaptures.

    python benchmarks/bench_background_memory.py sample [--height 480] [--width 832] [--parallax]
    python benchmarks/bench_background_memory.py clips [--clips 12] [--no-model]

``sample``: hole share and seconds on the bundled clip. ``clips``: held-out clips of 160×96, exact and noisy depth.
"""

import argparse
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

from torch import Tensor

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from postcam_core.cameras import invert_rigid, relative_to  # noqa: E402
from postcam_core.evaluation import HeldOutClip, HeldOutSet, ModelRecapture, fill_in_space, psnr_db  # noqa: E402
from postcam_core.geometry import SceneGeometry, load_npz, match_frames  # noqa: E402
from postcam_core.geometry.parallax import parallax_geometry  # noqa: E402
from postcam_core.media import load_clip  # noqa: E402
from postcam_core.pipeline import load_wan_vae  # noqa: E402
from postcam_core.training.data.noisy_depth import noisy_depth  # noqa: E402
from postcam_core.trajectory import Trajectory, preset_document, sample_trajectory  # noqa: E402
from postcam_core.warp import BackgroundMemory, Guide, render_scene_guide  # noqa: E402
from postcam_core.weights import load_transformer, read_checkpoint, settings_of  # noqa: E402

FIRST_SEED = 1_000_300
NUM_FRAMES = 41
NUM_STEPS = 4


def sample(height: int, width: int, *, is_estimated: bool) -> None:
    """Hole share of the sample clip along the four arcs of 30°, and seconds per frame."""
    video = load_clip(ROOT / "assets/sample.mp4", width=width, height=height, num_frames=NUM_FRAMES).video
    file = load_npz(ROOT / "assets/sample_geometry.npz")
    geometry = (
        parallax_geometry(video)
        if is_estimated
        else match_frames(file, num_frames=NUM_FRAMES, width=width, height=height, frames="uniform")
    )
    start = time.perf_counter()
    memory = BackgroundMemory.collect(video.__getitem__, geometry)
    print(f"collect: {time.perf_counter() - start:.1f} s, {len(memory.points)} points")
    for name in ("arc_left", "arc_right", "arc_up", "arc_down"):
        trajectory = sample_trajectory(preset_document(name), NUM_FRAMES)
        seconds, guides = [], []
        for background in (None, memory):
            start = time.perf_counter()
            guides.append(render_scene_guide(video, geometry, trajectory, background=background))
            seconds.append((time.perf_counter() - start) / NUM_FRAMES)
        before, after = (1 - float(guide.coverage.mean()) for guide in guides)
        print(
            f"{name}: holes {before:.1%} -> {after:.1%} (falls by {1 - after / before:.1%}); "
            f"{seconds[0]:.3f} -> {seconds[1]:.3f} s per frame"
        )


def depth_of(clip: HeldOutClip, kind: str) -> SceneGeometry:
    """The geometry that the guide is rendered from."""
    if kind == "noisy":
        noisy = noisy_depth(clip.geometry.depth, strength=1, seed=clip.seed)
        return replace(clip.geometry, depth=noisy)
    if kind == "parallax":
        found = parallax_geometry(clip.source)
        # Estimates have a unit of their own; the camera's way says how long it is.
        ways = [geometry.anchored().w2c[:, :3, 3].norm(dim=1).sum() for geometry in (clip.geometry, found)]
        return found.scaled(float(ways[0] / ways[1]))
    return clip.geometry


def guide_of(clip: HeldOutClip, geometry: SceneGeometry, background: BackgroundMemory | None) -> Guide:
    """The guide along the commanded camera; lengths are those of the scene."""
    c2w = relative_to(invert_rigid(clip.target_w2c), invert_rigid(clip.geometry.w2c[0]))
    return render_scene_guide(clip.source, geometry, Trajectory(c2w=c2w, unit="scene"), background=background)


def recapture(model: ModelRecapture, clip: HeldOutClip, guide: Guide) -> Tensor:
    """The model's answer to this guide."""
    clip = replace(clip)
    clip.__dict__["guide"] = guide  # the cached property
    return model(clip)


def clips(num_clips: int, *, has_model: bool) -> None:
    """Held-out clips: known pixels, filled pixels, the whole picture inpainted, and the model."""
    model = mini_model() if has_model else None
    rows: dict[str, list[dict[str, float]]] = {"exact": [], "noisy": []}
    held_out = HeldOutSet(num_clips=num_clips, first_seed=FIRST_SEED)
    for seed in held_out.seeds:
        clip = held_out.clip(seed)
        for kind, results in rows.items():
            geometry = depth_of(clip, kind)
            memory = BackgroundMemory.collect(clip.source.__getitem__, geometry)
            results.append(compare(clip, *(guide_of(clip, geometry, m) for m in (None, memory)), model))
            print(
                f"| {seed} {kind} | " + " | ".join(f"{x:.4g}" for x in results[-1].values()) + " |",
                flush=True,
            )
    for kind, results in rows.items():
        print(f"{kind}: mean ± standard error over {num_clips} clips")
        print("| " + " | ".join(results[0]) + " |")
        print("| " + " | ".join(mean_and_error([row[name] for row in results]) for name in results[0]) + " |")


def compare(clip: HeldOutClip, plain: Guide, filled: Guide, model: ModelRecapture | None) -> dict[str, float]:
    """One row of numbers, in per cent and dB."""
    new, known = filled.is_remembered, plain.mask
    painted = [fill_in_space(guide.frames, guide.mask) for guide in (plain, filled)]
    row = {
        "holes before %": 100 * (1 - float(plain.coverage.mean())),
        "after %": 100 * (1 - float(filled.coverage.mean())),
        "known before dB": psnr_db(plain.frames, clip.truth, known),
        "known after dB": psnr_db(filled.frames, clip.truth, known),
        "filled: memory dB": psnr_db(filled.frames, clip.truth, new) if new.any() else float("nan"),
        "filled: black dB": psnr_db(plain.frames, clip.truth, new) if new.any() else float("nan"),
        "filled: inpainted dB": psnr_db(painted[0], clip.truth, new) if new.any() else float("nan"),
        "inpainted before dB": psnr_db(painted[0], clip.truth),
        "inpainted after dB": psnr_db(painted[1], clip.truth),
    }
    if model is not None:
        before, after = (recapture(model, clip, guide) for guide in (plain, filled))
        row["model before dB"], row["model after dB"] = (psnr_db(v, clip.truth) for v in (before, after))
        row["model gain dB"] = row["model after dB"] - row["model before dB"]
        row["model gain in filled dB"] = (
            psnr_db(after, clip.truth, new) - psnr_db(before, clip.truth, new) if new.any() else float("nan")
        )
    return row


def mini_model() -> ModelRecapture:
    """The bundled one, in four steps."""
    path = ROOT / "assets/mini/diffusion_models/postcam_mini.safetensors"
    return ModelRecapture(
        model=load_transformer(path),
        settings=settings_of(read_checkpoint(path), what="the mini model"),
        vae=load_wan_vae(ROOT / "assets/mini/vae/postcam_mini_vae.safetensors"),
        num_steps=NUM_STEPS,
    )


def mean_and_error(values: list[float]) -> str:
    """Mean ± standard error of the finite ones."""
    finite = [value for value in values if value == value]
    return f"{statistics.mean(finite):.2f} ± {statistics.stdev(finite) / len(finite) ** 0.5:.2f}"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["sample", "clips"])
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--width", type=int, default=832)
    parser.add_argument("--parallax", action="store_true", help="estimate the sample's geometry")
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--no-model", action="store_true")
    arguments = parser.parse_args()
    if arguments.what == "sample":
        sample(arguments.height, arguments.width, is_estimated=arguments.parallax)
    else:
        clips(arguments.clips, has_model=not arguments.no_model)


if __name__ == "__main__":
    main()
