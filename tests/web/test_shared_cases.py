"""The shared cases are what Python gives today, and Python reads what the editor writes."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch

from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import (
    PRESET_NAMES,
    SHOT_NAMES,
    SourceCameras,
    Trajectory,
    build_document,
    parse_document,
    preset_document,
    sample_trajectory,
    with_shot,
)

CASES = Path(__file__).parent / "cases"
ROOT = Path(__file__).parents[2]

TRAJECTORIES = json.loads((CASES / "trajectories.json").read_text(encoding="utf-8"))
SHOTS = json.loads((CASES / "shots.json").read_text(encoding="utf-8"))
TEXTS = json.loads((CASES / "texts.json").read_text(encoding="utf-8"))

named = {"ids": lambda case: case["name"]}


def joined(parts: list) -> str:
    """Strings, and ``[string, times]`` with the repetition's number at every ``#``."""
    pairs = [(part, 1) if isinstance(part, str) else part for part in parts]
    return "".join(
        "".join(text.replace("#", str(i)) for i in range(times)) if times > 1 else text
        for text, times in pairs
    )


def sampled(case: dict[str, Any]) -> Trajectory:
    source = TRAJECTORIES["sources"].get(case.get("source"))
    cameras = source and SourceCameras(
        c2w=torch.tensor(source["c2w"], dtype=torch.float64).unflatten(-1, (4, 4)),
        nearest_depth=source["nearest_depth"],
    )
    document = parse_document(json.dumps(case["document"]))
    return sample_trajectory(document, case["num_frames"], source=cameras)


@pytest.mark.parametrize("case", TRAJECTORIES["cases"], **named)
def test_python_gives_what_is_stored(case) -> None:
    trajectory = sampled(case)
    poses = trajectory.c2w[case["frames"], :3].flatten(1)
    assert trajectory.unit == case["unit"]
    assert trajectory.source_index.tolist() == case["source_index"]
    for ours, stored in (
        (poses, case["c2w"]),
        (trajectory.focal_scale[case["frames"]], case["focal_scale"]),
    ):
        stored = torch.tensor(stored, dtype=torch.float64)
        assert ((ours - stored).abs() / stored.abs().clamp_min(1)).max() <= 1e-9


@pytest.mark.parametrize("case", TRAJECTORIES["refused"], **named)
def test_python_refuses_to_sample(case) -> None:
    with pytest.raises(TrajectoryError):
        sampled(case)


def test_every_preset_is_among_the_cases() -> None:
    paths = [case["document"]["path"] for case in TRAJECTORIES["cases"]]
    for name in PRESET_NAMES:
        amounts = {path.get("amount", 1) for path in paths if path.get("name") == name}
        assert len(amounts) >= (1 if name == "static" else 5), name


@pytest.mark.parametrize("case", TEXTS["refused"], **named)
def test_python_refuses_the_text(case) -> None:
    with pytest.raises(TrajectoryError):
        parse_document(joined(case["parts"]))


@pytest.mark.parametrize("case", TEXTS["accepted"], **named)
def test_python_accepts_the_text(case) -> None:
    assert len(sample_trajectory(parse_document(joined(case["parts"])), 5)) == 5


@pytest.mark.parametrize("case", SHOTS, ids=lambda case: f"{case['shot']} {case['freeze_at']}")
def test_python_gives_the_shot(case) -> None:
    ours = with_shot(preset_document("arc_left"), case["shot"], freeze_at=case["freeze_at"])
    assert ours == build_document({"kind": "preset", "name": "arc_left"}, **case["fields"])


def test_every_shot_is_among_the_cases() -> None:
    assert {case["shot"] for case in SHOTS} == set(SHOT_NAMES)


def test_the_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in CASES.iterdir()) < 600_000


REWRITE = """
import { documentToJson } from "./web/editor/trajectory/document.mjs"
import { trajectories } from "./tests/web/cases.mjs"
console.log(JSON.stringify(trajectories().cases.map(({ document }) => documentToJson(document))))
"""


def test_python_reads_what_the_editor_writes() -> None:
    node = ["node", "--input-type=module", "--eval", REWRITE]
    done = subprocess.run(node, cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8")
    written = json.loads(done.stdout)
    assert len(written) == len(TRAJECTORIES["cases"])
    for case, text in zip(TRAJECTORIES["cases"], written, strict=True):
        fields = {
            name: value for name, value in case["document"].items() if name not in ("format", "version")
        }
        assert parse_document(text) == build_document(**fields), case["name"]
