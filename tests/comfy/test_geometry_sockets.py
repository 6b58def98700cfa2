"""Geometry of ComfyUI's own estimators comes over their sockets in the real server."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from postcam_core.media import write_video
from scripts.host import ROOT, ComfyHost, HostError, make_base_folder

DA3 = {"source": "Depth Anything 3", "source.resolution": 504, "source.fov_deg": 55.0}
DA3 |= {"source.resize_method": "upper_bound_resize", "source.still_camera": False}
MOGE = {"source": "MoGe", "source.still_camera": True, "source.moge_geometry": ["packets", 2]}
MOGE |= {"source.align_frames": True}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyHost]:
    """A ComfyUI of its own, with a node beside the pack that puts geometry on core's sockets."""
    base: Path = make_base_folder(tmp_path_factory.mktemp("sockets"))
    shutil.copy(ROOT / "tests" / "oracles" / "geometry_packets.py", base / "custom_nodes")
    video = torch.linspace(-1, 1, 5)[:, None, None, None].expand(5, 3, 48, 64)
    write_video(base / "input" / "clip.mp4", video, frame_rate=10)
    with ComfyHost(base, log=base / "server.log") as host:
        yield host


def _prompt(source: dict[str, Any]) -> dict:
    load = {"file": "clip.mp4", "width": 64, "height": 48, "num_frames": 5, "start_s": 0.0}
    geometry = {"images": ["load", 0], "fit": "cover", "frames": "match"} | source
    move = {"preset": "arc_left", "amount": 0.2, "num_frames": 5, "trajectory": ""}
    guide = {"images": ["load", 0], "geometry": ["geometry", 0], "trajectory": ["trajectory", 0]}
    return {
        "load": {
            "class_type": "PostCamLoadVideo",
            "inputs": load | {"fit": "cover", "selection": "uniform"},
        },
        "packets": {"class_type": "GeometryPackets", "inputs": {"images": ["load", 0]}},
        "geometry": {"class_type": "PostCamImportGeometry", "inputs": geometry},
        "trajectory": {"class_type": "PostCamTrajectory", "inputs": move},
        "guide": {"class_type": "PostCamGuide", "inputs": guide | {"nearest_depth": "robust"}},
        "show": {"class_type": "PreviewImage", "inputs": {"images": ["guide", 0]}},
    }


@pytest.mark.parametrize(
    "source",
    [
        DA3 | {"source.da3_geometry": ["packets", 1]},
        DA3 | {"source.da3_geometry": ["packets", 0], "source.still_camera": True},
        MOGE,
    ],
    ids=["DA3 multiview", "DA3 mono", "MoGe"],
)
def test_packets_give_a_guide(host: ComfyHost, source: dict) -> None:
    assert "covered" in host.run(_prompt(source))["guide"]["text"][0]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (DA3 | {"source.da3_geometry": ["packets", 0]}, "multiview mode"),
        (MOGE | {"source.still_camera": False}, "MoGe estimates no camera motion"),
    ],
    ids=["DA3 mono", "MoGe"],
)
def test_a_still_camera_has_to_be_said(host: ComfyHost, source: dict, words: str) -> None:
    with pytest.raises(HostError) as caught:
        host.run(_prompt(source))
    for part in ("PostCamImportGeometry", words, "expected", "got"):
        assert part in str(caught.value)


def test_other_sockets_do_not_fit(host: ComfyHost) -> None:
    with pytest.raises(HostError, match="type"):
        host.run(_prompt(DA3 | {"source.da3_geometry": ["packets", 2]}))
