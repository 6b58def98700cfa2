"""What changes to the sampling do for the mini model, without training: none is in the sampler unless it helps.

python benchmarks/bench_levers.py [--clips 12]

Guide strength: the guide's values are scaled in the shared attention, in all steps, in the early (sigma above 0.8)
or in the late ones. Black guide: away from what the model would do with a guide that knows nothing. History:
windows of 25 frames one after another, each held to the finished latents of the one before where they overlap,
against windows that are blended.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from postcam_core.evaluation import HeldOutClip, HeldOutSet, psnr_db
from postcam_core.model import PostCamTransformer
from postcam_core.model.attention import KeysValues
from postcam_core.model.query_shared import QuerySharedAttention
from postcam_core.pipeline import RecaptureModels, load_models
from postcam_core.pipeline.wan_vae import TEMPORAL_REDUCTION
from postcam_core.sampling import LatentWindow, denoise, flow_sigmas, plan_windows
from postcam_core.sampling.windows import window_cameras
from postcam_core.warp import shrink_guide

FIRST_SEED = 1_000_100
NUM_STEPS, SHIFT = 4, 3.0
WHOLE = LatentWindow(start=0, stop=11)
SHORT_WINDOWS = plan_windows(11, length=7, overlap=3)


class ScaledGuide:
    """Lets the guide's values count more or less in every block."""

    def __init__(self) -> None:
        self.scale = 1.0
        plain = QuerySharedAttention.guide_keys_values

        def scaled(attention: QuerySharedAttention, guide: Tensor, rope: Tensor) -> KeysValues:
            known = plain(attention, guide, rope)
            return KeysValues(keys=known.keys, values=known.values * self.scale)

        QuerySharedAttention.guide_keys_values = scaled


@dataclass(frozen=True, kw_only=True)
class Example:
    """A held-out clip, encoded."""

    clip: HeldOutClip
    source: Tensor
    guide: Tensor
    camera_w2c: Tensor
    noise: Tensor


class Sampler:
    """Samples one example in the ways that are compared."""

    def __init__(self, models: RecaptureModels) -> None:
        self.models, self.guide = models, ScaledGuide()
        self.black = models.vae.encode(torch.full((41, 3, 96, 160), -1.0))[None]
        self.sigmas = flow_sigmas(NUM_STEPS, SHIFT)

    def example(self, clip: HeldOutClip) -> Example:
        """Encode."""
        vae = self.models.vae
        source = vae.encode(clip.source)[None]
        return Example(
            clip=clip,
            source=source,
            guide=vae.encode(shrink_guide(clip.guide.frames, self.models.settings.guide_scale))[None],
            camera_w2c=clip.camera_w2c(TEMPORAL_REDUCTION)[None],
            noise=torch.randn(source.shape, generator=torch.Generator().manual_seed(clip.seed)),
        )

    def velocity(self, x: Example, latents: Tensor, step: int, window: LatentWindow, guide: Tensor) -> Tensor:
        """Of a window at a step."""
        model: PostCamTransformer = self.models.transformer
        part = slice(window.start, window.stop)
        conditions = model.prepare(
            source_latents=x.source[:, :, part],
            guide_latents=guide[:, :, part],
            camera_w2c=window_cameras(x.camera_w2c, window, None),
            text=torch.zeros(1, 1, model.config.text_dim),
            dtype=model.dtype,
        )
        timestep = 1000 * self.sigmas[step : step + 1]
        return model.velocity(latents.to(model.dtype), timestep, conditions).float()

    def with_strength(self, scale_of: Callable[[float], float]) -> Callable[[Example], Tensor]:
        """The guide's strength as a function of sigma."""

        def sample(x: Example) -> Tensor:
            latents = x.noise
            for i in range(NUM_STEPS):
                self.guide.scale = scale_of(float(self.sigmas[i]))
                velocity = self.velocity(x, latents, i, WHOLE, x.guide)
                latents = latents + (self.sigmas[i + 1] - self.sigmas[i]) * velocity
            self.guide.scale = 1.0
            return latents

        return sample

    def against_black(self, extra: float) -> Callable[[Example], Tensor]:
        """Guidance away from a black guide with the same poses."""

        def sample(x: Example) -> Tensor:
            latents = x.noise
            for i in range(NUM_STEPS):
                velocity = self.velocity(x, latents, i, WHOLE, x.guide)
                blind = self.velocity(x, latents, i, WHOLE, self.black)
                velocity = velocity + extra * (velocity - blind)
                latents = latents + (self.sigmas[i + 1] - self.sigmas[i]) * velocity
            return latents

        return sample

    def in_blended_windows(self, x: Example) -> Tensor:
        """As the sampler does it."""
        model = self.models.transformer
        return denoise(
            model,
            x.noise,
            source_latents=x.source,
            guide_latents=x.guide,
            camera_w2c=x.camera_w2c,
            positive=torch.zeros(1, 1, model.config.text_dim),
            num_steps=NUM_STEPS,
            shift=SHIFT,
            windows=SHORT_WINDOWS,
        )

    def with_history(self, x: Example) -> Tensor:
        """One window after another; what the one before finished is noised again and held."""
        finished, done = torch.zeros_like(x.noise), 0
        for window in SHORT_WINDOWS:
            known = done - window.start
            latents = x.noise[:, :, window.start : window.stop].clone()
            for i in range(NUM_STEPS):
                if known > 0:
                    old = slice(window.start, done)
                    sigma = self.sigmas[i]
                    latents[:, :, :known] = (1 - sigma) * finished[:, :, old] + sigma * x.noise[:, :, old]
                velocity = self.velocity(x, latents, i, window, x.guide)
                latents = latents + (self.sigmas[i + 1] - self.sigmas[i]) * velocity
            finished[:, :, max(done, window.start) : window.stop] = latents[:, :, max(known, 0) :]
            done = window.stop
        return finished


def levers(sampler: Sampler) -> dict[str, tuple[str | None, Callable[[Example], Tensor]]]:
    """By name: what it is compared with, and how it samples."""
    plain, strength = "plain", sampler.with_strength
    return {
        plain: (None, strength(lambda sigma: 1.0)),
        "guide × 0.8": (plain, strength(lambda sigma: 0.8)),
        "guide × 1.2": (plain, strength(lambda sigma: 1.2)),
        "guide × 1.2 early": (plain, strength(lambda sigma: 1.2 if sigma > 0.8 else 1.0)),
        "guide × 1.2 late": (plain, strength(lambda sigma: 1.0 if sigma > 0.8 else 1.2)),
        "guide × 0.8 early": (plain, strength(lambda sigma: 0.8 if sigma > 0.8 else 1.0)),
        "guide × 0.8 late": (plain, strength(lambda sigma: 1.0 if sigma > 0.8 else 0.8)),
        "black guide, 0.1": (plain, sampler.against_black(0.1)),
        "black guide, 0.25": (plain, sampler.against_black(0.25)),
        "black guide, 1": (plain, sampler.against_black(1.0)),
        "windows of 25, blended": (None, sampler.in_blended_windows),
        "windows of 25, history": ("windows of 25, blended", sampler.with_history),
    }


@torch.no_grad()
def main() -> None:
    """Print a table of gains."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=12)
    arguments = parser.parse_args()
    sampler = Sampler(load_models())
    ways = levers(sampler)
    scores: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    held_out = HeldOutSet(num_clips=arguments.clips, first_seed=FIRST_SEED)
    for seed in held_out.seeds:
        x = sampler.example(held_out.clip(seed))
        for name, (_, sample) in ways.items():
            video = sampler.models.vae.decode(sample(x)[0])
            holes = ~x.clip.guide.mask
            scores[name].append((psnr_db(video, x.clip.truth), psnr_db(video, x.clip.truth, holes)))
        print(f"clip {seed} done", flush=True)
    print("| lever | overall dB | in holes dB | clips that gain |\n|---|---|---|---|")
    for name, (base, _) in ways.items():
        if base is None:
            print(
                f"| {name} | {fmean(s[0] for s in scores[name]):.2f} | {fmean(s[1] for s in scores[name]):.2f} | |"
            )
            continue
        gains = [[a[k] - b[k] for a, b in zip(scores[name], scores[base], strict=True)] for k in (0, 1)]
        cells = [f"{fmean(g):+.2f} ± {stdev(g) / len(g) ** 0.5:.2f}" for g in gains]
        print(f"| {name} | {cells[0]} | {cells[1]} | {sum(g > 0 for g in gains[0])} of {len(gains[0])} |")


if __name__ == "__main__":
    main()
