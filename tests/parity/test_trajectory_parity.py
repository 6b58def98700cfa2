"""orbit_c2w against poses recorded from the released inference code.

trajectories.json holds the three lines of each case, trajectories.safetensors the poses that zju3dv/PostCam (commit
198ce6f, Apache-2.0) made from them for 41, 81 and 17 frames, with orbit radius 1.7 and dolly distance 1.3.
"""

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file

from postcam_core.trajectory import MODEL_NEAREST_DEPTH, PRESETS, orbit_c2w, parse_text, preset_path

HERE = Path(__file__).parent
RECORD = json.loads((HERE / "trajectories.json").read_text())
POSES = load_file(HERE / "trajectories.safetensors")
CASES = RECORD["presets"] | RECORD["extra"]


@pytest.mark.parametrize("num_frames", RECORD["frames"])
@pytest.mark.parametrize("case", CASES)
def test_poses_equal_the_released_ones(case: str, num_frames: int) -> None:
    path = parse_text("\n".join(CASES[case])).path
    c2w = orbit_c2w(
        path.pitch_deg,
        path.yaw_deg,
        path.displacement,
        num_frames,
        orbit_radius=RECORD["radius"],
        dolly_distance=RECORD["zoom_depth"],
    )
    assert (c2w - POSES[f"{case}_{num_frames}"]).abs().max() <= 1e-6


@pytest.mark.parametrize("name", RECORD["presets"])
def test_presets_hold_the_released_keys(name: str) -> None:
    assert name in PRESETS
    assert preset_path(name) == parse_text("\n".join(RECORD["presets"][name])).path


def test_scale_makes_the_arc_as_long_as_the_training_arc() -> None:
    c2w = orbit_c2w([0], [0, 30], [1], 41, orbit_radius=MODEL_NEAREST_DEPTH)
    chord = c2w[-1, :3, 3].norm().item()
    assert chord == pytest.approx(RECORD["calibration_distance_cam09"], abs=1e-12)
