from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from postcam_core.errors import CheckpointError, TrainingError
from postcam_core.model import PostCamTransformer
from postcam_core.training.loop import train
from postcam_core.training.start import starting_model
from postcam_core.weights import load_transformer, summarize_checkpoint
from tests.oracles.tiny_training import TINY, RandomPairs

STAGE_1 = replace(TINY, name="tiny_stage1", stage=1, num_steps=2, guide_dropout=0.0, ema_decay=None)
STAGE_2 = replace(TINY, name="tiny_stage2", requires="stage 1", num_steps=1)


@pytest.fixture(scope="module")
def stage_1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outcome = train(STAGE_1, RandomPairs(), tmp_path_factory.mktemp("stage_1"))
    return outcome.checkpoint / "model.safetensors"


def _start(recipe, initial: Path | None) -> PostCamTransformer:
    return starting_model(recipe, initial, PostCamTransformer)


def test_a_checkpoint_is_a_model_that_comfyui_recognises(stage_1: Path) -> None:
    summary = summarize_checkpoint(stage_1)
    assert summary.is_recognised_by_comfyui
    assert summary.settings.config == TINY.model
    assert (summary.settings.guide_scale, summary.settings.shift) == (0.5, 3.0)
    assert load_transformer(stage_1).config == TINY.model


def test_stage_2_starts_from_stage_1_alone(stage_1: Path, tmp_path: Path) -> None:
    model = _start(STAGE_2, stage_1)
    assert torch.equal(model.blocks[1].projector.weight, load_file(stage_1)["blocks.1.projector.weight"])
    assert model.blocks[1].projector.weight.abs().max() > 0
    with pytest.raises(TrainingError, match="a checkpoint of stage 1.*got no weights.*--from-scratch"):
        train(STAGE_2, RandomPairs(), tmp_path)
    unnamed = tmp_path / "unnamed.safetensors"
    save_file(load_file(stage_1), unnamed)
    with pytest.raises(TrainingError, match="does not say that it went through stage 1"):
        _start(STAGE_2, unnamed)
    _start(replace(STAGE_2, model=replace(TINY.model, guide_rope="released"), requires=None), None)


def test_a_backbone_gets_new_modules_that_have_no_say(stage_1: Path, tmp_path: Path) -> None:
    tensors = load_file(stage_1)
    new = ("cam_encoder.", ".cross_attn_cam.", ".projector.")
    backbone = {name: x for name, x in tensors.items() if not any(part in f".{name}" for part in new)}
    path = tmp_path / "wan.safetensors"
    save_file(backbone, path)
    recipe = replace(STAGE_1, requires="backbone")
    model = _start(recipe, path)
    state = model.state_dict()
    assert all(torch.equal(state[name], x) for name, x in backbone.items())
    assert all((block.projector.weight == 0).all() for block in model.blocks)
    assert all(block.cross_attn_cam.q.weight.std() > 0 for block in model.blocks)
    with pytest.raises(TrainingError, match="the backbone's weights.*got no weights"):
        _start(recipe, None)


def test_weights_that_match_in_part_are_refused(stage_1: Path, tmp_path: Path) -> None:
    tensors = load_file(stage_1)
    path = tmp_path / "part.safetensors"
    save_file({name: x for name, x in tensors.items() if "k_render" not in name}, path)
    with pytest.raises(CheckpointError, match="4 missing"):
        _start(STAGE_1, path)
    with pytest.raises(CheckpointError, match="guide_rope='released'"):
        _start(replace(STAGE_1, model=replace(TINY.model, guide_rope="released")), stage_1)
