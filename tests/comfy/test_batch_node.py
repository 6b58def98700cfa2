"""PostCamBatch in the real server: one queue runs every clip with every move."""

from pathlib import Path

import pytest

from postcam_core.jobs.executors.comfy_workflow import ComfyModels, build_workflow
from postcam_core.jobs.manifest import read_manifest
from postcam_core.jobs.tasks import Task
from postcam_core.media import probe_video, read_frames
from scripts.host import ComfyHost, HostError
from tests.oracles.batch_clips import HEIGHT, NUM_FRAMES, WIDTH, write_clips, write_real_manifest

MOVES = "arc_left 0.5\n\nmoves/three.txt"


def graph(tmp_path: Path, **batch: object) -> dict:
    """The recapture's graph with the batch node before it, which saves the result alone."""
    (item,) = read_manifest(write_real_manifest(tmp_path, num_clips=1, moves=("static",)))
    task = Task(name="x", kind="recapture", key="x", item=item, clip_key="x")
    nodes = build_workflow(task, ComfyModels(), clip="postcam_sample.mp4", geometry=None)
    nodes = {name: node for name, node in nodes.items() if not name.startswith(("guide.mp4", "side_by_side"))}
    inputs = {"folder": "batch_clips", "moves": MOVES, "prefix": "PostCam/nodes"} | batch
    nodes["batch"] = {"class_type": "PostCamBatch", "inputs": inputs}
    nodes["clip"]["inputs"]["video"] = ["batch", 0]
    nodes["trajectory"]["inputs"]["trajectory"] = ["batch", 1]
    nodes["result.mp4"]["inputs"]["filename_prefix"] = ["batch", 2]
    return nodes


@pytest.fixture(scope="module", autouse=True)
def input_files(comfy: ComfyHost) -> None:
    (comfy.base / "input" / "batch_clips").mkdir()
    write_clips(comfy.base / "input" / "batch_clips", 2)
    (comfy.base / "input" / "moves").mkdir()
    (comfy.base / "input" / "moves" / "three.txt").write_text("0 5\n0 10\n1 1")


def geometries(comfy: ComfyHost) -> list[Path]:
    return list((comfy.base / "user" / "postcam" / "geometry").glob("*.npz"))


def test_one_queue_makes_every_clip_with_every_move(comfy: ComfyHost, tmp_path: Path) -> None:
    for made_by_others in geometries(comfy):  # of these same clips
        made_by_others.unlink()
    files = comfy.saved_files(comfy.run(graph(tmp_path)))
    names = ["clip0_arc_left_0.5", "clip0_three", "clip1_arc_left_0.5", "clip1_three"]
    assert [file.name.removesuffix("_00001_.mp4") for file in files] == names
    assert len(geometries(comfy)) == 2, "one for each clip"
    for file in files:
        info = probe_video(file)
        assert (info.width, info.height, info.num_frames) == (WIDTH, HEIGHT, NUM_FRAMES)
    results = [read_frames(file).float() for file in files]
    assert (results[0] - results[1]).abs().mean() > 1, "moves differ"
    assert (results[0] - results[2]).abs().mean() > 1, "clips differ"


def test_each_run_makes_the_next_pairs(comfy: ComfyHost, tmp_path: Path) -> None:
    made = []
    for run in range(2):
        prompt = graph(tmp_path, moves="static\ncrane_up\npan_left", prefix="PostCam/runs")
        prompt["batch"]["inputs"] |= {"pairs_per_run": 4, "run": run}
        made.append([file.name.removesuffix("_00001_.mp4") for file in comfy.saved_files(comfy.run(prompt))])
    assert made == [
        ["clip0_static", "clip0_crane_up", "clip0_pan_left", "clip1_static"],
        ["clip1_crane_up", "clip1_pan_left"],
    ]


def test_cancelling_stops_after_a_step_and_saves_nothing(comfy: ComfyHost, tmp_path: Path) -> None:
    prompt = graph(tmp_path, prefix="PostCam/cancelled")
    prompt["sampler"]["inputs"]["steps"] = 50
    steps = []

    def cancel(kind: str, data: dict) -> None:
        if kind == "progress" and data["node"] == "sampler":
            steps.append(data["value"])
            comfy.post("/interrupt", {})

    with pytest.raises(HostError, match="interrupted at PostCamSampler"):
        comfy.run(prompt, cancel)
    assert max(steps) < 50
    assert not list((comfy.output / "PostCam").glob("**/*cancelled*"))


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ({"folder": "none"}, "folder: expected an existing file or folder"),
        ({"folder": "../outside"}, "folder: expected a path inside"),
        ({"folder": "moves"}, "folder: expected at least one video in it"),
        ({"folder": "moves/three.txt"}, "folder: expected a folder, got the file three.txt"),
        ({"moves": " \n"}, "moves: expected at least one line"),
        ({"moves": "static\nfly_away"}, "moves line 2, preset or trajectory file: expected an existing file"),
        ({"moves": "arc_left fast"}, "moves line 1, amount: expected a number"),
        ({"pairs_per_run": 3, "run": 2}, "run: expected 0 to 1, for 4 pairs at 3 a run, got 2"),
        ({"moves": "static\nstatic"}, "'clip0_static' twice"),
    ],
)
def test_bad_input_is_refused_by_name(comfy: ComfyHost, tmp_path: Path, batch: dict, words: str) -> None:
    with pytest.raises(HostError, match=f"PostCamBatch: .*{words}"):
        comfy.run(graph(tmp_path, **batch))
