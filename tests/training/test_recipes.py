import argparse
from dataclasses import replace

import pytest
import torch

from postcam_core.cli.train import add_recipe_arguments, changed_recipe
from postcam_core.errors import TrainingError
from postcam_core.model import PostCamTransformer
from postcam_core.training import RECIPES, find_recipe
from postcam_core.training.optimizer import learning_rate
from postcam_core.training.recipes import Recipe
from postcam_core.training.trainable import select_trainable
from tests.oracles.tiny_training import TINY


def _changed(recipe: Recipe, *words: str) -> Recipe:
    parser = argparse.ArgumentParser()
    add_recipe_arguments(parser)
    return changed_recipe(recipe, parser.parse_args(words))


def _trained(recipe: Recipe) -> set[str]:
    with torch.device("meta"):
        model = PostCamTransformer(replace(recipe.model, num_layers=1))
    select_trainable(model, recipe)
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_found_by_the_name_it_bears(name: str) -> None:
    assert find_recipe(name).name == name
    assert find_recipe(name).requires != ("stage 1" if name.endswith("stage1") else None)


def test_stage_2_trains_the_guides_keys_and_values_on_top_of_stage_1() -> None:
    for family in ("wan_1_3b", "mini"):
        first, second = (_trained(find_recipe(f"{family}_stage{stage}")) for stage in (1, 2))
        assert {name.split(".", 2)[2] for name in second - first} == {
            f"cross_attn_cam.{part}.{leaf}"
            for part in ("k_render", "v_render")
            for leaf in ("weight", "bias")
        }
        assert first < second


def test_the_backbone_of_wan_is_frozen_but_for_self_attention() -> None:
    parts = {
        ".".join(name.split(".")[2:3] or name.split(".")[:1])
        for name in _trained(find_recipe("wan_1_3b_stage1"))
    }
    outside = {name.split(".")[0] for name in _trained(find_recipe("wan_1_3b_stage1"))}
    assert outside == {"blocks", "cam_encoder"}
    assert {"self_attn", "cross_attn_cam", "projector"} <= parts
    assert not parts & {"cross_attn", "ffn", "norm3", "modulation"}


def test_everything_is_trained_in_the_mini_model() -> None:
    with torch.device("meta"):
        model = PostCamTransformer(replace(find_recipe("mini_stage2").model, num_layers=1))
    assert _trained(find_recipe("mini_stage2")) == {name for name, _ in model.named_parameters()}


def test_the_learning_rate_rises_then_falls_to_nothing() -> None:
    recipe = replace(TINY, learning_rate=1.0, warmup_steps=4, num_steps=104, decay="cosine")
    rates = [learning_rate(recipe, step) for step in range(105)]
    assert rates[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert rates[54] == pytest.approx(0.5) and rates[104] == pytest.approx(0)
    assert {learning_rate(replace(recipe, decay="constant"), step) for step in range(4, 104)} == {1.0}


def test_the_command_line_changes_a_recipe() -> None:
    recipe = _changed(
        TINY, "--steps", "7", "--set", "batch_size=2", "--set", "model.num_layers=1", "--set", "betas=[0.8, 0.9]",
        "--set", "decay=constant", "--set", "ema_decay=null", "--set", "noisy_depth=0.5", "--set", "shift=2",
    )  # fmt: skip
    model = replace(TINY.model, num_layers=1)
    assert recipe == replace(
        TINY, num_steps=7, batch_size=2, model=model, betas=(0.8, 0.9), decay="constant", ema_decay=None,
        noisy_depth=0.5, shift=2,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("batch_size", "FIELD=VALUE"),
        ("batchsize=3", "one of name, model"),
        ("batch_size=many", "like 4"),
        ("batch_size=1.5", "like 4"),
        ("gradient_checkpointing=1", "like False"),
        ("model=3", "model to be like"),
        ("seed.x=3", "seed to be like"),
        ("stage=3", "stage to be like 2"),
        ("batch_size=null", "like 4"),
        ("num_steps=0", "at least one step"),
        ("trainable=some", "trainable to be like"),
        ("width=50", "divide by 16"),
        ("pose_dropout=1.0", "dropout"),
        ("decay=linear", "decay"),
        ("guide_scale=2", "guide_scale above 0"),
        ("betas=[0.9, 1.0]", "betas of at least 0"),
        ("noisy_depth=-1", "noisy_depth of 0 or more"),
    ],
)
def test_values_that_make_no_sense_are_refused(text: str, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        _changed(TINY, "--set", text)


@pytest.mark.parametrize(
    "change", [{"stage": 3}, {"decay": "linear"}, {"requires": "luck"}, {"trainable": "some"}]
)
def test_recipes_check_themselves(change: dict) -> None:
    with pytest.raises(TrainingError, match=f"{next(iter(change))} "):
        replace(TINY, **change)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(TrainingError, match="wan_1_3b_stage1"):
        find_recipe("wan_14b")
    with torch.device("meta"):
        model = PostCamTransformer(TINY.model)
    with pytest.raises(TrainingError, match="'blocks.\\*.attn.\\*'"):
        select_trainable(model, replace(TINY, trainable=("blocks.*.attn.*",)))
