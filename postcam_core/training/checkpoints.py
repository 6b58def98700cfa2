"""Checkpoints: all that a run needs to go on as if it had never stopped."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)

from ..errors import TrainingError
from ..weights import ModelSettings, settings_metadata
from ..weights.settings import TRAINING_KEY
from ..whole_files import written_whole
from .ema import MovingAverage
from .recipes import Recipe
from .same_settings import require_same
from .workers import Workers

_MODEL, _EMA, _OPTIMIZER, _STATE = "model.safetensors", "ema.safetensors", "optimizer.pt", "state.json"
_NAME = re.compile(r"step_(\d{6,})")
_NUM_KEPT = 2
# How often to write or sample does not change what is computed.
_FREE_FIELDS = ("checkpoint_every", "keep_steps", "sample_every")


@dataclass(frozen=True, kw_only=True)
class RunState:
    """Where a run stands, beside its tensors.

    Attributes:
        step: Steps done.
        recipe: The recipe as JSON values.
        data: Fingerprint of the dataset.
        broken: Why pairs are broken, by index.
    """

    step: int
    recipe: dict[str, Any]
    data: str
    broken: dict[int, str]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What training changes.

    Attributes:
        model: The model as it is spread over the processes.
        parameters: Those of its parameters that are trained.
        optimizer: Of these parameters.
        average: Of these parameters; None where the recipe keeps none.
    """

    model: nn.Module
    parameters: list[nn.Parameter]
    optimizer: torch.optim.Optimizer
    average: MovingAverage | None


def recipe_values(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON values."""
    return json.loads(json.dumps(asdict(recipe)))


def checkpoint_at(folder: Path, step: int) -> Path:
    """The folder of a step's checkpoint."""
    return folder / f"step_{step:06d}"


def latest_checkpoint(folder: Path) -> Path | None:
    """The checkpoint folder of the last step; None without any."""
    found = _checkpoints(folder)
    return found[max(found)] if found else None


def read_state(checkpoint: Path) -> RunState:
    """Where the run stood.

    Raises:
        TrainingError: If the file is damaged.
    """
    path = checkpoint / _STATE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        broken = {int(index): str(text) for index, text in values["broken"].items()}
        return RunState(
            step=int(values["step"]), recipe=dict(values["recipe"]), data=str(values["data"]), broken=broken
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(
            f"{path}",
            expected="the state of a training run",
            got=f"{type(error).__name__}: {error}",
            todo="Remove this checkpoint's folder to go on from the one before.",
        ) from error


def check_same_run(state: RunState, recipe: Recipe, data: str, *, what: str) -> None:
    """Refuse to continue a run with another recipe or other data.

    Raises:
        TrainingError: Naming what differs.
    """
    then, now = (
        {key: value for key, value in values.items() if key not in _FREE_FIELDS}
        for values in (state.recipe, recipe_values(recipe))
    )
    require_same(
        then,
        now,
        what=what,
        expected="the recipe that the run was started with",
        todo="Continue with the same values, or start a run in another folder from its weights.",
    )
    if state.data != data:
        raise TrainingError(
            what,
            expected=f"the data that the run was started with ({state.data})",
            got=data,
            todo="Continue with the same data, or start a run in another folder from these weights.",
        )


def save_checkpoint(
    folder: Path, trained: Trained, state: RunState, recipe: Recipe, workers: Workers
) -> None:
    """Write a checkpoint whole, then remove those that are no longer kept. All processes call this together."""
    path = checkpoint_at(folder, state.step)
    options = StateDictOptions(full_state_dict=True, cpu_offload=True)
    optimizer = get_optimizer_state_dict(trained.model, trained.optimizer, options=options)
    model = get_model_state_dict(trained.model, options=options)
    # The moving average takes the model's place for a moment; what was read above must not change with it.
    model = {name: tensor.clone() for name, tensor in model.items()}
    averaged = None
    if trained.average is not None:
        with trained.average.in_place():
            average = get_model_state_dict(trained.model, options=options)
            averaged = {name: tensor.clone() for name, tensor in average.items()}
    if workers.is_main and not path.exists():
        metadata = _metadata(recipe, state.step)
        with written_whole(path) as temporary:
            temporary.mkdir(parents=True)
            save_file(model, temporary / _MODEL, metadata)
            if averaged is not None:
                save_file(averaged, temporary / _EMA, metadata)
            torch.save(optimizer, temporary / _OPTIMIZER)
            (temporary / _STATE).write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
        _remove_old(folder, recipe)
    workers.wait()


def restore(trained: Trained, checkpoint: Path) -> None:
    """Put a checkpoint's tensors where they were."""
    options = StateDictOptions(full_state_dict=True)
    optimizer = torch.load(checkpoint / _OPTIMIZER, map_location="cpu", weights_only=True)
    lenient = StateDictOptions(full_state_dict=True, strict=False)
    set_optimizer_state_dict(trained.model, trained.optimizer, optimizer, options=lenient)
    # Parameters that no gradient has reached yet (the guide's while all steps went without) had no state.
    for name, parameter in trained.model.named_parameters():
        if name.removeprefix("module.") not in optimizer["state"]:
            trained.optimizer.state.pop(parameter, None)
    if trained.average is not None:
        set_model_state_dict(trained.model, load_file(checkpoint / _EMA), options=options)
        trained.average.restart()
    # Last, for making room for the optimizer's state takes a step of it.
    set_model_state_dict(trained.model, load_file(checkpoint / _MODEL), options=options)


def remove_leftovers(folder: Path) -> None:
    """Remove what a process that was killed while writing left behind."""
    for path in folder.glob(".*.tmp*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def weights_of(checkpoint: Path) -> Path:
    """The weights to use: the moving average where there is one."""
    average = checkpoint / _EMA
    return average if average.is_file() else checkpoint / _MODEL


def _checkpoints(folder: Path) -> dict[int, Path]:
    matches = {path: _NAME.fullmatch(path.name) for path in folder.glob("step_*")}
    return {int(match[1]): path for path, match in matches.items() if match and (path / _STATE).is_file()}


def _remove_old(folder: Path, recipe: Recipe) -> None:
    found = _checkpoints(folder)
    for step in sorted(found)[:-_NUM_KEPT]:
        if step not in recipe.keep_steps:
            shutil.rmtree(found[step])


def _metadata(recipe: Recipe, step: int) -> Mapping[str, str]:
    settings = ModelSettings(config=recipe.model, guide_scale=recipe.guide_scale, shift=recipe.shift)
    training = {"recipe": recipe.name, "stage": recipe.stage, "step": step}
    return {**settings_metadata(settings), TRAINING_KEY: json.dumps(training)}
