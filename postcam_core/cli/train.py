"""``train``: a recipe and data → a model."""

import argparse
import json
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import OperationCancelled, TrainingError
from .progress_line import ProgressLine

if TYPE_CHECKING:
    from ..training import Recipe

NAME = "train"
HELP = (
    "Train a model by a recipe, or go on with a run that stopped. "
    "With several processes: accelerate launch -m postcam_core train …"
)

T = TypeVar("T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("recipe", help="mini_stage1, mini_stage2, wan_1_3b_stage1, …; a wrong name lists all")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="precomputed shards (see precompute)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="RUN",
        help="folder of the run; if it holds checkpoints, the run goes on",
    )
    parser.add_argument(
        "--initial",
        type=Path,
        metavar="WEIGHTS",
        help="weights to start from: a checkpoint or the backbone's",
    )
    parser.add_argument(
        "--from-scratch",
        action="store_true",
        help="do without the weights that the recipe requires to start from",
    )
    parser.add_argument(
        "--vae", type=Path, metavar="FILE", help="draw samples as the run goes on, decoded by this VAE"
    )
    parser.add_argument("--fsdp", action="store_true", help="spread the model over the processes (FSDP2)")
    add_recipe_arguments(parser)


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that change a recipe."""
    parser.add_argument("--steps", type=int, help="steps in all (default: the recipe's)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="change a value of the recipe, or of its model: --set batch_size=4 --set model.num_layers=2",
    )


def run(arguments: argparse.Namespace) -> None:
    """Train and report."""
    from ..training import find_recipe
    from ..training.batches import Batches, check_made_for
    from ..training.data.shards import ShardPairs
    from ..training.loop import FINISHED, train

    recipe = changed_recipe(find_recipe(arguments.recipe), arguments)
    if arguments.from_scratch:
        recipe = replace(recipe, requires=None)
    dataset, sampler = ShardPairs(arguments.data), None
    check_made_for(recipe, dataset.settings, what=f"{arguments.data}")
    if arguments.vae is not None:
        from ..pipeline import load_wan_vae
        from ..training.sample_pair import strip_sampler

        sampler = strip_sampler(Batches(recipe, dataset).pair(0), recipe, load_wan_vae(arguments.vae).decode)
    with ProgressLine(lambda step: f"step {step}") as progress:
        outcome = train(
            recipe,
            dataset,
            arguments.out,
            initial=arguments.initial,
            sampler=sampler,
            progress=progress,
            is_sharded=arguments.fsdp,
        )
    print(f"{outcome.why} after step {outcome.step}: {outcome.checkpoint}")
    if outcome.why != FINISHED:
        # Scripts must not go on with weights of half a run.
        raise OperationCancelled


def changed_recipe(recipe: "Recipe", arguments: argparse.Namespace) -> "Recipe":
    """The recipe with the values that the command line gives.

    Raises:
        TrainingError: If a field is unknown or a value is not of its kind.
    """
    for text in arguments.set:
        path, separator, value = text.partition("=")
        if not separator:
            raise TrainingError("--set", expected="FIELD=VALUE", got=f"{text!r}", todo="Write it so.")
        recipe = _changed(recipe, path.split("."), _value(value), text)
    return recipe if arguments.steps is None else replace(recipe, num_steps=arguments.steps)


def _changed(settings: T, path: list[str], value: Any, text: str) -> T:
    from pydantic import TypeAdapter, ValidationError

    name, *rest = path
    kinds = {field.name: field.type for field in fields(settings)}
    if name not in kinds:
        raise TrainingError(
            "--set", expected=f"one of {', '.join(kinds)}", got=f"{text!r}", todo="Choose one."
        )
    old = getattr(settings, name)
    if rest and is_dataclass(old):
        return replace(settings, **{name: _changed(old, rest, value, text)})
    try:
        if rest or is_dataclass(old):
            raise ValueError(text)
        value = TypeAdapter(kinds[name]).validate_python(value, strict=True)
    except (ValidationError, ValueError) as error:
        raise TrainingError(
            "--set", expected=f"{name} to be like {old!r}", got=f"{text!r}", todo="Give a value of this kind."
        ) from error
    return replace(settings, **{name: value})


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return tuple(value) if isinstance(value, list) else value
