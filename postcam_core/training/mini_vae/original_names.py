"""Diffusers' names of a Wan 2.1 VAE's weights → those of the original file, which ComfyUI's Load VAE reads.

Diffusers converts in the other direction only; a test makes the round trip through it.
"""

import re
from collections.abc import Mapping

from torch import Tensor

# Three residual blocks and a resampling per level of the decoder, counted through.
_BLOCKS_PER_LEVEL = 4

_LAYERS = {
    r"\.norm1\.gamma$": ".residual.0.gamma",
    r"\.conv1\.(weight|bias)$": r".residual.2.\1",
    r"\.norm2\.gamma$": ".residual.3.gamma",
    r"\.conv2\.(weight|bias)$": r".residual.6.\1",
    r"\.conv_shortcut\.": ".shortcut.",
}
_PLACES = {
    r"^quant_conv\.": "conv1.",
    r"^post_quant_conv\.": "conv2.",
    r"\.mid_block\.resnets\.0\.": ".middle.0.",
    r"\.mid_block\.attentions\.0\.": ".middle.1.",
    r"\.mid_block\.resnets\.1\.": ".middle.2.",
    r"\.norm_out\.": ".head.0.",
    r"\.conv_out\.": ".head.2.",
    r"\.conv_in\.": ".conv1.",
    r"^encoder\.down_blocks\.": "encoder.downsamples.",
}


def original_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under the original names."""
    return {_original(name): tensor for name, tensor in tensors.items()}


def _original(name: str) -> str:
    if match := re.match(r"decoder\.up_blocks\.(\d+)\.(resnets|upsamplers)\.(\d+)\.", name):
        place = int(match[3]) if match[2] == "resnets" else _BLOCKS_PER_LEVEL - 1
        number = _BLOCKS_PER_LEVEL * int(match[1]) + place
        name = f"decoder.upsamples.{number}." + name[match.end() :]
    # The layers first: a block's conv1 is another than the encoder's.
    for pattern, replacement in {**_LAYERS, **_PLACES}.items():
        name = re.sub(pattern, replacement, name)
    return name
