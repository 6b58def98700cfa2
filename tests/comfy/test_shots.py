"""Shots and another clip's camera through the real server, from a clip with exact geometry to its guide."""

import pytest

from postcam_core.geometry import save_npz
from postcam_core.media import write_video
from postcam_core.trajectory import document_to_json, following, preset_document, stretched
from scripts.host import ComfyHost, HostError
from tests.oracles.exact_shots import HEIGHT, NUM_FRAMES, WIDTH, FilmedScene, filmed

CLONE = {"source": "another clip's camera", "source.other_geometry": ["other", 0]}
FILE = {"source": "another clip's geometry file", "source.file": "shots.npz"}


@pytest.fixture(scope="module")
def scene(comfy: ComfyHost) -> FilmedScene:
    """A clip and its exact geometry in ComfyUI's input folder."""
    scene = filmed(1_000_005)
    write_video(comfy.base / "input" / "shots.mp4", scene.clip.video, frame_rate=10)
    save_npz(comfy.base / "input" / "shots.npz", scene.clip.geometry)
    return scene


def _prompt(move: dict, *, is_loaded: bool = False, connected: tuple[str, ...] = ("geometry",)) -> dict:
    """Clip and geometry, a move from one of the two trajectory nodes, and the guide."""
    load = {"file": "shots.mp4", "width": WIDTH, "height": HEIGHT, "num_frames": NUM_FRAMES, "start_s": 0.0}
    source = {"source": "npz", "source.file": "shots.npz", "fit": "cover", "frames": "match"}
    geometry = {
        "class_type": "PostCamImportGeometry",
        "inputs": {"images": ["load", 0], "check_cameras": False} | source,
    }
    links = {name: [{"images": "load"}.get(name, name), 0] for name in connected}
    usual = {} if is_loaded else {"preset": "static", "amount": 1.0, "trajectory": ""}
    return {
        "load": {"class_type": "PostCamLoadVideo", "inputs": load | {"fit": "cover", "selection": "uniform"}},
        "geometry": geometry,
        "other": geometry,
        "move": {
            "class_type": "PostCamLoadTrajectory" if is_loaded else "PostCamTrajectory",
            "inputs": {"num_frames": NUM_FRAMES} | usual | links | move,
        },
        "guide": {
            "class_type": "PostCamGuide",
            "inputs": {
                **{"images": ["load", 0], "geometry": ["geometry", 0], "trajectory": ["move", 0]},
                "nearest_depth": "robust",
            },
        },
        "show": {"class_type": "PreviewImage", "inputs": {"images": ["guide", 0]}},
    }


def _shown(comfy: ComfyHost, prompt: dict) -> tuple[int, str]:
    """How many guide frames came out, and the node's words on how much of them is covered."""
    outputs = comfy.run(prompt)
    return len(outputs["show"]["images"]), outputs["guide"]["text"][0]


@pytest.mark.parametrize(
    ("move", "count"),
    [
        ({"shot": "bullet time", "freeze_at": 1.0, "preset": "truck_right"}, NUM_FRAMES),
        ({"shot": "slow down", "num_frames": 13}, 13),
        ({"shot": "follow the source"}, NUM_FRAMES),
    ],
)
def test_shots_of_a_preset(comfy: ComfyHost, scene: FilmedScene, move: dict, count: int) -> None:
    frames, text = _shown(comfy, _prompt(move))
    assert frames == count
    # Along with the source the guide is the clip itself; from its first camera the edges are missing later on.
    assert ("100% at worst" in text or "99% at worst" in text) == (move["shot"] == "follow the source")


def test_the_images_alone_say_how_long_the_clip_is(comfy: ComfyHost, scene: FilmedScene) -> None:
    slow = {"shot": "slow down", "num_frames": 13}
    assert _shown(comfy, _prompt(slow, connected=("images",)))[0] == 13


def test_a_loaded_document_can_go_along_with_the_clip(comfy: ComfyHost, scene: FilmedScene) -> None:
    document = document_to_json(following(stretched(preset_document("static"))))
    (comfy.base / "input" / "along.json").write_text(document)
    move = {"source": "document file", "source.file": "along.json", "num_frames": 13}
    frames, text = _shown(comfy, _prompt(move, is_loaded=True))
    assert frames == 13
    assert "100% at worst" in text or "99% at worst" in text, text


@pytest.mark.parametrize("source", [CLONE, FILE], ids=["socket", "file"])
def test_the_camera_of_a_clip_used_on_the_clip_itself_shows_the_clip(
    comfy: ComfyHost, scene: FilmedScene, source: dict
) -> None:
    frames, text = _shown(comfy, _prompt(source, is_loaded=True, connected=()))
    assert frames == NUM_FRAMES
    assert "100% on average" in text or "99% on average" in text, text


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        (_prompt({"num_frames": 13}), "PostCamTrajectory.*expected 9.*got 13.*slow down"),
        (_prompt({"num_frames": 13}, connected=()), "PostCamGuide.*expected 9.*got 13.*slow down"),
        (
            _prompt({"num_frames": 13, "shot": "slow down"}, connected=()),
            "PostCamGuide.*over the 9 frames.*got one over 13.*Connect",
        ),
        (_prompt({"shot": "stabilise"}, connected=()), "PostCamTrajectory.*Connect the clip's geometry"),
        (_prompt({"shot": "reverse", "trajectory": "{}"}), 'PostCamTrajectory.*"as normal".*got "reverse"'),
        (_prompt({"shot": "bullet time", "freeze_at": 1.5}), "freeze_at"),
        (_prompt({"source": CLONE["source"]}, is_loaded=True), "other_geometry"),
    ],
)
def test_refused(comfy: ComfyHost, scene: FilmedScene, prompt: dict, says: str) -> None:
    with pytest.raises(HostError, match=says):
        comfy.run(prompt)
