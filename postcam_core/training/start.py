"""What a run starts from."""

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeAlias

from ..errors import CheckpointError, TrainingError
from ..model import PostCamConfig, PostCamTransformer, initialize
from ..weights import check_tensors, read_checkpoint, settings_of
from ..weights.files import Checkpoint
from ..weights.settings import TRAINING_KEY
from .guided_start import start_from_guide
from .recipes import NEW_MODULES, Recipe

BuildFn: TypeAlias = Callable[[PostCamConfig], PostCamTransformer]


def starting_model(recipe: Recipe, initial: Path | None, build: BuildFn) -> PostCamTransformer:
    """A model in float32 with the weights that the recipe starts from.

    Args:
        recipe: Of the run.
        initial: A PostCam checkpoint, or weights of the backbone alone; what PostCam adds is then new and has
            no say until the projectors, which are zero, have learned. None for a random start.
        build: Makes the model.

    Raises:
        TrainingError: If the recipe requires other weights than these.
        CheckpointError: If the file cannot be read, or matches the model in part only.
    """
    model = build(recipe.model)
    initialize(model, seed=recipe.seed)
    if initial is None:
        if recipe.requires is not None:
            raise _unmet(recipe, "no weights")
        if recipe.start == "guide":
            start_from_guide(model)
        return model
    checkpoint = read_checkpoint(initial)
    is_backbone = not any(_is_new(name) for name in checkpoint.tensors)
    if recipe.requires == "stage 1" and _trained_stage(checkpoint) < 1:
        raise _unmet(recipe, f"{initial}, which does not say that it went through stage 1")
    tensors = dict(checkpoint.tensors)
    if is_backbone:
        tensors |= {name: x for name, x in model.state_dict().items() if _is_new(name)}
    check_tensors(tensors, model, what=f"{initial}")
    if not is_backbone:
        _check_settings(checkpoint, recipe, what=f"{initial}")
    model.load_state_dict(tensors)
    return model


def _is_new(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in NEW_MODULES)


def _trained_stage(checkpoint: Checkpoint) -> int:
    try:
        return int(json.loads(checkpoint.metadata[TRAINING_KEY])["stage"])
    except (KeyError, ValueError, TypeError):
        return 0


def _check_settings(checkpoint: Checkpoint, recipe: Recipe, *, what: str) -> None:
    """Shapes do not show heads, norms and guide positions; the metadata may."""
    if "config" not in checkpoint.metadata:
        return
    config = settings_of(checkpoint, what=what).config
    if config != recipe.model:
        raise CheckpointError(
            what,
            expected=f"weights of {recipe.model}",
            got=f"{config}",
            todo="Start from weights of the same model, or change the recipe's.",
        )


def _unmet(recipe: Recipe, got: str) -> TrainingError:
    wanted = {
        "backbone": "the backbone's weights (Wan 2.1 T2V 1.3B) to start from",
        "stage 1": "a checkpoint of stage 1 to start from",
    }
    return TrainingError(
        f"recipe {recipe.name}",
        expected=wanted[recipe.requires],
        got=got,
        todo="Give them with --initial, or do without by --from-scratch.",
    )
