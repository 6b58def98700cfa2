"""The Wan 2.1 VAE outside ComfyUI: a file in the original names, frames in, normalised latents out."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import CheckpointError, ShapeError
from ..weights import other_architecture, read_checkpoint

if TYPE_CHECKING:
    from diffusers import AutoencoderKLWan

SPATIAL_REDUCTION = 8
TEMPORAL_REDUCTION = 4
LATENT_CHANNELS = 16

_WIDTH = "decoder.head.0.gamma"
_WAN_2_2 = "decoder.upsamples.0.upsamples.0.residual.2.weight"


class WanVae:
    """Frames ↔ latents as the transformer sees them: the mean of the encoder, minus Wan's mean, over Wan's deviation.

    Latent frame 0 stands for video frame 0, latent frame i for frames 4i-3 to 4i.

    Args:
        network: Diffusers' network with its weights; it is not safe to be used by two threads at once.
    """

    def __init__(self, network: "AutoencoderKLWan") -> None:
        self._network = network
        weight = network.post_quant_conv.weight
        self.device, self.dtype = weight.device, weight.dtype
        shape, options = (1, LATENT_CHANNELS, 1, 1, 1), {"device": weight.device, "dtype": torch.float32}
        self._mean = torch.tensor(network.config.latents_mean, **options).view(shape)
        self._deviation = torch.tensor(network.config.latents_std, **options).view(shape)

    @torch.no_grad()
    def encode(self, video: Float[Tensor, "frame 3 height width"]) -> Float[Tensor, "16 latent h w"]:
        """Latents of a clip, float32 on the VAE's device.

        Args:
            video: Frames in [-1, 1]: 1, 5, 9, … of them, both sides multiples of 8.

        Raises:
            ShapeError: If number or size of the frames do not fit.
        """
        check_video(video)
        batch = video.to(self.device, self.dtype).transpose(0, 1)[None]
        latents = self._network.encode(batch).latent_dist.mode().float()
        return ((latents - self._mean) / self._deviation)[0]

    @torch.no_grad()
    def decode(self, latents: Float[Tensor, "16 latent h w"]) -> Float[Tensor, "frame 3 height width"]:
        """The clip that latents stand for, in [-1, 1], float32 on the VAE's device.

        Raises:
            ShapeError: If these are no latents.
        """
        if latents.ndim != 4 or latents.shape[0] != LATENT_CHANNELS or 0 in latents.shape:
            raise ShapeError(
                "latents",
                expected=f"[{LATENT_CHANNELS}, frame, height, width]",
                got=f"shape {tuple(latents.shape)}",
                todo="Give the latents of one clip.",
            )
        batch = latents[None].to(self.device, torch.float32) * self._deviation + self._mean
        return self._network.decode(batch.to(self.dtype)).sample[0].transpose(0, 1).float()


def load_wan_vae(
    path: str | Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.bfloat16
) -> WanVae:
    """Load a Wan 2.1 VAE of any width, this project's mini VAE among them.

    Args:
        path: ``wan_2.1_vae.safetensors``, ``Wan2.1_VAE.pth`` or another file with the original names.
        device: Where the weights go.
        dtype: What it computes in. On CPUs bfloat16 is up to eight times faster than float32 for narrow VAEs,
            whose small float32 convolutions PyTorch runs without oneDNN.

    Raises:
        CheckpointError: If the file cannot be read, or its names or shapes are not exactly a Wan 2.1 VAE's.
    """
    from diffusers import AutoencoderKLWan
    from diffusers.loaders.single_file_utils import convert_wan_vae_to_diffusers

    tensors = read_checkpoint(Path(path)).tensors
    _require_wan_vae(tensors, what=f"{path}")
    with torch.device("meta"):
        network = AutoencoderKLWan(base_dim=tensors[_WIDTH].shape[0])
    converted = convert_wan_vae_to_diffusers(dict(tensors))
    wanted = {key: x.shape for key, x in network.state_dict().items()}
    unfit = {key for key in wanted.keys() | converted.keys() if wanted.get(key) != _shape(converted, key)}
    if unfit:
        raise CheckpointError(
            f"{path}",
            expected=f"exactly the {len(wanted)} tensors of a Wan 2.1 VAE of width {tensors[_WIDTH].shape[0]}",
            got=f"{len(unfit)} missing, unexpected or of another shape, {min(unfit)} among them",
            todo="The file is incomplete or another VAE's; download it again.",
        )
    converted = {key: x.to(device, dtype) for key, x in converted.items()}
    network.load_state_dict(converted, strict=True, assign=True)
    return WanVae(network.eval().requires_grad_(False))


def check_video(video: Tensor) -> None:
    """Refuse frames that a Wan VAE cannot encode.

    Raises:
        ShapeError: If it is no clip of 4n+1 frames with sides that divide by 8.
    """
    fits = (
        video.ndim == 4
        and video.shape[1] == 3
        and len(video) % TEMPORAL_REDUCTION == 1
        and all(side > 0 and side % SPATIAL_REDUCTION == 0 for side in video.shape[2:])
    )
    if not fits:
        raise ShapeError(
            "video to encode",
            expected=f"[frame, 3, height, width] with 1, 5, 9, … frames and sides that divide by {SPATIAL_REDUCTION}",
            got=f"shape {tuple(video.shape)}",
            todo="Cut the clip to 4n+1 frames and fit it to such a size first.",
        )


def _shape(tensors: Mapping[str, Tensor], key: str) -> torch.Size | None:
    return tensors[key].shape if key in tensors else None


def _require_wan_vae(tensors: Mapping[str, Tensor], *, what: str) -> None:
    if _WAN_2_2 in tensors:
        got = "the Wan 2.2 VAE, whose latents have 48 channels"
    elif _WIDTH in tensors and tensors[_WIDTH].ndim == 4:
        return
    else:
        got = other_architecture(tensors) or "a PostCam transformer"
    raise CheckpointError(
        what,
        expected="a Wan 2.1 VAE under its original names",
        got=got,
        todo="Choose wan_2.1_vae.safetensors, Wan2.1_VAE.pth or this project's mini VAE.",
    )
