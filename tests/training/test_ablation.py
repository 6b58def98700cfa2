import csv
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
import torch

from postcam_core.errors import OperationCancelled, TrainingError
from postcam_core.model import initialize
from postcam_core.training.ablation import ARMS, ablate
from postcam_core.training.ablation_table import write_ablation
from postcam_core.training.held_out import measure, split_by_scene
from postcam_core.training.run_record import read_rows
from postcam_core.training.sample_pair import strip_sampler
from tests.oracles.tiny_training import TINY, RandomPairs

STAGE_1 = replace(TINY, name="tiny_stage1", stage=1, guide_dropout=0.0, ema_decay=None, micro_batch_size=None)
STAGE_2 = replace(STAGE_1, name="tiny_stage2", stage=2, requires="stage 1", guide_dropout=0.2)
NAMES = [arm.name for arm in ARMS]


def _run(folder: Path, progress=lambda done, total: None, num_steps: int = 4, num_seeds: int = 2):
    train_pairs, held_out = split_by_scene(RandomPairs(8), 0.25)
    return ablate(
        STAGE_1, STAGE_2, train_pairs, held_out, folder, num_steps=num_steps, num_seeds=num_seeds, progress=progress,
        decode=lambda latents: latents[:3].movedim(0, 1).tanh(),
    )  # fmt: skip


def test_all_arms_are_trained_alike_and_compared(tmp_path: Path) -> None:
    reports: list[tuple[int, int]] = []

    def stop_midway(done: int, total: int) -> None:
        reports.append((done, total))
        if done == 11:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        _run(tmp_path, stop_midway)
    assert reports[:9] == [(done, 40) for done in (1, 2, 3, 4, 4, 5, 6, 7, 8)]
    results = _run(tmp_path)
    assert list(results) == NAMES and all(len(runs) == 2 for runs in results.values())
    for name, stages in (("pose_only", [4]), ("shared_query", [2, 2]), ("stage_2_from_scratch", [4])):
        logs = sorted((tmp_path / name / "seed_1").glob("stage_*/losses.csv"))
        assert [len(read_rows(log)) for log in logs] == stages
        assert (tmp_path / name / "seed_1" / "model.safetensors").is_file()

    table = write_ablation(tmp_path, results)
    assert table.count("\n| ") == 1 + len(ARMS) and "PSNR" in table and "2 held-out pairs" in table
    with open(tmp_path / "ablation.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["arm"] for line in lines] == [name for name in NAMES for _ in range(2)]
    assert float(lines[0]["loss"]) == pytest.approx(results["pose_only"][0].loss)
    assert cv2.imread(str(tmp_path / "ablation.png")).std() > 1

    # Without a VAE there is nothing to compare videos by.
    unseen = {name: [replace(run, psnr_db=None) for run in runs] for name, runs in results.items()}
    assert "PSNR" not in write_ablation(tmp_path, unseen)

    # A second call reads what is there; other settings are not mixed in.
    assert _run(tmp_path, lambda done, total: reports.append((done, total))) == results
    assert reports[-10:] == [(4 * (run + 1), 40) for run in range(10)]
    with pytest.raises(TrainingError, match="a result of these recipes"):
        _run(tmp_path, num_steps=6)
    with pytest.raises(TrainingError, match="seeds: expected 1 at least"):
        _run(tmp_path, num_seeds=0)


@pytest.mark.parametrize("arm", ARMS, ids=NAMES)
def test_each_arm_hears_what_it_says(arm) -> None:
    model = arm.build(TINY.model)
    initialize(model, seed=1)
    with torch.no_grad():
        for parameter in (*(block.projector.weight for block in model.blocks), model.head.head.weight):
            parameter.normal_(std=0.3, generator=torch.Generator().manual_seed(2))
    recipe = arm.recipes(STAGE_1, STAGE_2, num_steps=2, seed=0)[-1]

    class Changed(RandomPairs):
        def __init__(self, **changes) -> None:
            super().__init__(2)
            self.changes = changes

        def __getitem__(self, index: int):
            pair = super().__getitem__(index)
            return replace(
                pair, **{name: change(getattr(pair, name)) for name, change in self.changes.items()}
            )

    plain = measure(model, Changed(), recipe)
    other_pose = measure(model, Changed(camera_w2c=lambda w2c: w2c.inverse()), recipe)
    other_guide = measure(model, Changed(guide=lambda guide: -guide), recipe)
    assert (other_pose.losses != plain.losses) == (arm.name != "guide_only")
    assert (other_guide.losses != plain.losses) == (arm.name != "pose_only")
    assert measure(model, Changed(), recipe) == plain


def test_no_scene_is_on_both_sides() -> None:
    class Scenes(RandomPairs):
        def __getitem__(self, index: int):
            return replace(super().__getitem__(index), name=f"scene_{index // 3}/cam00-cam{index % 3:02d}")

    train_pairs, held_out = split_by_scene(Scenes(12), 0.3)
    assert (len(train_pairs), len(held_out)) == (6, 6)
    assert {held_out[i].name.split("/")[0] for i in range(6)} == {"scene_2", "scene_3"}
    with pytest.raises(TrainingError, match="pairs of several scenes"):
        split_by_scene(Scenes(3), 0.3)


def test_broken_held_out_pairs_are_left_out() -> None:
    model = ARMS[0].build(TINY.model)
    initialize(model, seed=1)
    assert measure(model, RandomPairs(4, broken=(1,)), STAGE_1).num_pairs == 3
    assert measure(model, RandomPairs(4), STAGE_1, max_pairs=2).num_pairs == 2
    with pytest.raises(TrainingError, match="a usable pair"):
        measure(model, RandomPairs(1, broken=(0,)), STAGE_1)


def test_a_strip_shows_source_result_and_target() -> None:
    model = ARMS[2].build(TINY.model)
    initialize(model, seed=1)  # its head is zero: it makes nothing of its noise
    pair = RandomPairs()[0]
    decoded: list[torch.Tensor] = []

    def decode(latents: torch.Tensor) -> torch.Tensor:
        decoded.append(latents)
        return latents[:3].movedim(0, 1).tanh()

    picture = strip_sampler(pair, TINY, decode)(model, 7)
    assert picture.dtype == "uint8" and picture.shape[1:] == (1152, 3)
    source, made, target = decoded
    assert torch.equal(source, pair.source) and torch.equal(target, pair.target)
    assert made.std() == pytest.approx(1, abs=0.1)
