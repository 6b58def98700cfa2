import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from postcam_core.training.checkpoints import latest_checkpoint
from postcam_core.training.loop import train
from postcam_core.training.run_record import read_rows
from tests.oracles.tiny_training import BROKEN, TINY, RandomPairs

ROOT = Path(__file__).parents[2]


def test_two_processes_compute_what_one_does(tmp_path: Path) -> None:
    """Copies of the model (DDP) and shards of it (FSDP2), over gloo."""
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*launch, "-m", "tests.oracles.tiny_training", tmp_path, "--both-ways"],
        cwd=ROOT,
        env={**os.environ, "ACCELERATE_USE_CPU": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    train(TINY, RandomPairs(broken=BROKEN), tmp_path / "one")
    expected = [row.loss for row in read_rows(tmp_path / "one" / "losses.csv")]
    weights = _weights(tmp_path / "one")
    for way in ("ddp", "fsdp"):
        # Sums in another order: float32 rounding, a few parts in ten million per step.
        losses = [row.loss for row in read_rows(tmp_path / way / "losses.csv")]
        assert losses == pytest.approx(expected, rel=1e-6)
        others = _weights(tmp_path / way)
        assert others.keys() == weights.keys()
        assert max((others[name] - weights[name]).abs().max() for name in weights) < 1e-4


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(latest_checkpoint(folder / "checkpoints") / "model.safetensors")
