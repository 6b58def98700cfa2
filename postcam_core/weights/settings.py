"""What a checkpoint says about its model beside the weights, where ComfyUI's own loader looks for it."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import CheckpointError
from ..model import PostCamConfig

MODEL_TYPE = "postcam"
# Under this key training notes which stages a model went through.
TRAINING_KEY = "postcam_training"
_IMAGE_MODEL = "wan2.1"
_DEFAULTS = PostCamConfig()


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """A model's sizes and how it is meant to be used.

    Attributes:
        config: Sizes and guide positions.
        guide_scale: Height and width of the guide as a fraction of the source's.
        shift: Shift of the flow-matching schedule.

    Raises:
        CheckpointError: If the guide would be larger than the source, or the shift is not above 0.
    """

    config: PostCamConfig
    guide_scale: float = 0.25
    shift: float = 5.0

    def __post_init__(self) -> None:
        if not (0 < self.guide_scale <= 1 and 0 < self.shift < math.inf):
            raise CheckpointError(
                "model settings",
                expected="a guide_scale above 0 and at most 1, a shift above 0",
                got=f"guide_scale {self.guide_scale}, shift {self.shift}",
                todo="The released model uses 0.25 and 5.",
            )


def stored_values(metadata: Mapping[str, str], *, what: str) -> dict[str, Any]:
    """What the metadata says about the model: fields of the config, ``guide_scale`` and ``shift``.

    Reads the JSON under ``config``, as one object or one level down under ``transformer``, where ComfyUI
    looks. Empty without metadata; values that belong to other programs are left out.

    Raises:
        CheckpointError: If it is no such JSON, or a value has the wrong type.
    """
    if "config" not in metadata:
        return {}
    text = metadata["config"]
    try:
        stored = json.loads(text)
        stored = stored.get("transformer", stored)
        values = {key: stored[key] for key in _examples() if key in stored}
    except (ValueError, AttributeError, TypeError) as error:
        raise _unreadable(what, text) from error
    wrong = [key for key, value in values.items() if not _is_like(value, _examples()[key])]
    if wrong:
        raise _unreadable(what, f"{wrong[0]} = {values[wrong[0]]!r}")
    if "patch_size" in values:
        values["patch_size"] = tuple(values["patch_size"])
    return values


def settings_metadata(settings: ModelSettings) -> dict[str, str]:
    """Metadata that makes ComfyUI's Load Diffusion Model recognise the file, and that :func:`stored_values` reads."""
    transformer = {
        "model_type": MODEL_TYPE,
        "image_model": _IMAGE_MODEL,
        **asdict(settings.config),
        "guide_scale": settings.guide_scale,
        "shift": settings.shift,
    }
    return {"format": MODEL_TYPE, "config": json.dumps({"transformer": transformer})}


def names_model_type(metadata: Mapping[str, str]) -> bool:
    """Whether ComfyUI's own loader reads from this metadata that the model is PostCam's."""
    try:
        return json.loads(metadata["config"])["transformer"]["model_type"] == MODEL_TYPE
    except (KeyError, ValueError, TypeError):
        return False


def _examples() -> dict[str, Any]:
    config = {field.name: getattr(_DEFAULTS, field.name) for field in fields(PostCamConfig)}
    return {**config, "guide_scale": ModelSettings.guide_scale, "shift": ModelSettings.shift}


def _is_like(value: Any, example: Any) -> bool:
    if isinstance(example, tuple):
        is_list = isinstance(value, list) and len(value) == len(example)
        return is_list and all(_is_like(*pair) for pair in zip(value, example, strict=True))
    if isinstance(example, str):
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) if isinstance(example, int) else 0 < value < math.inf


def _unreadable(what: str, got: str) -> CheckpointError:
    return CheckpointError(
        f"{what}: config in the metadata",
        expected="a JSON object with the model's sizes",
        got=got[:80],
        todo="Convert the checkpoint again.",
    )
