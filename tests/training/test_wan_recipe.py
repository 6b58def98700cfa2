from dataclasses import replace

import pytest
import torch

from postcam_core.model import PostCamTransformer
from postcam_core.training import Recipe, find_recipe
from postcam_core.training.batches import Batches
from postcam_core.training.checkpoints import Trained
from postcam_core.training.optimizer import make_optimizer
from postcam_core.training.start import starting_model
from postcam_core.training.step import take_step
from postcam_core.training.trainable import select_trainable
from postcam_core.training.workers import Workers
from tests.oracles.tiny_training import RandomPairs

FROZEN = (
    "patch_embedding",
    "text_embedding",
    "time_",
    "head",
    ".cross_attn.",
    ".ffn.",
    "norm3",
    "modulation",
)
BEHIND_THE_PROJECTOR = ("cam_encoder", ".cross_attn_cam.")
GUIDE = (".k_render.", ".v_render.")


class Captioned(RandomPairs):
    def __getitem__(self, index: int):
        text = torch.randn(512, 4096, generator=torch.Generator().manual_seed(index))
        return replace(super().__getitem__(index), text=text)


def _is_in(name: str, parts: tuple[str, ...]) -> bool:
    return any(part in f".{name}" if part.startswith(".") else part in name for part in parts)


@pytest.mark.parametrize("stage", [1, 2])
def test_exactly_the_intended_parameters_change(stage: int) -> None:
    """Real widths, real text, bfloat16 and checkpointing; one block and few tokens."""
    real = find_recipe(f"wan_1_3b_stage{stage}")
    # Without weight decay, which would also move what has no gradient yet.
    recipe = replace(
        real, requires=None, model=replace(real.model, num_layers=1), height=64, width=96, num_frames=5,
        batch_size=1, weight_decay=0.0,
    )  # fmt: skip
    model = starting_model(recipe, None, PostCamTransformer)
    with torch.no_grad():  # a pretrained head is not zero; nothing would be learned behind one that is
        model.head.head.weight.normal_(std=0.02, generator=torch.Generator().manual_seed(0))
    first, second = _changes_of_two_steps(model, recipe)
    names = {name for name, _ in model.named_parameters()}
    frozen = {name for name in names if _is_in(name, FROZEN) or (stage == 1 and _is_in(name, GUIDE))}
    behind = {name for name in names - frozen if _is_in(name, BEHIND_THE_PROJECTOR)}
    assert first == names - frozen - behind
    assert second == names - frozen
    assert {name.split(".")[2] for name in first} == {"self_attn", "projector"}
    assert len(behind) == (20 if stage == 1 else 24)


def _changes_of_two_steps(model: PostCamTransformer, recipe: Recipe) -> list[set[str]]:
    """The names of the parameters that each of two steps changes."""
    select_trainable(model, recipe)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    workers = Workers(recipe, is_sharded=False)
    optimizer = make_optimizer(parameters, recipe, is_sharded=False)
    trained = Trained(model=workers.spread(model), parameters=parameters, optimizer=optimizer, average=None)
    batches = Batches(recipe, Captioned(recipe=recipe))
    changes = []
    for step in range(2):
        before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
        loss, norm = take_step(
            trained, batches.of_step(step), recipe, workers, step=step, rate=recipe.learning_rate
        )
        assert loss > 0 and norm > 0
        after = model.named_parameters()
        changes.append({name for name, parameter in after if not torch.equal(parameter, before[name])})
    return changes
