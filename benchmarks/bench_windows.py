"""What windows cost where they meet: long held-out clips, recaptured in windows and measured frame by frame.

The clips are rendered with exact geometry and go through the pipeline's own functions with the bundled model. Two
plans share the work: where windows overlap in one, the other has the middle of a window, so that each frame at a
seam is compared to itself, and neither holes nor movement stand between. A clip takes a processor eight minutes:

    python benchmarks/bench_windows.py [--clips 4] [--frames 200] [--out benchmarks/results/DATE-windows.md]
"""

import argparse
import math
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from postcam_core.cameras import invert_rigid, relative_to  # noqa: E402
from postcam_core.evaluation.held_out import HeldOutSet  # noqa: E402
from postcam_core.geometry.report_drawing import (  # noqa: E402
    BRIGHT,
    END,
    GRID,
    PANEL,
    START,
    blank,
    polyline,
    put_text,
    write_picture,
)
from postcam_core.media import uint8_from_video  # noqa: E402
from postcam_core.pipeline import (  # noqa: E402
    Recapture,
    RecaptureModels,
    SamplingSettings,
    SourceClip,
    load_models,
    source_cameras,
    target_cameras,
)
from postcam_core.pipeline.sizes import hold_last, padded_num_frames  # noqa: E402
from postcam_core.sampling import LatentWindow, denoise, latent_frames, plan_windows  # noqa: E402
from postcam_core.synthetic import FIRST_HELD_OUT_SEED  # noqa: E402
from postcam_core.trajectory import Trajectory  # noqa: E402

LENGTH, OVERLAP = 11, 3  # latent frames
USUAL, MOVED = "12 frames shared", "the same, windows moved by half"
GOAL_DB = 0.5
CLIP_HEADER = (
    "| clip | PSNR at seams | elsewhere | to the VAE at seams | elsewhere | covered at seams | elsewhere "
    "| seam − middle, same frames | change at seams | elsewhere | truth's at seams | elsewhere |\n"
    + 12 * "|---"
    + "|"
)


class Case(NamedTuple):
    """A way to sample: its windows, and whether their poses start at the source's camera."""

    windows: Sequence[LatentWindow]
    has_source_camera: bool = True


def cases(num_latent_frames: int) -> dict[str, Case]:
    """What is compared, by name."""
    usual = plan_windows(num_latent_frames, length=LENGTH, overlap=OVERLAP)
    planned = {
        f"{4 * n} frames shared": Case(plan_windows(num_latent_frames, length=LENGTH, overlap=n))
        for n in (2, 3, 5)
    }
    return {
        **planned,
        MOVED: Case(moved(usual)),
        "12 shared, poses from the target's own first": Case(usual, has_source_camera=False),
    }


def moved(windows: Sequence[LatentWindow]) -> tuple[LatentWindow, ...]:
    """The plan moved back by half of what a window does not share; the clip's ends cut it."""
    by = (LENGTH - OVERLAP) // 2
    end = windows[-1].stop
    starts = [window.start - by for window in windows] + [windows[-1].start + by]
    return tuple(LatentWindow(start=max(s, 0), stop=min(s + LENGTH, end)) for s in starts)


def is_seam(windows: Sequence[LatentWindow], num_frames: int) -> np.ndarray:
    """Which frames more than one window covers."""
    covers = np.zeros(windows[-1].stop, int)
    for window in windows:
        covers[window.start : window.stop] += 1
    return np.concatenate([covers[:1], covers[1:].repeat(4)])[:num_frames] > 1


def psnr_db(video: Tensor, truth: Tensor) -> np.ndarray:
    """Of every frame."""
    return (-10 * ((video - truth).square() / 4).flatten(1).mean(1).log10()).numpy()


def change(video: Tensor) -> np.ndarray:
    """Mean difference of each frame from the one before, in levels of 255; the first has none."""
    steps = (video[1:] - video[:-1]).abs().flatten(1).mean(1) * 127.5
    return np.concatenate([[math.nan], steps.numpy()])


class Measured(NamedTuple):
    """A clip's numbers per frame: of the truth, of the truth through the VAE, and of each case."""

    seed: int
    coverage: np.ndarray
    ceiling_db: np.ndarray
    psnr: dict[str, np.ndarray]
    truth_change: np.ndarray
    change: dict[str, np.ndarray]


@torch.no_grad()
def measure(seed: int, num_frames: int, models: RecaptureModels) -> Measured:
    """Render a clip, recapture it in every case, and compare to the exact render."""
    clip = HeldOutSet(num_clips=1, num_frames=num_frames, first_seed=seed).clip(seed)
    world = invert_rigid(clip.geometry.w2c)[0]
    trajectory = Trajectory(c2w=relative_to(invert_rigid(clip.target_w2c), world), unit="scene")
    source = SourceClip(frames=uint8_from_video(clip.source), frame_rate=24)
    job = Recapture(source, clip.geometry, trajectory, models, SamplingSettings.for_model(models))
    encoded = job.encode()
    settings, noise = job.settings, torch.randn(1, *encoded.source.shape, generator=torch.manual_seed(seed))
    whole = models.vae.encode(hold_last(clip.truth, padded_num_frames(num_frames)))
    psnr, changes = {}, {}
    for name, case in cases(encoded.source.shape[1]).items():
        latents = denoise(
            models.transformer,
            noise,
            source_latents=encoded.source[None],
            guide_latents=encoded.guide[None],
            camera_w2c=target_cameras(trajectory, clip.geometry)[None],
            source_camera_w2c=source_cameras(clip.geometry, trajectory)[None]
            if case.has_source_camera
            else None,
            positive=models.embed(""),
            num_steps=settings.num_steps,
            shift=settings.shift,
            windows=case.windows,
        )
        video = decoded(job, latents[0])
        psnr[name], changes[name] = psnr_db(video, clip.truth), change(video)
    ceiling = psnr_db(decoded(job, whole), clip.truth)
    return Measured(seed, clip.guide.coverage.numpy(), ceiling, psnr, change(clip.truth), changes)


def decoded(job: Recapture, latents: Tensor) -> Tensor:
    """Frames in [-1, 1]."""
    return torch.cat(list(job.decode(latents))).float().clamp(-1, 1).cpu()


def mean_of(values: Sequence[float]) -> str:
    """Over clips, with its standard error."""
    return f"{np.mean(values):+.2f} ± {np.std(values, ddof=1) / math.sqrt(len(values)):.2f}"


def at_seams(clip: Measured, plans: dict[str, Case], values: dict[str, np.ndarray], name: str) -> float:
    """Frames at the seams of a case, against the same frames in the middle of windows."""
    num_frames = len(clip.coverage)
    seam = {plan: is_seam(plans[plan].windows, num_frames) for plan in (name, USUAL, MOVED)}
    middle = np.where(seam[USUAL], values[MOVED], values[USUAL])
    return float((values[name] - middle)[seam[name]].mean())


def verdict(difference_db: float) -> str:
    """Whether the goal is met."""
    return "met" if abs(difference_db) <= GOAL_DB else "NOT met"


def report(clips: list[Measured], plans: dict[str, Case], num_steps: int, seconds: float) -> str:
    """The results as Markdown."""
    num_frames = len(clips[0].coverage)
    seam = is_seam(plans[USUAL].windows, num_frames)
    pairs = {name: [at_seams(clip, plans, clip.psnr, name) for clip in clips] for name in plans}
    both = [(a + b) / 2 for a, b in zip(pairs[USUAL], pairs[MOVED], strict=True)]
    steps = [(at_seams(c, plans, c.change, USUAL) + at_seams(c, plans, c.change, MOVED)) / 2 for c in clips]
    rows = [
        f"| {name} | {len(plans[name].windows)} | {np.mean([c.psnr[name].mean() for c in clips]):.2f} "
        f"| {mean_of([(c.psnr[name] - c.psnr[USUAL]).mean() for c in clips])} | {mean_of(pairs[name])} |"
        for name in plans
    ]
    each = [
        f"| {c.seed} | {c.psnr[USUAL][seam].mean():.2f} | {c.psnr[USUAL][~seam].mean():.2f} "
        f"| {(c.psnr[USUAL] - c.ceiling_db)[seam].mean():.2f} | {(c.psnr[USUAL] - c.ceiling_db)[~seam].mean():.2f} "
        f"| {c.coverage[seam].mean():.0%} | {c.coverage[~seam].mean():.0%} | {pair:+.2f} "
        f"| {np.nanmean(c.change[USUAL][seam]):.2f} | {np.nanmean(c.change[USUAL][~seam]):.2f} "
        f"| {np.nanmean(c.truth_change[seam]):.2f} | {np.nanmean(c.truth_change[~seam]):.2f} |"
        for c, pair in zip(clips, both, strict=True)
    ]
    raw = np.mean([c.psnr[USUAL][seam].mean() - c.psnr[USUAL][~seam].mean() for c in clips])
    return f"""# Seams between windows, {time.strftime("%Y-%m-%d")}

{len(clips)} held-out clips of {num_frames} frames, 160×96, exact geometry, bundled model, steps: {num_steps}, windows
of {4 * LENGTH - 3} frames. PSNR in dB against the exact render.

**Frames at seams, against the same frames in the middle of a window: {mean_of(both)} dB. Goal: within {GOAL_DB} dB,
{verdict(np.mean(both))}.** Against all other frames, which have other holes and other movement: {raw:+.2f} dB,
{verdict(raw)}. Change from frame to frame, against the same frames in the middle: {mean_of(steps)} levels of 255.

| windows | number | PSNR | to 12 frames shared | seam, to the same frames in a window's middle |
|---|---|---|---|---|
{chr(10).join(rows)}

Mean ± standard error over the clips.

## 12 frames shared, clip by clip

"To the VAE": difference from the truth encoded and decoded. "Covered": share of the guide that is not black.

{CLIP_HEADER}
{chr(10).join(each)}

![PSNR and change per frame](PICTURE)

{seconds / 60:.0f} minutes, {os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f} at the end;
torch {torch.__version__}. Command: `python benchmarks/bench_windows.py --clips {len(clips)} --frames {num_frames}`.
"""


def panel(title: str, lines: dict[tuple, np.ndarray], seam: np.ndarray) -> np.ndarray:
    """Curves over the frames, those at seams on a lighter ground."""
    height, width, left, top = 170, 900, 50, 28
    image = blank(height, width, PANEL)
    finite = np.concatenate([line[np.isfinite(line)] for line in lines.values()])
    low, high = finite.min(), finite.max()
    x = left + np.arange(len(seam)) / (len(seam) - 1) * (width - left - 12)
    for at in x[seam].astype(int):
        image[top:-10, at - 2 : at + 3] = GRID
    put_text(image, title, 12, 18, colour=BRIGHT)
    for value, y in ((high, top + 8), (low, height - 12)):
        put_text(image, f"{value:.1f}", 8, y, size=0.8)
    for colour, line in lines.items():
        y = height - 12 - (line - low) / (high - low) * (height - top - 20)
        kept = np.isfinite(y)
        polyline(image, np.stack([x, y], axis=1)[kept], colour)
    return image


def picture(clips: list[Measured], plans: dict[str, Case]) -> np.ndarray:
    """Two panels per clip: PSNR with what the VAE reaches, and change with the truth's."""
    seam = is_seam(plans[USUAL].windows, len(clips[0].coverage))
    panels = []
    for c in clips:
        title = f"clip {c.seed}: PSNR in dB, 12 frames shared (orange); truth through the VAE (blue)"
        panels.append(panel(title, {START: c.ceiling_db, END: c.psnr[USUAL]}, seam))
        title = "change from the frame before, levels of 255 (orange); of the truth (blue)"
        panels.append(panel(title, {START: c.truth_change, END: c.change[USUAL]}, seam))
    return np.concatenate(panels)


def main() -> None:
    """Measure, report, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--frames", type=int, default=200, help="more than two windows, 74 at least")
    parser.add_argument(
        "--out", type=Path, help="where the report and its picture go (default: printed only)"
    )
    options = parser.parse_args()
    start_s, models = time.perf_counter(), load_models(dtype=torch.float32)
    seeds = range(FIRST_HELD_OUT_SEED, FIRST_HELD_OUT_SEED + options.clips)
    clips = [measure(seed, options.frames, models) for seed in seeds]
    plans = cases(latent_frames(padded_num_frames(options.frames)))
    num_steps = SamplingSettings.for_model(models).num_steps
    text = report(clips, plans, num_steps, time.perf_counter() - start_s)
    print(text)
    if options.out:
        drawn = options.out.with_suffix(".png")
        write_picture(drawn, picture(clips, plans))
        options.out.write_text(text.replace("PICTURE", drawn.name), encoding="utf-8")


if __name__ == "__main__":
    main()
