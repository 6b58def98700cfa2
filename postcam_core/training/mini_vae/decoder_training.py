"""From the fitted start to a better decoder. The encoder stays as it is, so latents made before remain valid."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from ...errors import TrainingError
from ...pipeline.wan_vae import SPATIAL_REDUCTION, TEMPORAL_REDUCTION
from ...progress import ProgressFn, no_progress
from ...whole_files import written_whole
from ..randomness import keyed_generator
from ..same_settings import require_same
from .skeleton import decode_by_skeleton, skeleton_parameters

if TYPE_CHECKING:
    from diffusers import AutoencoderKLWan

ClipFn: TypeAlias = Callable[[int], Float[Tensor, "frame 3 height width"]]
"""``clip(number)``: any clip for sample 0, 1, …, the same each time it is asked."""


@dataclass(frozen=True, kw_only=True)
class DecoderTraining:
    """How long and on what.

    Attributes:
        part: "skeleton" trains the decoder without its residual blocks, see :mod:`.skeleton`; "all" the whole.
        num_steps: Steps in all.
        batch_size: Crops per step.
        crop: Side of a crop in latents.
        num_latent_frames: Of a crop.
        learning_rate: Of Adam at its highest; it rises for ``warmup_steps`` and falls to 0 along a cosine.
        warmup_steps: The linear start is a narrow valley: first steps of full size leave it.
        edge_weight: How much the error of neighbouring pixels' differences counts beside that of the pixels.
        latent_noise: Deviation of noise on the latents: what the transformer samples is not exact either.
        checkpoint_every: Steps between checkpoints.
        seed: Of crops and noise.

    Raises:
        TrainingError: If there is nothing in a step.
    """

    part: Literal["skeleton", "all"] = "all"
    num_steps: int = 600
    batch_size: int = 2
    crop: int = 12
    num_latent_frames: int = 5
    learning_rate: float = 5e-4
    warmup_steps: int = 50
    edge_weight: float = 0.02
    latent_noise: float = 0.05
    checkpoint_every: int = 25
    seed: int = 0

    def __post_init__(self) -> None:
        sizes = (self.batch_size, self.crop, self.num_latent_frames, self.warmup_steps, self.checkpoint_every)
        if min(sizes) < 1 or self.num_steps < 0 or not self.learning_rate > 0:
            raise TrainingError(
                "training of the decoder",
                expected="no step or some, crops and a learning rate above 0",
                got=f"{self}",
                todo="Change these values.",
            )


def train_decoder(
    vae: "AutoencoderKLWan",
    clip: ClipFn,
    settings: DecoderTraining,
    checkpoint: Path,
    *,
    data: str = "",
    progress: ProgressFn = no_progress,
) -> None:
    """Train the decoder in place, or go on from ``checkpoint``, which is written now and then and at the end.

    Args:
        vae: With its linear start, in float32; computes in bfloat16.
        clip: What to learn from.
        settings: How.
        checkpoint: File of weights, optimizer and step.
        data: What the clips are, for the record: a training only goes on with those it began with.
        progress: Called after each step; cancels by raising.

    Raises:
        TrainingError: If the checkpoint is of other settings or clips, or clips are too short to be cut.
    """
    vae.requires_grad_(False)
    is_skeleton = settings.part == "skeleton"
    parameters = list(skeleton_parameters(vae) if is_skeleton else vae.decoder.parameters())
    for parameter in parameters:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(parameters, lr=settings.learning_rate, betas=(0.9, 0.99), weight_decay=0.0)
    first = 0
    if checkpoint.is_file():
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        require_same(
            state.get("settings", {}),
            _record(settings, data),
            what=f"{checkpoint}",
            expected="the settings that it was started with",
            todo="Go on with the same settings, or remove this file to start again.",
        )
        vae.load_state_dict(state["vae"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]
    for step in range(first, settings.num_steps):
        numbers = range(step * settings.batch_size, (step + 1) * settings.batch_size)
        crops = torch.stack([_crop(clip(number), settings, number) for number in numbers])
        crops = crops.to(parameters[0].device)
        _loss(vae, crops, settings, step).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * _share(settings, step)
        optimizer.step()
        optimizer.zero_grad()
        if (step + 1) % settings.checkpoint_every == 0 or step + 1 == settings.num_steps:
            state = {
                "vae": vae.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step + 1,
                "settings": _record(settings, data),
            }
            with written_whole(checkpoint) as temporary:
                torch.save(state, temporary)
        progress(step + 1, settings.num_steps)
    vae.requires_grad_(False)


def _record(settings: DecoderTraining, data: str) -> dict[str, Any]:
    """What must stay the same for a training to go on; how often it is written down may change."""
    values = {**asdict(settings), "data": data}
    del values["checkpoint_every"]
    return values


def _share(settings: DecoderTraining, step: int) -> float:
    """Of the highest learning rate."""
    rise = min(1.0, (step + 1) / settings.warmup_steps)
    return rise * (1 + math.cos(math.pi * step / max(1, settings.num_steps))) / 2


def _crop(video: Tensor, settings: DecoderTraining, number: int) -> Float[Tensor, "3 frame height width"]:
    """A random part of a clip. Any frame may come first: a decoder starts where it is told to."""
    generator = keyed_generator(settings.seed, "crop", number)
    num_frames = 1 + TEMPORAL_REDUCTION * (settings.num_latent_frames - 1)
    if len(video) < num_frames:
        raise TrainingError(
            "clip",
            expected=f"at least {num_frames} frames, a crop's",
            got=f"{len(video)}",
            todo="Give longer clips, or cut fewer latent frames.",
        )
    sizes = (num_frames, *(min(settings.crop * SPATIAL_REDUCTION, side) for side in video.shape[2:]))
    starts = [
        int(torch.randint(length - size + 1, (), generator=generator))
        for size, length in zip(sizes, (len(video), *video.shape[2:]), strict=True)
    ]
    frames, rows, columns = (slice(a, a + size) for a, size in zip(starts, sizes, strict=True))
    return video[frames, :, rows, columns].transpose(0, 1)


def _loss(vae: "AutoencoderKLWan", crops: Tensor, settings: DecoderTraining, step: int) -> Tensor:
    with torch.autocast(crops.device.type, torch.bfloat16):
        with torch.no_grad():
            latents = vae.encode(crops).latent_dist.mode().float()
        generator = keyed_generator(settings.seed, "latent noise", step)
        noise = torch.randn(latents.shape, generator=generator).to(latents.device)
        latents = latents + settings.latent_noise * noise
        if settings.part == "all":
            decoded = vae.decode(latents).sample.float()
    if settings.part == "skeleton":
        decoded = decode_by_skeleton(vae, latents)
    error = decoded - crops
    edges = sum(error.diff(dim=dim).abs().mean() for dim in (-1, -2))
    return error.square().mean() + settings.edge_weight * edges
