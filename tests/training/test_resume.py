import json
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from postcam_core.errors import OperationCancelled, TrainingError
from postcam_core.training.checkpoints import latest_checkpoint, read_state, weights_of
from postcam_core.training.condition_dropout import is_guide_dropped
from postcam_core.training.loop import FINISHED, train
from postcam_core.training.run_record import read_rows
from tests.oracles.tiny_training import BROKEN, TINY, RandomPairs

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("training") / "whole"
    train(TINY, RandomPairs(broken=BROKEN), folder)
    return folder


def _signalled(folder: Path, number: int, *, after_step: int, after_s: float = 0.0) -> str:
    """Run in a process of its own that gets a signal some time after a step; all that it said."""
    options = {"--signal": number, "--after-step": after_step, "--after-s": after_s}
    words = [str(word) for option in options.items() for word in option]
    command = [sys.executable, "-m", "tests.oracles.tiny_training", folder, *words]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False).stdout


def _assert_same_end(folder: Path, other: Path) -> None:
    last, other_last = (latest_checkpoint(path / "checkpoints") for path in (folder, other))
    assert last.name == other_last.name
    for name in ("model.safetensors", "ema.safetensors"):
        tensors, others = load_file(last / name), load_file(other_last / name)
        assert tensors.keys() == others.keys()
        assert all(torch.equal(tensors[key], others[key]) for key in tensors)
    losses, other_losses = ([(r.step, r.loss) for r in read_rows(f / "losses.csv")] for f in (folder, other))
    assert losses == other_losses
    record, other_record = (json.loads((path / "run.json").read_text()) for path in (folder, other))
    assert record["broken_clips"] == other_record["broken_clips"] and record["broken_clips"]["count"] == 2


def test_a_killed_run_goes_on_to_the_same_weights(whole_run: Path, tmp_path: Path) -> None:
    # Anywhere in a step or in a checkpoint; early enough to hit before the last step.
    step, after_s = random.SystemRandom().randrange(1, 9), random.SystemRandom().uniform(0, 0.03)
    said = _signalled(tmp_path, signal.SIGKILL, after_step=step, after_s=after_s)
    assert f"step {step}\n" in said and "finished" not in said, f"killed {after_s} s after step {step}"
    # What a process killed in the middle of writing leaves behind is removed.
    (tmp_path / "checkpoints" / ".0123456789ab.tmp").mkdir(parents=True)
    (tmp_path / ".0123456789ab.tmp.json").touch()
    train(TINY, RandomPairs(broken=BROKEN), tmp_path)
    _assert_same_end(tmp_path, whole_run)
    sessions = json.loads((tmp_path / "run.json").read_text())["sessions"]
    assert [session["why_stopped"].split()[0] for session in sessions] == ["ended", FINISHED]
    assert not list(tmp_path.rglob(".*"))


def test_a_run_asked_to_stop_finishes_its_step_and_goes_on_from_it(whole_run: Path, tmp_path: Path) -> None:
    said = _signalled(tmp_path, signal.SIGTERM, after_step=5)
    last = int(re.findall(r"step (\d+)\n", said)[-1])
    assert said.endswith(f"SIGTERM after step {last}\n") and 5 < last < TINY.num_steps
    assert latest_checkpoint(tmp_path / "checkpoints").name == f"step_{last:06d}"
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["why_stopped"] == "SIGTERM" and record["step"] == last
    assert train(TINY, RandomPairs(broken=BROKEN), tmp_path).why == FINISHED
    _assert_same_end(tmp_path, whole_run)


def test_a_cancelled_run_says_so_and_goes_on(whole_run: Path, tmp_path: Path) -> None:
    with pytest.raises(OperationCancelled):
        train(TINY, RandomPairs(broken=BROKEN), tmp_path, progress=_cancel_at(7))
    assert "OperationCancelled" in json.loads((tmp_path / "run.json").read_text())["why_stopped"]
    train(TINY, RandomPairs(broken=BROKEN), tmp_path)
    _assert_same_end(tmp_path, whole_run)


def _cancel_at(step: int) -> Callable[[int, int], None]:
    def progress(done: int, _: int) -> None:
        if done == step:
            raise OperationCancelled

    return progress


def test_a_run_goes_on_although_no_gradient_has_reached_some_parameters(tmp_path: Path) -> None:
    recipes = (replace(TINY, num_steps=3, guide_dropout=0.5, seed=seed) for seed in range(99))
    # The first step goes without guide, the second does not.
    recipe = next(x for x in recipes if is_guide_dropped(x, 0) and not is_guide_dropped(x, 1))
    train(recipe, RandomPairs(broken=BROKEN), tmp_path / "whole")
    recipe = replace(recipe, checkpoint_every=1)
    with pytest.raises(OperationCancelled):
        train(recipe, RandomPairs(broken=BROKEN), tmp_path / "halves", progress=_cancel_at(1))
    train(recipe, RandomPairs(broken=BROKEN), tmp_path / "halves")
    whole, halves = (
        load_file(tmp_path / name / "checkpoints" / "step_000003" / "model.safetensors")
        for name in ("whole", "halves")
    )
    assert all(torch.equal(halves[name], whole[name]) for name in whole)


def test_what_a_run_leaves(whole_run: Path) -> None:
    checkpoints = sorted(path.name for path in (whole_run / "checkpoints").iterdir())
    assert checkpoints == ["step_000008", "step_000012"]
    assert cv2.imread(str(whole_run / "loss.png")).std() > 1
    rows = read_rows(whole_run / "losses.csv")
    assert [row.step for row in rows] == list(range(1, 13))
    assert all(row.loss > 0 and row.grad_norm > 0 and row.compute_s > row.data_s >= 0 for row in rows[1:])
    state = read_state(latest_checkpoint(whole_run / "checkpoints"))
    assert state.step == 12 and state.broken.keys() == set(BROKEN)
    assert weights_of(whole_run / "checkpoints" / "step_000012").name == "ema.safetensors"


def test_named_checkpoints_stay_and_samples_are_drawn_by_the_averaged_model(tmp_path: Path) -> None:
    seen = {}

    def sampler(model, step: int) -> np.ndarray:
        seen[step] = model.head.head.weight.clone()
        return np.full((4, 6, 3), (250, 0, 0), np.uint8)

    train(replace(TINY, keep_steps=(4,)), RandomPairs(), tmp_path, sampler=sampler)
    kept = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert kept == ["step_000004", "step_000008", "step_000012"]
    assert seen.keys() == {6, 12}
    averaged = load_file(tmp_path / "checkpoints" / "step_000012" / "ema.safetensors")["head.head.weight"]
    assert torch.equal(seen[12], averaged)
    picture = cv2.imread(str(tmp_path / "samples" / "step_000012.png"))
    assert picture.shape == (4, 6, 3) and (picture == (0, 0, 250)).all()  # OpenCV reads BGR


@pytest.mark.parametrize(
    ("recipe", "pairs", "message"),
    [
        (
            replace(TINY, learning_rate=1e-3),
            RandomPairs(broken=BROKEN),
            "learning_rate 0.002.*got learning_rate",
        ),
        (replace(TINY, num_steps=20), RandomPairs(broken=BROKEN), "num_steps 12, got num_steps 20"),
        (TINY, RandomPairs(9, broken=BROKEN), "the data that the run was started with"),
    ],
)
def test_another_recipe_or_other_data_do_not_continue_a_run(
    whole_run: Path, recipe, pairs, message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        train(recipe, pairs, whole_run)


def test_a_run_is_not_overwritten_and_a_damaged_one_not_continued(whole_run: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="a folder without checkpoints, got step_000012"):
        train(TINY, RandomPairs(broken=BROKEN), whole_run, resume=False)
    state = tmp_path / "checkpoints" / "step_000003" / "state.json"
    state.parent.mkdir(parents=True)
    state.write_text('{"step": 3')
    with pytest.raises(TrainingError, match="the state of a training run"):
        train(TINY, RandomPairs(), tmp_path)


def test_a_line_that_was_cut_off_is_no_row(whole_run: Path, tmp_path: Path) -> None:
    text = (whole_run / "losses.csv").read_text()
    for length in range(len(text.splitlines()[-1])):
        (tmp_path / "losses.csv").write_text(text.rstrip()[: -1 - length])
        rows = read_rows(tmp_path / "losses.csv")
        assert [row.step for row in rows[:11]] == list(range(1, 12)) and len(rows) in (11, 12)


def test_how_often_to_write_may_change(whole_run: Path) -> None:
    recipe = replace(TINY, checkpoint_every=3, sample_every=2)
    assert train(recipe, RandomPairs(broken=BROKEN), whole_run).why == FINISHED


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path) -> None:
    recipe = replace(TINY, learning_rate=1e30, max_grad_norm=None, warmup_steps=0)
    with pytest.raises(TrainingError, match="a finite loss"):
        train(recipe, RandomPairs(), tmp_path)
    assert "a finite loss" in json.loads((tmp_path / "run.json").read_text())["why_stopped"]
