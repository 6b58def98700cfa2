"""Wan 2.1's text encoder outside ComfyUI: a folder of UMT5 and its tokenizer, a caption in, embeddings out."""

import hashlib
import html
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import CheckpointError
from ..weights.checksum import sha256_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, UMT5EncoderModel

NUM_WORDS = 512
"""Tokens of every text, of which those after its end are zeros: so Wan 2.1 was trained."""

_WEIGHTS = "model*.safetensors"


class WanTextEncoder:
    """A caption → what Wan's text attention reads.

    Source: diffusers' ``WanPipeline._get_t5_prompt_embeds`` with its pipeline's 512 tokens: HTML entities resolved
    twice, white space collapsed, padded or cut to 512 tokens, padding masked, rows after the end zeroed.
    differs: broken Unicode is not repaired, as diffusers does where the package ftfy happens to be installed;
    a caption has the same embeddings on all machines.

    Args:
        network: Transformers' encoder with its weights.
        tokenizer: The one that the encoder was trained with; it is not safe to be used by two threads at once.
    """

    def __init__(self, network: "UMT5EncoderModel", tokenizer: "PreTrainedTokenizerBase") -> None:
        self._network, self._tokenizer = network, tokenizer
        self.width: int = network.config.d_model

    @torch.no_grad()
    def encode(self, caption: str) -> Float[Tensor, "512 text_dim"]:
        """Embeddings of a caption, float32 on the encoder's device; a long one is cut."""
        text = " ".join(html.unescape(html.unescape(caption)).split())
        words = self._tokenizer(
            text,
            padding="max_length",
            max_length=NUM_WORDS,
            truncation=True,
            return_attention_mask=True,
            return_tensors="pt",
        ).to(self._network.device)
        embeddings = self._network(words.input_ids, words.attention_mask).last_hidden_state
        return embeddings[0].float().masked_fill(words.attention_mask[0, :, None] == 0, 0.0)


def load_text_encoder(
    folder: str | Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.bfloat16
) -> WanTextEncoder:
    """Load a UMT5 encoder of any width; nothing is downloaded.

    Args:
        folder: Has ``config.json``, ``model*.safetensors`` and ``tokenizer.json``; or, as Wan 2.1 is published for
            diffusers, the first two in ``text_encoder`` and the last in ``tokenizer``.
        device: Where the weights go.
        dtype: What it computes in.

    Raises:
        CheckpointError: If the folder has no such files, they cannot be read, or they are another model's.
    """
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoTokenizer, UMT5EncoderModel

    model, words = _model_folder(folder), _tokenizer_folder(folder)
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(model, **local)
        _require(config.model_type == "umt5", folder, got=f"a model of the type {config.model_type!r}")
        network, found = UMT5EncoderModel.from_pretrained(
            model, config=config, use_safetensors=True, output_loading_info=True, **local
        )
        tokenizer = AutoTokenizer.from_pretrained(words, **local)
    except CheckpointError:
        raise
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise _unfit(folder, got=f"{type(error).__name__}: {error}"[:200]) from error
    # Transformers itself only warns, and goes on with random numbers.
    missing = sorted(found["missing_keys"])
    _require(not missing, folder, got=f"weights without {missing[:1]} and {len(missing) - 1} more")
    _require(
        len(tokenizer) <= config.vocab_size,
        folder,
        got=f"a tokenizer of {len(tokenizer)} words for a model of {config.vocab_size}",
    )
    # Transformers 5.0 and 5.1 leave the encoder's second name of its word embeddings at zero.
    network.set_input_embeddings(network.get_input_embeddings())
    return WanTextEncoder(network.to(device, dtype).eval().requires_grad_(False), tokenizer)


def text_encoder_sha256(folder: str | Path) -> str:
    """What tells one encoder's weights from another's: SHA-256 of the SHA-256 of its files, in the order of names.

    Raises:
        CheckpointError: If the folder has no weights.
    """
    paths = sorted(_model_folder(folder).glob(_WEIGHTS))
    return hashlib.sha256("".join(map(sha256_of, paths)).encode()).hexdigest()


def _model_folder(folder: str | Path) -> Path:
    for place in (Path(folder), Path(folder) / "text_encoder"):
        if (place / "config.json").is_file() and any(place.glob(_WEIGHTS)):
            return place
    raise _unfit(folder, got=f"no config.json with {_WEIGHTS} beside it")


def _tokenizer_folder(folder: str | Path) -> Path:
    for place in (Path(folder), Path(folder) / "tokenizer"):
        if (place / "tokenizer.json").is_file():
            return place
    raise _unfit(folder, got="no tokenizer.json")


def _require(fits: bool, folder: str | Path, *, got: str) -> None:
    if not fits:
        raise _unfit(folder, got=got)


def _unfit(folder: str | Path, *, got: str) -> CheckpointError:
    return CheckpointError(
        f"{folder}",
        expected="a folder with a UMT5 text encoder and its tokenizer",
        got=got,
        todo="Give a folder with text_encoder and tokenizer of Wan-AI/Wan2.1-T2V-1.3B-Diffusers.",
    )
