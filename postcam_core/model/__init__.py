"""The diffusion transformer of PostCam: query-shared attention to poses and guide. See docs/parity.md."""

import importlib
from typing import Any

from .attention import AttentionFn, KeysValues, sdpa
from .conditions import Conditions
from .config import GuideRope, PostCamConfig
from .flops import FlopEstimate, estimate_flops
from .initialize import initialize
from .transformer import PostCamTransformer

__all__ = [
    "AttentionFn",
    "Conditions",
    "FlopEstimate",
    "GuideRope",
    "KeysValues",
    "PostCamConfig",
    "PostCamTransformer",
    "estimate_flops",
    "initialize",
    "load_transformer",
    "sdpa",
]


def __getattr__(name: str) -> Any:
    # Reading files is the business of weights, which stands above model; here it is only a shorter name.
    if name == "load_transformer":
        return importlib.import_module("..weights", __name__).load_transformer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
