"""A tiny training run: real classes, random pairs. Also a script, for tests that kill or multiply processes."""

import argparse
import os
import sys
import threading
from pathlib import Path

import torch

from postcam_core.errors import BrokenClip
from postcam_core.model import PostCamConfig
from postcam_core.training import Recipe
from postcam_core.training.data import LatentPair

TINY = Recipe(
    name="tiny",
    model=PostCamConfig(
        dim=32, ffn_dim=48, num_heads=2, num_layers=2, text_dim=8, freq_dim=16, guide_rope="aligned"
    ),
    guide_scale=0.5,
    stage=2,
    learning_rate=2e-3,
    warmup_steps=3,
    decay="cosine",
    num_steps=12,
    batch_size=4,
    micro_batch_size=1,
    precision="fp32",
    shift=3.0,
    ema_decay=0.9,
    pose_dropout=0.2,
    guide_dropout=0.3,
    height=32,
    width=48,
    num_frames=5,
    checkpoint_every=4,
    sample_every=6,
    seed=3,
)
BROKEN = (2, 5)


class RandomPairs:
    """Pairs of random numbers; those with the given indices are broken."""

    def __init__(self, length: int = 10, broken: tuple[int, ...] = (), recipe: Recipe = TINY) -> None:
        self.length, self.broken, self.recipe = length, broken, recipe
        self.read: list[int] = []  # in this order

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> LatentPair:
        self.read.append(index)
        name = f"scene_{index:06d}/cam00-cam01"
        if index in self.broken:
            raise BrokenClip(name, expected="a clip", got="a broken one", todo="Repair it.")
        generator = torch.Generator().manual_seed(index)
        channels, frames, height, width = self.recipe.latent_size
        source, change = torch.randn(2, channels, frames, height, width, generator=generator)
        guide_size = [round(side * self.recipe.guide_scale) for side in (height, width)]
        poses = torch.eye(4).repeat(frames, 1, 1)
        poses[:, :3, 3] = torch.linspace(0, 1, frames)[:, None] * torch.randn(3, generator=generator)
        target = 0.7 * source + 0.7 * change
        guide = torch.nn.functional.interpolate(target, guide_size, mode="area")
        return LatentPair(target=target, source=source, guide=guide, camera_w2c=poses, text=None, name=name)


def main() -> None:
    """Train, announcing each step; with several processes once as copies (DDP) and once in shards (FSDP2)."""
    from postcam_core.training.loop import train

    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--both-ways", action="store_true")
    parser.add_argument("--signal", type=int, help="send this signal to this very process")
    parser.add_argument("--after-step", type=int)
    parser.add_argument("--after-s", type=float, default=0.0, help="and so many seconds more")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    def announce(step: int, _: int) -> None:
        _say(f"step {step}")
        if step == arguments.after_step:
            threading.Timer(arguments.after_s, os.kill, (os.getpid(), arguments.signal)).start()

    folders = {False: arguments.out / "ddp", True: arguments.out / "fsdp"}
    for is_sharded, folder in folders.items() if arguments.both_ways else [(False, arguments.out)]:
        pairs = RandomPairs(broken=BROKEN)
        outcome = train(TINY, pairs, folder, is_sharded=is_sharded, progress=announce)
        _say(f"{outcome.why} after step {outcome.step}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
