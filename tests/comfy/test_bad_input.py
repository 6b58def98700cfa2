"""Bad input through the real server: a typed error on the right node, with expected / got / what to do."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from postcam_core.geometry import ground_plane_geometry, save_released_folder
from postcam_core.media import write_video
from scripts.host import ComfyHost, HostError

LOAD = {
    "file": "good.mp4",
    "width": 64,
    "height": 48,
    "num_frames": 5,
    "fit": "cover",
    "selection": "uniform",
}


@pytest.fixture(scope="module")
def files(comfy: ComfyHost) -> Path:
    """Good and broken files in ComfyUI's input folder."""
    folder = comfy.base / "input"
    video = torch.linspace(-1, 1, 5)[:, None, None, None].expand(5, 3, 48, 64)
    good = write_video(folder / "good.mp4", video, frame_rate=10)
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "truncated.mp4").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    (folder / "text.mp4").write_text("not a video")
    _write_audio_only(folder / "sound.m4a")
    save_released_folder(folder / "released", ground_plane_geometry(5, 48, 64))
    shutil.copytree(folder / "released", folder / "no_metadata")
    (folder / "no_metadata" / "metadata.txt").unlink()
    _write_npz(folder / "good.npz")
    _write_npz(folder / "nan.npz", depth_value=math.nan)
    _write_npz(folder / "zero.npz", depth_value=0.0)
    _write_npz(folder / "negative.npz", depth_value=-1.0)
    _write_npz(folder / "singular.npz", K=np.diag([0.0, 50.0, 1.0]))
    _write_npz(folder / "mirrored.npz", w2c=np.diag([1.0, 1.0, -1.0, 1.0]))
    _write_npz(folder / "sheared.npz", w2c=np.eye(4) + 0.3 * np.eye(4, k=1))
    _write_npz(folder / "short.npz", num_frames=3)
    (folder / "secret_link.npz").symlink_to("/etc/hostname")
    return folder


def _write_npz(
    path: Path,
    *,
    num_frames: int = 5,
    depth_value: float = 2.0,
    K: np.ndarray | None = None,
    w2c: np.ndarray | None = None,
) -> None:
    depth = np.full((num_frames, 48, 64), 2.0, dtype=np.float32)
    depth[1, 2, 3] = depth_value
    np.savez(
        path,
        depth=depth,
        K=np.broadcast_to(np.diag([50.0, 50.0, 1.0]) if K is None else K, (num_frames, 3, 3)),
        w2c=np.broadcast_to(np.eye(4) if w2c is None else w2c, (num_frames, 4, 4)),
    )


def _write_audio_only(path: Path) -> None:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 8000), dtype=np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _prompt(
    load: dict[str, Any] | None = None,
    geometry: dict[str, Any] | None = None,
    trajectory: dict[str, Any] | None = None,
    load_trajectory: dict[str, Any] | None = None,
) -> dict:
    ground = {"provider": "ground_plane", "provider.fov_deg": 55.0, "provider.horizon": 0.4}
    ground |= {"provider.camera_height": 1.6, "provider.wall_distance": 10.0}
    move = {"preset": "arc_left", "amount": 1.0, "num_frames": 5, "trajectory": ""} | (trajectory or {})
    return {
        "load": {"class_type": "PostCamLoadVideo", "inputs": LOAD | {"start_s": 0.0} | (load or {})},
        "geometry": {
            "class_type": "PostCamImportGeometry" if geometry else "PostCamGeometry",
            "inputs": {"images": ["load", 0]}
            | ({"fit": "cover", "frames": "match"} | geometry if geometry else ground),
        },
        "trajectory": {
            "class_type": "PostCamLoadTrajectory" if load_trajectory else "PostCamTrajectory",
            "inputs": {"num_frames": 5} | load_trajectory if load_trajectory else move,
        },
        "guide": {
            "class_type": "PostCamGuide",
            "inputs": {
                "images": ["load", 0],
                "geometry": ["geometry", 0],
                "trajectory": ["trajectory", 0],
                "nearest_depth": "robust",
            },
        },
        "show": {"class_type": "PreviewImage", "inputs": {"images": ["guide", 0]}},
    }


def _document(**path: Any) -> dict:
    return {"trajectory": json.dumps({"format": "postcam-trajectory", "version": 1, "path": path})}


def _keys(*times: float, **fields: Any) -> dict:
    keys = [{"time": time, "position": [0, 0, 0], **fields} for time in times]
    return _document(kind="keyframes", unit="nearest_depth", keyframes=keys)


def _npz(name: str) -> dict:
    return {"geometry": {"source": "npz", "source.file": name}}


def _three_lines(text: str) -> dict:
    return {"load_trajectory": {"source": "three lines", "source.text": text}}


BAD = {
    "missing file": ({"load": {"file": "nowhere.mp4"}}, "PostCamLoadVideo", "existing file"),
    "outside": (
        {"load": {"file": "../../../etc/passwd"}},
        "PostCamLoadVideo",
        "inside ComfyUI's input folder",
    ),
    "absolute": ({"load": {"file": "/etc/passwd"}}, "PostCamLoadVideo", "inside ComfyUI's input folder"),
    "empty file": ({"load": {"file": "empty.mp4"}}, "PostCamLoadVideo", "empty"),
    "truncated": ({"load": {"file": "truncated.mp4"}}, "PostCamLoadVideo", "truncated.mp4"),
    "no video": ({"load": {"file": "text.mp4"}}, "PostCamLoadVideo", "text.mp4"),
    "sound only": ({"load": {"file": "sound.m4a"}}, "PostCamLoadVideo", "video"),
    "start beyond the end": (
        {"load": {"selection": "true rate", "start_s": 9.0}},
        "PostCamLoadVideo",
        "start",
    ),
    "NaN depth": (_npz("nan.npz"), "PostCamImportGeometry", "frame 1"),
    "zero depth": (_npz("zero.npz"), "PostCamImportGeometry", "frame 1"),
    "negative depth": (_npz("negative.npz"), "PostCamImportGeometry", "frame 1"),
    "singular K": (_npz("singular.npz"), "PostCamImportGeometry", "focal"),
    "mirrored pose": (_npz("mirrored.npz"), "PostCamImportGeometry", "reflection"),
    "sheared pose": (_npz("sheared.npz"), "PostCamImportGeometry", "orthonormal"),
    "too few depth maps": (_npz("short.npz"), "PostCamImportGeometry", "5 depth maps"),
    "link out of the folder": (
        _npz("secret_link.npz"),
        "PostCamImportGeometry",
        "inside ComfyUI's input folder",
    ),
    "npz outside": (_npz("../good.npz"), "PostCamImportGeometry", "inside ComfyUI's input folder"),
    "no metadata": (
        {
            "geometry": {
                "source": "released folder",
                "source.folder": "no_metadata",
                "source.centre_principal_point": True,
            }
        },
        "PostCamImportGeometry",
        "metadata.txt",
    ),
    "not JSON": ({"trajectory": {"trajectory": "{"}}, "PostCamTrajectory", "JSON"),
    "too deep": ({"trajectory": {"trajectory": "[" * 5000}}, "PostCamTrajectory", "levels of nesting"),
    "too long": ({"trajectory": {"trajectory": " " * 2_000_000 + "{}"}}, "PostCamTrajectory", "bytes"),
    "NaN key": ({"trajectory": _keys(0, roll_deg=math.nan)}, "PostCamTrajectory", "NaN"),
    "keys out of order": ({"trajectory": _keys(0, 0.5, 0.2)}, "PostCamTrajectory", "order of their times"),
    "unknown version": (
        {"trajectory": {"trajectory": '{"format": "postcam-trajectory", "version": 2}'}},
        "PostCamTrajectory",
        "version",
    ),
    "mirrored keys": (
        {"trajectory": _document(kind="poses", unit="model", c2w=[np.diag([1, 1, -1, 1]).ravel().tolist()])},
        "PostCamTrajectory",
        "reflection",
    ),
    "two lines": (_three_lines("0 10\n0 10"), "PostCamLoadTrajectory", "line"),
    "words for numbers": (_three_lines("0 ten\n0 10\n1 1"), "PostCamLoadTrajectory", "ten"),
    "trajectory too long for the clip": ({"trajectory": {"num_frames": 9}}, "PostCamGuide", "num_frames"),
    "trajectory file outside": (
        {"load_trajectory": {"source": "document file", "source.file": "../x.json"}},
        "PostCamLoadTrajectory",
        "inside ComfyUI's input folder",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_on_its_node(comfy: ComfyHost, files: Path, case: str) -> None:
    changes, node, words = BAD[case]
    with pytest.raises(HostError) as caught:
        comfy.run(_prompt(**changes))
    message = str(caught.value)
    assert node in message
    assert words in message
    assert "expected" in message
    assert "got" in message


@pytest.mark.parametrize(
    "geometry",
    [
        {"source": "npz", "source.file": "good.npz"},
        {"source": "released folder", "source.folder": "released", "source.centre_principal_point": False},
    ],
    ids=lambda g: g["source"],
)
def test_good_files_of_the_same_kinds_pass(comfy: ComfyHost, files: Path, geometry: dict) -> None:
    assert "covered" in comfy.run(_prompt(geometry=geometry))["guide"]["text"][0]


def test_one_frame_and_the_clip_of_a_video_socket(comfy: ComfyHost, files: Path) -> None:
    prompt = _prompt(load={"num_frames": 1}, trajectory={"num_frames": 1})
    prompt["file"] = {"class_type": "LoadVideo", "inputs": {"file": "good.mp4"}}
    prompt["load"]["inputs"]["video"] = ["file", 0]
    prompt["load"]["inputs"]["file"] = "postcam_sample.mp4"
    assert "covered: 100% on average" in comfy.run(prompt)["guide"]["text"][0]


def test_no_temporary_file_is_left(files: Path) -> None:
    assert [path.name for path in files.rglob("*") if ".tmp" in path.name] == []
