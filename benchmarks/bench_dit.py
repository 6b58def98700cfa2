"""Time of the transformer at its real width against the plain twin, and what sharing work is worth.

The plain twin does what the released code does: complex128 rotations, every token in the last block, every
branch of guidance and every step on its own. One thread, processor time, both sides in turn; the smallest of
the repeats counts.

    python benchmarks/bench_dit.py [--frames 3] [--height 16] [--width 28] [--layers 2] [--repeats 5]
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from postcam_core.model import (  # noqa: E402
    FlopEstimate,
    PostCamConfig,
    PostCamTransformer,
    estimate_flops,
    initialize,
)
from postcam_core.sampling import denoise, flow_sigmas  # noqa: E402
from tests.oracles.dit_block import PlainModel, kernel_attention, released_angles  # noqa: E402

NUM_WORDS = 64
NUM_STEPS = 2
CFG_SCALE = 5.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison: the same result, with more work and with less."""

    name: str
    more: Callable[[], object]
    less: Callable[[], object]
    predicted: float | None


def measure(row: Row, repeats: int) -> str:
    """Run both sides in turn and format a table row."""
    seconds: tuple[list[float], list[float]] = ([], [])
    row.more(), row.less()
    for _ in range(repeats):
        for run, times in zip((row.more, row.less), seconds, strict=True):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
    more, less = (min(times) for times in seconds)
    predicted = "" if row.predicted is None else f"{row.predicted:.3f}"
    off = "" if row.predicted is None else f"{less / more / row.predicted - 1:+.1%}"
    return f"| {row.name} | {more:.3f} | {less:.3f} | {less / more:.3f} | {predicted} | {off} |"


class Bench:
    """A model with random weights, one clip, and the comparisons on it."""

    def __init__(self, arguments: argparse.Namespace, dtype: torch.dtype) -> None:
        size = (arguments.height, arguments.width)
        self.config = PostCamConfig(num_layers=arguments.layers)
        self.case = {
            "num_latent_frames": arguments.frames,
            "height": size[0],
            "width": size[1],
            "num_words": NUM_WORDS,
        }
        self.model = PostCamTransformer(self.config)
        initialize(self.model, seed=0)
        self.model.to(dtype).requires_grad_(False)
        self.guide_size = (size[0] // 4, size[1] // 4)
        random = torch.Generator().manual_seed(0)
        self.randn = partial(torch.randn, generator=random, dtype=torch.float32)
        self.noise, self.source = self.randn(2, 1, 16, arguments.frames, *size).to(dtype)
        self.guide = self.latents(*self.guide_size)
        self.full_guide = self.latents(*size)
        self.w2c = torch.eye(4).to(dtype).repeat(1, arguments.frames, 1, 1)
        self.texts = self.randn(2, NUM_WORDS, self.config.text_dim).to(dtype)
        self.timestep = torch.tensor([750.0])
        self.plain = PlainModel(self.model.state_dict(), self.config, kernel_attention)
        tokens = tuple(tuple(n // 2 for n in s) for s in (size, self.guide_size))
        self.angles = released_angles(self.config, arguments.frames, *tokens, num_poses=arguments.frames)

    def latents(self, height: int, width: int) -> Tensor:
        """Random latents with the source's frames."""
        return self.randn(1, 16, self.case["num_latent_frames"], height, width).to(self.source.dtype)

    def flops(self, guide_size: tuple[int, int], **options) -> FlopEstimate:
        """The estimate for this clip."""
        return estimate_flops(self.config, **self.case, guide_size=guide_size, **options)

    def rows(self) -> list[Row]:
        """All comparisons."""
        return [self.block(), self.last_block(), self.guided_step(), self.whole_run()]

    def block(self) -> Row:
        """One inner block, no saving in it but the keys of pose and text."""
        video, guide = self._streams()
        time_mod = self.randn(1, 6, self.config.dim).to(video.dtype)
        pose, words = (self.randn(1, n, self.config.dim).to(video.dtype) for n in (3, NUM_WORDS))
        plain = partial(self.plain.block, "blocks.0", video, guide, pose, words, time_mod, self.angles)
        ours = self._block(video, guide, time_mod, is_last=False)
        released, shared = (self.flops(self.guide_size, num_branches=1, is_shared=s) for s in (False, True))
        return Row(
            name="block: plain twin → ours", more=plain, less=ours, predicted=shared.block / released.block
        )

    def last_block(self) -> Row:
        """An inner block against the last, which computes the target alone."""
        video, guide = self._streams()
        time_mod = self.randn(1, 6, self.config.dim).to(video.dtype)
        inner, last = (self._block(video, guide, time_mod, is_last=is_last) for is_last in (False, True))
        estimate = self.flops(self.guide_size, num_branches=1)
        return Row(
            name="block → last block",
            more=inner,
            less=last,
            predicted=estimate.last_block / estimate.block,
        )

    def guided_step(self) -> Row:
        """Two branches on their own against one batch that shares a guide pass; a guide of full size."""
        model = PostCamTransformer(replace(self.config, guide_rope="aligned"))
        model.load_state_dict(self.model.state_dict(), assign=True)
        conditions = {
            "source_latents": self.source,
            "guide_latents": self.full_guide,
            "camera_w2c": self.w2c,
            "dtype": self.source.dtype,
        }
        single = [model.prepare(**conditions, text=text[None]) for text in self.texts]
        both = model.prepare(**conditions, text=self.texts)
        size = (self.case["height"], self.case["width"])
        alone, together = (self.flops(size, num_branches=branches) for branches in (1, 2))
        return Row(
            name="guided step, full-size guide: branch by branch → shared guide pass",
            more=lambda: [model.velocity(self.noise, self.timestep, c) for c in single],
            less=lambda: model.velocity(self.noise.repeat(2, 1, 1, 1, 1), self.timestep, both),
            predicted=together.step / (2 * alone.step),
        )

    def whole_run(self) -> Row:
        """Guided sampling by the plain twin and by ours."""
        arguments = {
            "source_latents": self.source,
            "guide_latents": self.guide,
            "camera_w2c": self.w2c,
            "positive": self.texts[:1],
            "negative": self.texts[1:],
            "num_steps": NUM_STEPS,
            "cfg_scale": CFG_SCALE,
        }
        released, shared = (self.flops(self.guide_size, is_shared=s) for s in (False, True))
        return Row(
            name=f"{NUM_STEPS} guided steps: plain twin → ours",
            more=self._plain_run,
            less=lambda: denoise(self.model, self.noise, **arguments),
            predicted=shared.run(NUM_STEPS) / released.run(NUM_STEPS),
        )

    def _plain_run(self) -> Tensor:
        latents, sigmas = self.noise, flow_sigmas(NUM_STEPS)
        for sigma, following in zip(sigmas, sigmas[1:], strict=False):
            positive, negative = (
                self.plain(
                    latents, self.source, self.guide, self.w2c, text[None], 1000 * sigma[None], self.angles
                )
                for text in self.texts
            )
            latents = latents + (negative + CFG_SCALE * (positive - negative)) * (following - sigma)
        return latents

    def _streams(self) -> tuple[Tensor, Tensor]:
        videos = [self.model.patch_embedding(x).flatten(2).transpose(1, 2) for x in (self.noise, self.source)]
        return torch.cat(videos, 1), self.model.patch_embedding(self.guide).flatten(2).transpose(1, 2)

    def _block(self, video: Tensor, guide: Tensor, time_mod: Tensor, *, is_last: bool) -> Callable:
        conditions = self.model.prepare(
            source_latents=self.source,
            guide_latents=self.guide,
            camera_w2c=self.w2c,
            text=self.texts[:1],
            dtype=video.dtype,
        )
        return partial(
            self.model.blocks[0],
            video,
            guide,
            time=time_mod,
            pose=conditions.pose[0],
            text=conditions.text[0],
            layout=conditions.layout,
            is_last=is_last,
        )


def main() -> None:
    """Print a dated table per dtype."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=3, help="latent frames")
    parser.add_argument("--height", type=int, default=16, help="latent rows")
    parser.add_argument("--width", type=int, default=28, help="latent columns")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    capability = torch.backends.cpu.get_cpu_capability()
    print(f"# Transformer, {date.today()}\n")
    print(
        f"Width 1536/8960/12, {arguments.layers} layers, latents {arguments.frames}×{arguments.height}×"
        f"{arguments.width}, torch {torch.__version__}, {capability}, one thread; processor seconds, best of "
        f"{arguments.repeats}. Predicted: ratio of `estimate_flops()`."
    )
    for dtype in (torch.float32, torch.bfloat16):
        print(f"\n## {str(dtype).removeprefix('torch.')}\n")
        print(
            "| | more, s | less, s | ratio | predicted | ratio against predicted |\n|---|---|---|---|---|---|"
        )
        with torch.no_grad():
            for row in Bench(arguments, dtype).rows():
                print(measure(row, arguments.repeats), flush=True)


if __name__ == "__main__":
    main()
