"""``train-vae``: a small Wan VAE for synthetic scenes."""

import argparse
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from .precompute import seed_list
from .progress_line import ProgressLine

NAME = "train-vae"
HELP = "Make a small Wan VAE for synthetic scenes: fit its linear start, then train the decoder. Run it again to go on."

# For the linear start: enough that every scene kind and move is among them.
_NUM_CLIPS_TO_FIT = 32
# A rendered scene serves so many crops in a row before the next one is rendered.
_CROPS_PER_SCENE = 16
_NUM_CAMERAS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the VAE; checkpoints lie beside"
    )
    parser.add_argument(
        "--synthetic", type=seed_list, default=range(1000), metavar="SEEDS", help="scenes (default: 0-999)"
    )
    parser.add_argument("--height", type=int, default=96, help="of the clips (default: 96)")
    parser.add_argument("--width", type=int, default=160, help="of the clips (default: 160)")
    parser.add_argument("--frames", type=int, default=41, help="of the clips (default: 41)")
    parser.add_argument(
        "--skeleton-steps",
        type=int,
        default=600,
        help="of the decoder's linear skeleton alone (default: 600)",
    )
    parser.add_argument("--steps", type=int, default=0, help="of the whole decoder after it (default: 0)")
    parser.add_argument("--batch", type=int, default=2, help="crops per step (default: 2)")
    parser.add_argument("--learning-rate", type=float, default=5e-4, help="at its highest (default: 5e-4)")
    parser.add_argument("--device", default="cpu", help="where to render and train (default: cpu)")


def run(arguments: argparse.Namespace) -> None:
    """Fit, train, write."""
    import torch

    from ..synthetic import render_rig
    from ..training.mini_vae import DecoderTraining, linear_vae, save_vae, train_decoder

    # Decoders of silent branches compute with numbers so small that processors take their time over them.
    torch.set_flush_denormal(True)
    seeds = arguments.synthetic

    @lru_cache(maxsize=2)
    def scene(index: int) -> list[torch.Tensor]:
        clips = render_rig(
            seeds[index % len(seeds)],
            num_frames=arguments.frames,
            num_cameras=_NUM_CAMERAS,
            height=arguments.height,
            width=arguments.width,
            device=arguments.device,
        )
        return [clip.video for clip in clips]

    clips = [
        clip.cpu() for index in range(_NUM_CLIPS_TO_FIT // 2) for clip in scene(index)[:: _NUM_CAMERAS // 2]
    ]
    vae = linear_vae(clips).to(arguments.device)
    whole = DecoderTraining(
        num_steps=arguments.steps, batch_size=arguments.batch, learning_rate=arguments.learning_rate
    )
    data = f"{arguments.frames} frames of {arguments.width}×{arguments.height}, {len(seeds)} scenes from {seeds[0]} on"
    skeleton = replace(whole, part="skeleton", num_steps=arguments.skeleton_steps)
    for settings in (skeleton, whole):
        if settings.num_steps == 0:
            continue
        with ProgressLine(lambda step: f"step {step}") as progress:
            train_decoder(
                vae,
                lambda number: scene(number // _CROPS_PER_SCENE)[number % _NUM_CAMERAS],
                settings,
                arguments.out.with_suffix(f".{settings.part}.pt"),
                data=data,
                progress=progress,
            )
    save_vae(vae.cpu(), arguments.out, metadata={"made_by": f"{skeleton}, {whole}"})
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.1f} MB")
