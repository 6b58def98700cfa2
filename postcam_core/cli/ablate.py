"""``ablate``: what each part of the design is worth."""

import argparse
from pathlib import Path

from .progress_line import ProgressLine
from .train import add_recipe_arguments, changed_recipe

NAME = "ablate"
HELP = "Train models that lack one part of the design each, and compare them on held-out scenes."

_HELD_OUT_SHARE = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="precomputed shards (see precompute)"
    )
    parser.add_argument(
        "--held-out",
        type=Path,
        metavar="FOLDER",
        help="shards of other scenes to measure with (default: the last tenth of the data's scenes)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="of the results; what it holds is not done again",
    )
    parser.add_argument("--recipe", default="mini", help="family of recipes (default: mini)")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each arm (default: 3)")
    parser.add_argument(
        "--vae", type=Path, metavar="FILE", help="compare sampled videos too, decoded by this VAE"
    )
    add_recipe_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Train what is missing and print the table."""
    from ..training import find_recipe
    from ..training.ablation import ablate
    from ..training.ablation_table import write_ablation
    from ..training.batches import check_made_for
    from ..training.data.shards import ShardPairs
    from ..training.held_out import split_by_scene

    stages = [changed_recipe(find_recipe(f"{arguments.recipe}_stage{stage}"), arguments) for stage in (1, 2)]
    pairs = ShardPairs(arguments.data)
    check_made_for(stages[1], pairs.settings, what=f"{arguments.data}")
    if arguments.held_out is None:
        train_pairs, held_out = split_by_scene(pairs, _HELD_OUT_SHARE)
    else:
        train_pairs = pairs
        held_out = ShardPairs(arguments.held_out)
        check_made_for(stages[1], held_out.settings, what=f"{arguments.held_out}")
    decode = None
    if arguments.vae is not None:
        from ..pipeline import load_wan_vae

        decode = load_wan_vae(arguments.vae).decode
    with ProgressLine(lambda step: f"step {step}") as progress:
        results = ablate(
            *stages,
            train_pairs,
            held_out,
            arguments.out,
            num_steps=stages[0].num_steps,
            num_seeds=arguments.seeds,
            decode=decode,
            progress=progress,
        )
    print(write_ablation(arguments.out, results))
