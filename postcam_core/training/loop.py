"""A training run, from its first step or from where it stopped, to its last."""

import math
import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from ..errors import TrainingError
from ..geometry.report_drawing import write_picture
from ..model import PostCamTransformer
from ..progress import ProgressFn, no_progress
from .batches import Batches
from .checkpoints import (
    RunState,
    Trained,
    check_same_run,
    checkpoint_at,
    latest_checkpoint,
    read_state,
    recipe_values,
    remove_leftovers,
    restore,
    save_checkpoint,
)
from .curves import loss_chart
from .data.pairs import PairDataset
from .ema import MovingAverage
from .optimizer import learning_rate, make_optimizer
from .prefetch import prefetched
from .recipes import Recipe
from .run_record import RunRecord, StepRow
from .start import BuildFn, starting_model
from .step import autocast, take_step
from .stop import StopRequest, stop_on_signal
from .trainable import select_trainable
from .workers import Workers

SampleFn: TypeAlias = Callable[[PostCamTransformer, int], np.ndarray]
"""``sampler(model, step)``: a picture [height, width, 3] in uint8 of what the model can do."""

FINISHED = "finished"
# Reading a loss waits for the device, so it is done for several steps at once.
_STEPS_PER_RECORD = 10


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended.

    Attributes:
        step: Steps done.
        why: :data:`FINISHED`, or the signal that stopped it.
        checkpoint: Folder of its last checkpoint.
    """

    step: int
    why: str
    checkpoint: Path


def train(
    recipe: Recipe,
    dataset: PairDataset,
    folder: Path,
    *,
    initial: Path | None = None,
    resume: bool = True,
    sampler: SampleFn | None = None,
    progress: ProgressFn = no_progress,
    is_sharded: bool = False,
    build: BuildFn = PostCamTransformer,
) -> Outcome:
    """Train a model, or go on with a run that stopped.

    A run that was stopped or killed and goes on ends with the same weights, bit by bit on the same machine, as
    one that was not.

    Args:
        recipe: What to do.
        dataset: Pairs to learn from.
        folder: Of the run: ``checkpoints``, ``run.json``, ``losses.csv``, ``loss.png``, ``samples``.
        initial: Weights to start from; see :func:`.start.starting_model`. Not read when the run goes on.
        resume: Go on from the last checkpoint in the folder. Otherwise the folder has to be without any.
        sampler: Draws a picture of what the model can do, every ``sample_every`` steps.
        progress: Called after each step with ``(done, total)``; cancels by raising.
        is_sharded: Spread the model over the processes (FSDP2) instead of copying it (DDP).
        build: Makes the model from its config.

    Raises:
        TrainingError: If the recipe, the data, the start or the folder's run do not fit together, or the loss
            is no longer a number.
        CheckpointError: If the initial weights cannot be used.
    """
    workers = Workers(recipe, is_sharded=is_sharded)
    checkpoints = folder / "checkpoints"
    last = latest_checkpoint(checkpoints)
    if last is not None and not resume:
        raise TrainingError(
            f"{folder}",
            expected="a folder without checkpoints",
            got=f"{last.name}",
            todo="Choose another folder, or resume the run.",
        )
    state = None if last is None else read_state(last)
    batches = Batches(
        recipe,
        dataset,
        broken=state.broken if state else None,
        rank=workers.rank,
        num_processes=workers.num_processes,
    )
    data = batches.fingerprint()
    if state is not None:
        check_same_run(state, recipe, data, what=f"{folder}")

    # A run that goes on takes its weights from the checkpoint, whatever it once started from.
    model = build(recipe.model) if last else starting_model(recipe, initial, build)
    select_trainable(model, recipe)
    spread = workers.spread(model.to(workers.device))
    parameters = [parameter for parameter in spread.parameters() if parameter.requires_grad]
    trained = Trained(
        model=spread,
        parameters=parameters,
        optimizer=make_optimizer(parameters, recipe, is_sharded=workers.is_sharded),
        average=None if recipe.ema_decay is None else MovingAverage(parameters, decay=recipe.ema_decay),
    )
    if last is not None:
        restore(trained, last)
    run = _Run(recipe, batches, data, trained, workers, folder, sampler, step=state.step if state else 0)
    return run.to_its_end(progress)


class _Run:
    """The loop over the steps, and what it leaves in the run's folder."""

    def __init__(
        self,
        recipe: Recipe,
        batches: Batches,
        data: str,
        trained: Trained,
        workers: Workers,
        folder: Path,
        sampler: SampleFn | None,
        *,
        step: int,
    ) -> None:
        self._recipe, self._batches, self._data = recipe, batches, data
        self._trained, self._workers = trained, workers
        self._folder, self._checkpoints, self._sampler = folder, folder / "checkpoints", sampler
        self._step = step
        self._pending: list[tuple[Tensor, StepRow]] = []
        self._record = None
        if workers.is_main:
            remove_leftovers(folder)
            remove_leftovers(self._checkpoints)
            device = f"{workers.device}, {torch.get_num_threads()} threads"
            self._record = RunRecord(
                folder, recipe, step=step, device=device, num_processes=workers.num_processes
            )

    def to_its_end(self, progress: ProgressFn) -> Outcome:
        """Take the steps that are left, or those until somebody asks to stop."""
        why = FINISHED
        try:
            with stop_on_signal() as request:
                why = self._steps(request, progress)
        except BaseException as error:
            why = f"{type(error).__name__}: {error}"
            raise
        finally:
            if self._record is not None:
                self._record.stop(why, self._batches.broken)
        return Outcome(step=self._step, why=why, checkpoint=checkpoint_at(self._checkpoints, self._step))

    def _steps(self, request: StopRequest, progress: ProgressFn) -> str:
        recipe, num_steps = self._recipe, self._recipe.num_steps
        with closing(prefetched(self._batches.of_step, range(self._step, num_steps))) as stream:
            for step, micro_batches, data_s in stream:
                start_s = time.perf_counter()
                rate = learning_rate(recipe, step)
                losses = take_step(self._trained, micro_batches, recipe, self._workers, step=step, rate=rate)
                self._step = step + 1
                compute_s = time.perf_counter() - start_s
                row = StepRow(step=self._step, learning_rate=rate, data_s=data_s, compute_s=compute_s)
                self._pending.append((losses, row))
                why = self._workers.agreed(request.reason)
                is_end = why is not None or self._step == num_steps
                if is_end or self._step % _STEPS_PER_RECORD == 0 or self._is_due(recipe.checkpoint_every):
                    self._write_rows()
                if is_end or self._is_due(recipe.checkpoint_every):
                    self._save()
                if self._is_due(recipe.sample_every):
                    self._sample()
                progress(self._step, num_steps)
                if why is not None and self._step < num_steps:
                    return why
        return FINISHED

    def _is_due(self, every: int) -> bool:
        return self._step % every == 0

    def _write_rows(self) -> None:
        """Wait for the pending losses and write them down.

        Raises:
            TrainingError: If one, or its gradient, is not a number.
        """
        values = torch.stack([losses for losses, _ in self._pending]).tolist()
        rows = [
            replace(row, loss=loss, grad_norm=grad_norm)
            for (_, row), (loss, grad_norm) in zip(self._pending, values, strict=True)
        ]
        self._pending = []
        if self._record is not None:
            self._record.add(rows, self._batches.broken)
        if lost := [row for row in rows if not math.isfinite(row.loss + row.grad_norm)]:
            raise TrainingError(
                f"step {lost[0].step}",
                expected="a finite loss and gradient",
                got=f"{lost[0].loss} and {lost[0].grad_norm}",
                todo="The last checkpoint is from before. Lower the learning rate, or look at the data.",
            )

    def _save(self) -> None:
        self._batches.broken |= self._workers.union(self._batches.broken)
        state = RunState(
            step=self._step,
            recipe=recipe_values(self._recipe),
            data=self._data,
            broken=dict(sorted(self._batches.broken.items())),
        )
        save_checkpoint(self._checkpoints, self._trained, state, self._recipe, self._workers)
        if self._record is not None:
            steps, losses = self._record.losses()
            title = f"{self._recipe.name}: loss"
            write_picture(self._folder / "loss.png", loss_chart(steps, losses, title=title))

    def _sample(self) -> None:
        """Let the sampler show what the model, or rather its moving average, can do."""
        if self._sampler is None:
            return
        model, average = self._workers.unwrapped(self._trained.model), self._trained.average
        with torch.no_grad(), autocast(self._recipe, self._workers.device):
            with average.in_place() if average is not None else nullcontext():
                picture = self._sampler(model, self._step)
        if self._workers.is_main:
            write_picture(self._folder / "samples" / f"step_{self._step:06d}.png", picture)
