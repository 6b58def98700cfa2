"""The Wan 2.1 VAE outside ComfyUI: a file in the original names, frames in, normalised latents out."""

from collections.abc import Iterable, Iterator, Mapping
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

    def encode(self, video: Float[Tensor, "frame 3 height width"]) -> Float[Tensor, "16 latent h w"]:
        """Latents of a clip, float32 on the VAE's device.

        Args:
            video: Frames in [-1, 1]: 1, 5, 9, … of them, both sides multiples of 8.

        Raises:
            ShapeError: If number or size of the frames do not fit.
        """
        check_video(video)
        return torch.cat(list(self.encode_stream([video])), dim=1)

    @torch.no_grad()
    def encode_stream(
        self, pieces: Iterable[Float[Tensor, "piece 3 height width"]]
    ) -> Iterator[Float[Tensor, "16 1 h w"]]:
        """Latent frames of a clip that comes in pieces, each as soon as its frames are there.

        The encoder looks back, never ahead, and what it looks back at is kept from frame to frame: the latents are
        those of :meth:`encode`, however the clip is cut. Several streams may run at once.

        Args:
            pieces: Any numbers of frames in [-1, 1]; 1, 5, 9, … together.

        Raises:
            ShapeError: If the size of the frames or their number in the end do not fit.
        """
        seen = _memory_of(self._network.encoder)
        for frames in _frames_by_latent(pieces):
            batch = frames.to(self.device, self.dtype).transpose(0, 1)[None]
            features = self._network.encoder(batch, feat_cache=seen, feat_idx=[0])
            mean = self._network.quant_conv(features)[:, :LATENT_CHANNELS].float()
            yield ((mean - self._mean) / self._deviation)[0]

    def decode(self, latents: Float[Tensor, "16 latent h w"]) -> Float[Tensor, "frame 3 height width"]:
        """The clip that latents stand for, in [-1, 1], float32 on the VAE's device.

        Raises:
            ShapeError: If these are no latents.
        """
        return torch.cat(list(self.decode_stream(latents)))

    @torch.no_grad()
    def decode_stream(
        self, latents: Float[Tensor, "16 latent h w"]
    ) -> Iterator[Float[Tensor, "piece 3 height width"]]:
        """Frames of :meth:`decode` as they are made: one of the first latent frame, then four of each.

        Raises:
            ShapeError: If these are no latents.
        """
        _check_latents(latents)
        seen = _memory_of(self._network.decoder)
        for index in range(latents.shape[1]):
            batch = latents[None, :, index : index + 1].to(self.device, torch.float32)
            batch = (batch * self._deviation + self._mean).to(self.dtype)
            frames = self._network.decoder(
                self._network.post_quant_conv(batch), feat_cache=seen, feat_idx=[0], first_chunk=index == 0
            )
            yield frames[0].clamp(-1, 1).transpose(0, 1).float()


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
    _check_frames(video)
    if len(video) % TEMPORAL_REDUCTION != 1:
        raise _unfit_video(f"shape {tuple(video.shape)}")


def _frames_by_latent(pieces: Iterable[Tensor]) -> Iterator[Tensor]:
    """The frames of each latent frame: one, then four and four."""
    waiting, wanted = None, 1
    for piece in pieces:
        _check_frames(piece)
        waiting = piece if waiting is None else torch.cat([waiting, piece])
        while len(waiting) >= wanted:
            yield waiting[:wanted]
            waiting, wanted = waiting[wanted:], TEMPORAL_REDUCTION
    if waiting is None or len(waiting):
        raise _unfit_video("no frames" if waiting is None else f"{len(waiting)} frames too many")


def _memory_of(network: torch.nn.Module) -> list[Tensor | None]:
    """Empty places for what causal layers keep of earlier frames; diffusers gives each such layer a number."""
    return [None] * sum(1 for _ in network.modules())


def _check_frames(frames: Tensor) -> None:
    is_picture = frames.ndim == 4 and frames.shape[1] == 3
    if not is_picture or any(side == 0 or side % SPATIAL_REDUCTION for side in frames.shape[2:]):
        raise _unfit_video(f"shape {tuple(frames.shape)}")


def _unfit_video(got: str) -> ShapeError:
    return ShapeError(
        "video to encode",
        expected=f"[frame, 3, height, width] with 1, 5, 9, … frames and sides that divide by {SPATIAL_REDUCTION}",
        got=got,
        todo="Cut the clip to 4n+1 frames and fit it to such a size first.",
    )


def _check_latents(latents: Tensor) -> None:
    if latents.ndim != 4 or latents.shape[0] != LATENT_CHANNELS or 0 in latents.shape:
        raise ShapeError(
            "latents",
            expected=f"[{LATENT_CHANNELS}, frame, height, width]",
            got=f"shape {tuple(latents.shape)}",
            todo="Give the latents of one clip.",
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
