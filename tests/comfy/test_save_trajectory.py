"""Trajectories saved through the real server: what lies in the output folder afterwards."""

from pathlib import Path

import numpy as np
import pytest
import torch

from postcam_core.trajectory import (
    parse_document,
    parse_recammaster,
    parse_text,
    preset_document,
    sample_trajectory,
)
from scripts.host import ComfyHost, HostError

PATH = sample_trajectory(preset_document("arc_left"), 5)


def _prompt(prefix: str, geometry: bool = False, **settings: object) -> dict:
    prompt = {
        "trajectory": {
            "class_type": "PostCamTrajectory",
            "inputs": {"preset": "arc_left", "amount": 1.0, "num_frames": 5, "trajectory": ""},
        },
        "save": {
            "class_type": "PostCamSaveTrajectory",
            "inputs": {"trajectory": ["trajectory", 0], "filename_prefix": prefix, **settings},
        },
    }
    if geometry:
        prompt["clip"] = {
            "class_type": "EmptyImage",
            "inputs": {"width": 64, "height": 48, "batch_size": 5, "color": 0},
        }
        plane = {"fov_deg": 55.0, "horizon": 0.4, "camera_height": 1.6, "wall_distance": 10.0}
        prompt["geometry"] = {
            "class_type": "PostCamGeometry",
            "inputs": {
                **{"images": ["clip", 0], "provider": "ground_plane"},
                **{f"provider.{name}": value for name, value in plane.items()},
            },
        }
        prompt["save"]["inputs"]["geometry"] = ["geometry", 0]
    return prompt


def _saved(comfy: ComfyHost, *arguments: object, **settings: object) -> Path:
    (file,) = comfy.saved_files(comfy.run(_prompt(*arguments, **settings)))
    return file


def test_every_format_is_written_and_read_back(comfy: ComfyHost) -> None:
    document = _saved(comfy, "paths/a", format="document")
    assert document == comfy.output / "paths" / "a_00001_.json"
    assert parse_document(document.read_text()) == PATH.document
    lines = _saved(comfy, "paths/b", format="three lines")
    assert torch.equal(sample_trajectory(parse_text(lines.read_text()), 5).c2w, PATH.c2w)
    cameras = _saved(comfy, "paths/c", format="ReCamMaster", **{"format.camera": "cam03"})
    read = sample_trajectory(parse_recammaster(cameras.read_text(), "cam03"), 5)
    torch.testing.assert_close(read.c2w, PATH.c2w_in_model_units(), atol=1e-8, rtol=0)
    matrices = _saved(comfy, "paths/d", format="w2c text", **{"format.unit": "nearest_depth"})
    c2w = np.linalg.inv(np.loadtxt(matrices).reshape(5, 4, 4))
    np.testing.assert_allclose(c2w, PATH.c2w.numpy(), atol=1e-9)
    arrays = np.load(_saved(comfy, "paths/e", True, format="npz", **{"format.unit": "scene"}))
    assert arrays["cam_c2w"].shape == (5, 4, 4)
    np.testing.assert_allclose(arrays["intrinsics"][:, 2:], np.tile([32, 24], (5, 1)))


def test_a_second_file_gets_the_next_number(comfy: ComfyHost) -> None:
    first = _saved(comfy, "again", format="document")
    written = first.read_bytes()
    # Other settings: the server does not run the same node twice.
    second = _saved(comfy, "again", format="three lines")
    assert (first.name, second.name) == ("again_00001_.json", "again_00002_.txt")
    assert first.read_bytes() == written


@pytest.mark.parametrize(
    ("prefix", "settings", "words"),
    [
        ("../out_of_bounds", {"format": "document"}, "inside ComfyUI's output folder"),
        ("no_geometry", {"format": "npz", "format.unit": "scene"}, "Give the clip's geometry"),
        ("no_measure", {"format": "w2c text", "format.unit": "scene"}, "choose another unit"),
    ],
)
def test_what_cannot_be_saved_is_refused_and_leaves_nothing(
    comfy: ComfyHost, prefix: str, settings: dict, words: str
) -> None:
    with pytest.raises(HostError, match=words):
        comfy.run(_prompt(prefix, **settings))
    assert not list(comfy.base.rglob(f"*{Path(prefix).name}*"))
