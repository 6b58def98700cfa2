"""What a run did, for people and scripts: run.json and losses.csv in its folder."""

import csv
import json
import math
import platform
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from .. import __version__
from ..whole_files import written_whole
from .checkpoints import recipe_values
from .recipes import Recipe

_NUM_POINTS = 200


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """One line of losses.csv.

    Attributes:
        step: From 1.
        loss: Mean over the batch, weighted as the recipe says.
        grad_norm: Before it is limited.
        learning_rate: That the step was taken with.
        data_s: Seconds that the step waited for data.
        compute_s: Seconds of everything else.
    """

    step: int
    loss: float = math.nan
    grad_norm: float = math.nan
    learning_rate: float
    data_s: float
    compute_s: float


@dataclass(kw_only=True)
class Session:
    """One process's part of the run, from its start to its stop."""

    command: list[str]
    device: str
    num_processes: int
    first_step: int
    started: str
    stopped: str | None = None
    last_step: int | None = None
    why_stopped: str = "running"
    versions: dict[str, str] = field(default_factory=dict)


class RunRecord:
    """Collects the rows of a run and writes them; continues what an earlier process wrote.

    Args:
        folder: Of the run.
        recipe: Of the run.
        step: Steps that are in the checkpoint that this process starts from; rows after it are taken back.
        device: What computes, in words.
        num_processes: How many processes compute.
    """

    def __init__(self, folder: Path, recipe: Recipe, *, step: int, device: str, num_processes: int) -> None:
        self._folder, self._recipe = folder, recipe
        self.rows = [row for row in read_rows(folder / "losses.csv") if row.step <= step]
        self._sessions: list[dict[str, Any]] = _earlier_sessions(folder / "run.json")
        self._session = Session(
            command=sys.argv,
            device=device,
            num_processes=num_processes,
            first_step=step + 1,
            started=_now(),
            versions=_versions(),
        )
        folder.mkdir(parents=True, exist_ok=True)
        with written_whole(folder / "losses.csv") as path:
            _append(path, self.rows, with_header=True)
        self.write({})

    def add(self, rows: list[StepRow], broken: dict[int, str]) -> None:
        """Take in finished steps and write."""
        self.rows += rows
        _append(self._folder / "losses.csv", rows)
        self.write(broken)

    def stop(self, why: str, broken: dict[int, str]) -> None:
        """Say why this process stopped, and write."""
        self._session.stopped, self._session.why_stopped = _now(), why
        self.write(broken)

    def losses(self) -> tuple[Float[np.ndarray, " step"], Float[np.ndarray, " step"]]:
        """The steps so far and their losses."""
        return np.array([row.step for row in self.rows], float), np.array([row.loss for row in self.rows])

    def write(self, broken: dict[int, str]) -> None:
        """Write run.json."""
        self._session.last_step = self.rows[-1].step if self.rows else 0
        values = {
            "recipe": recipe_values(self._recipe),
            "step": self._session.last_step,
            "why_stopped": self._session.why_stopped,
            "seconds_per_step": _seconds(self.rows),
            "broken_clips": {"count": len(broken), "reasons": [broken[index] for index in sorted(broken)]},
            "sessions": [*self._sessions, asdict(self._session)],
            "losses": [[row.step, row.loss] for row in self.rows[:: max(1, len(self.rows) // _NUM_POINTS)]],
        }
        with written_whole(self._folder / "run.json") as path:
            path.write_text(json.dumps(values, indent=1), encoding="utf-8")


def read_rows(path: Path) -> list[StepRow]:
    """The rows of losses.csv; a last line that was cut off is left out."""
    if not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        lines = [line for line in csv.DictReader(file) if all(line.values())]
    return [
        StepRow(**{key: (int if key == "step" else float)(value) for key, value in line.items()})
        for line in lines
    ]


def _append(path: Path, rows: list[StepRow], *, with_header: bool = False) -> None:
    with open(path, "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=StepRow.__dataclass_fields__)
        if with_header:
            writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def _earlier_sessions(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    sessions = json.loads(path.read_text(encoding="utf-8"))["sessions"]
    for session in sessions:
        if session["why_stopped"] == "running":
            session["why_stopped"] = "ended without a word (killed, or the machine went down)"
    return sessions


def _seconds(rows: list[StepRow]) -> dict[str, float]:
    count = max(1, len(rows))
    return {
        "data": round(sum(row.data_s for row in rows) / count, 5),
        "compute": round(sum(row.compute_s for row in rows) / count, 5),
    }


def _versions() -> dict[str, str]:
    return {"postcam": __version__, "torch": torch.__version__, "python": platform.python_version()}


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
