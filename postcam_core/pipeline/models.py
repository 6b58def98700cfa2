"""The networks of a recapture, loaded together: transformer, VAE and, where there is text, its encoder."""

from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import CheckpointError
from ..model import PostCamTransformer
from ..weights import ModelSettings, load_transformer, read_checkpoint, settings_of
from .sizes import RELEASED_AREA
from .text_encoder import WanTextEncoder, load_text_encoder
from .wan_vae import WanVae, load_wan_vae

_MINI = Path(__file__).parents[2] / "assets" / "mini"
MINI_TRANSFORMER = _MINI / "diffusion_models" / "postcam_mini.safetensors"
MINI_VAE = _MINI / "vae" / "postcam_mini_vae.safetensors"

_MINI_AREA = 96 * 160


@dataclass(frozen=True, kw_only=True)
class RecaptureModels:
    """What a recapture computes with.

    Attributes:
        transformer: On the device that all of it runs on.
        settings: Of the transformer's checkpoint.
        vae: Encodes source and guide, decodes the result.
        text: Embeds the prompt; None for a model that is sampled without text.
    """

    transformer: PostCamTransformer
    settings: ModelSettings
    vae: WanVae
    text: WanTextEncoder | None = None

    @property
    def device(self) -> torch.device:
        """Where the transformer lies."""
        return self.transformer.patch_embedding.weight.device

    @property
    def is_small(self) -> bool:
        """Whether it is narrower than the released model, as those trained here without text are."""
        return self.settings.config.dim < type(self.settings.config)().dim

    @property
    def area(self) -> int:
        """Pixels of a frame that the model was trained at, about."""
        return _MINI_AREA if self.is_small else RELEASED_AREA

    def embed(self, prompt: str) -> Float[Tensor, "1 word text_dim"]:
        """The prompt as the transformer reads it; without an encoder, zeros.

        Raises:
            CheckpointError: If there is a prompt and no encoder.
        """
        self.check_prompt(prompt)
        if self.text is not None:
            return self.text.encode(prompt)[None].to(self.device)
        return torch.zeros(1, 1, self.settings.config.text_dim, device=self.device)

    def check_prompt(self, prompt: str) -> None:
        """Refuse a prompt that nobody reads, without embedding it.

        Raises:
            CheckpointError: If there is a prompt and no encoder.
        """
        if prompt and self.text is None:
            raise CheckpointError(
                "prompt",
                expected="a text encoder to read it",
                got="none",
                todo="Give --text-encoder, the folder of Wan 2.1's UMT5, or leave the prompt out.",
            )


def load_models(
    transformer_path: str | Path | None = None,
    vae_path: str | Path | None = None,
    text_encoder: str | Path | None = None,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.bfloat16,
) -> RecaptureModels:
    """Load from files; nothing is downloaded.

    Args:
        transformer_path: A PostCam checkpoint; None takes the bundled mini model, VAE and all.
        vae_path: The Wan 2.1 VAE that the transformer was trained with.
        text_encoder: A folder with UMT5 and its tokenizer; None samples without text.
        device: Where to compute.
        dtype: What to compute in.

    Raises:
        CheckpointError: If a file is missing, cannot be read or is another model's; if only one of transformer
            and VAE is given; if the text encoder's width is not the transformer's; if there is no such device.
    """
    _check_device(device)
    if (transformer_path is None) != (vae_path is None):
        raise CheckpointError(
            "models",
            expected="a transformer and the VAE that it was trained with, or neither",
            got="only the " + ("VAE" if transformer_path is None else "transformer"),
            todo=f"Give both; the VAE of mini models is {MINI_VAE}.",
        )
    path = MINI_TRANSFORMER if transformer_path is None else Path(transformer_path)
    settings = settings_of(read_checkpoint(path), what=f"{path}")
    text = None if text_encoder is None else load_text_encoder(text_encoder, device=device, dtype=dtype)
    if text is not None and text.width != settings.config.text_dim:
        raise CheckpointError(
            f"{text_encoder}",
            expected=f"a text encoder of {settings.config.text_dim} numbers per word, as {path.name} was trained with",
            got=f"{text.width}",
            todo="Leave the text encoder out for the mini model; the released one wants UMT5-XXL.",
        )
    return RecaptureModels(
        transformer=load_transformer(path, settings.config, device=device, dtype=dtype),
        settings=settings,
        vae=load_wan_vae(MINI_VAE if vae_path is None else vae_path, device=device, dtype=dtype),
        text=text,
    )


def _check_device(device: torch.device | str) -> None:
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # an unknown name; a torch that was built without it
        raise CheckpointError(
            "device",
            expected="one that this machine and its torch have, such as cpu or cuda",
            got=f"{device}: {error}".splitlines()[0][:120],
            todo="Choose another, or leave it out.",
        ) from error
