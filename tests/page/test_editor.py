"""The trajectory editor in the real page, in both frontends: what a user does, step by step, with screenshots."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from postcam_core.trajectory import parse_document, sample_trajectory
from scripts.host import ROOT, ComfyHost
from scripts.page import load_graph, open_page
from tests.oracles import editor_steps as steps
from tests.oracles.editor_driver import EDITOR, Editor, run_until_scene, set_widgets, trajectory_text
from tests.oracles.editor_shot import check_shot
from tests.oracles.graph_undo import assert_graph_change_is_there, change_the_graph, check_graph_undo

WORKFLOW = ROOT / "workflows" / "guide_preview.json"
NUM_FRAMES = 9
FLY = "Steer the camera with W A S D, Q E and the arrow keys; what you fly becomes the path"
_SMALL = {"width": 384, "height": 224, "num_frames": NUM_FRAMES, "provider": "ground_plane"}


@pytest.fixture(params=[False, True], ids=["litegraph", "nodes2"])
def editor(request: pytest.FixtureRequest, comfy: ComfyHost, tmp_path: Path) -> Iterator[Editor]:
    """The guide workflow, run once at a small size, its editor open."""
    graph = json.loads(WORKFLOW.read_text())
    with open_page(comfy, tmp_path / "profile", is_nodes_2=request.param) as page:
        load_graph(page, WORKFLOW, len(graph["nodes"]))
        set_widgets(page, _SMALL)
        editor = Editor(page, "nodes2" if request.param else "litegraph")
        editor.shoot("graph")
        run_until_scene(page)
        loaded = page.evaluate("() => performance.getEntriesByType('resource').map((e) => e.name)")
        assert not [name for name in loaded if "/editor/" in name or "/vendor/three" in name]
        change_the_graph(page)
        editor.open()
        page.wait_for_function(f"() => {EDITOR}.store.scene", timeout=30_000)
        yield editor


@pytest.mark.timeout(900)  # two minutes alone, more beside the other process's server
def test_a_session(editor: Editor, comfy: ComfyHost, tmp_path: Path) -> None:
    page = editor.page
    editor.wait_until_drawn()
    editor.shoot("open")
    _choose_a_preset(editor)
    _drag_the_orbit(editor)
    _draw_from_above(editor)
    _edit_keyframes(editor)
    _freeze_and_zoom(editor)
    _fly(editor)
    steps.check_flight(editor, FLY)
    flown = editor.store("document")
    steps.check_focus(editor)
    steps.check_fields(editor)
    editor.call(f"replaceDocument({json.dumps(flown)})")
    _name_with_markup(editor)
    drawn = editor.store("document")
    poses = np.array(page.evaluate(f"() => {EDITOR}.store.trajectory.c2w.map((m) => [...m])"))
    editor.close()
    assert parse_document(trajectory_text(page)) == parse_document(json.dumps(drawn))
    _check_reload(editor, tmp_path, drawn)
    _check_duplicate(editor)
    _check_unreadable(editor)
    check_shot(editor, NUM_FRAMES)
    _check_executed(editor, comfy, poses)
    steps.check_what_cannot_be_shown(editor)
    check_graph_undo(editor)  # takes the clip from the node
    steps.check_connected_text(editor)


def _choose_a_preset(editor: Editor) -> None:
    before = editor.pixels()
    editor.page.locator("[data-preset=dolly_out]").click()
    assert editor.path == {"kind": "preset", "name": "dolly_out", "amount": 1}
    editor.call("setTime(1)")
    after = editor.pixels()
    # Farther back, the clip fills only the middle.
    assert (after[..., 3] == 0).mean() > (before[..., 3] == 0).mean() + 0.2
    assert after[112, 192, 3] == 255
    editor.shoot("preset")


def _drag_the_orbit(editor: Editor) -> None:
    editor.press("Click a point of the scene to go around it; drag the ring to turn")
    assert editor.path["kind"] == "around"
    before = editor.path
    editor.wait_until_drawn()
    editor.page.wait_for_timeout(500)  # the ring is placed with the next picture
    ring = editor.page.locator("[data-pane=view3d] svg.postcam-overlay circle").nth(1)
    box = ring.bounding_box()
    x, y = box["x"] + box["width"], box["y"] + box["height"] / 2
    editor.page.mouse.move(x - 1, y)
    editor.page.mouse.down()
    editor.page.mouse.move(x + 60, y - 20, steps=5)
    editor.page.mouse.up()
    assert editor.path["yaw_deg"] != before["yaw_deg"]
    assert editor.path["pivot"] == before["pivot"]
    editor.wait_until_drawn()
    editor.shoot("orbit")
    editor.focus()
    editor.page.keyboard.press("Control+z")
    assert editor.path == before
    editor.page.keyboard.press("Control+y")
    assert editor.path != before
    assert_graph_change_is_there(editor.page)
    # A click on the scene moves the pivot there.
    editor.drag("[data-pane=view3d] canvas", (0.45, 0.5), [])
    assert editor.path["pivot"] != before["pivot"]
    assert editor.path["pivot"][2] > 0.5
    editor.press("Click a point of the scene to go around it; drag the ring to turn")


def _draw_from_above(editor: Editor) -> None:
    editor.page.locator("[data-pane=top] [data-icon=draw]").click()
    editor.drag("[data-pane=top] canvas", (0.5, 0.75), [(0.45, 0.65), (0.4, 0.6), (0.4, 0.5)])
    path = editor.path
    assert path["kind"] == "keyframes"
    assert 2 <= len(path["keyframes"]) <= 20
    first, last = path["keyframes"][0]["position"], path["keyframes"][-1]["position"]
    assert last[0] < first[0]  # to the left …
    assert last[2] > first[2]  # … and ahead
    editor.wait_until_drawn()
    editor.shoot("drawn")


def _edit_keyframes(editor: Editor) -> None:
    times = [key["time"] for key in editor.path["keyframes"]]
    count = len(times)
    editor.focus()
    # Where keys were drawn depends on how fast the pointer went, and close to one of them K adds none.
    before, after = max(pairwise(times), key=lambda gap: gap[1] - gap[0])
    editor.call(f"setTime({(before + after) / 2})")
    editor.page.keyboard.press("k")
    assert len(editor.path["keyframes"]) == count + 1
    selected = editor.store("selection")
    editor.fill("Down", -0.2)
    editor.fill("Roll", 12)
    key = editor.path["keyframes"][selected]
    assert key["position"][1] == -0.2
    assert key["roll_deg"] == 12
    mark = f".pc-key[data-key='{selected}']"
    editor.drag(mark, (0.5, 0.5), [(2.5, 0.5)])
    assert editor.path["keyframes"][selected]["time"] > key["time"]
    steps.check_drag_ends_over_a_view(editor, selected)
    editor.shoot("keyframe")
    editor.focus()
    editor.page.keyboard.press("Delete")
    assert len(editor.path["keyframes"]) == count
    editor.page.keyboard.press("Control+z")
    assert len(editor.path["keyframes"]) == count + 1


def _freeze_and_zoom(editor: Editor) -> None:
    editor.call("setTime(0.5)")
    editor.press("Freeze here")
    shown = editor.page.evaluate(f"() => [...{EDITOR}.store.trajectory.sourceIndex]")
    assert len(set(shown)) < NUM_FRAMES  # some frame is shown more than once
    editor.call(f"setSelection({len(editor.path['keyframes']) - 1})")
    editor.fill("Focal length", 1.5)
    assert editor.path["keyframes"][-1]["focal_scale"] == 1.5
    editor.call("setTime(1)")
    editor.wait_until_drawn()
    editor.shoot("frozen_and_zoomed")


def _fly(editor: Editor) -> None:
    before = editor.path
    editor.call("setTime(0)")
    for landing in ("Escape", "Enter"):
        editor.press(FLY)
        editor.page.keyboard.down("d")
        editor.page.wait_for_timeout(1500)  # a slow renderer ticks seldom, and each tick is short
        editor.page.keyboard.up("d")
        editor.page.keyboard.press(landing)
        assert (editor.path == before) == (landing == "Escape")
    keys = editor.path["keyframes"]
    assert keys[-1]["position"][0] > keys[0]["position"][0] + 0.01
    editor.wait_until_drawn()
    editor.shoot("flown")
    editor.focus()
    editor.page.keyboard.press("Control+z")
    assert editor.path == before


def _name_with_markup(editor: Editor) -> None:
    """Text from strangers stays text."""
    name = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    field = editor.page.locator(".pc-inspector").get_by_label("Name", exact=True)
    field.fill(name)
    field.press("Enter")
    assert editor.store("document.name") == name
    assert editor.page.locator(".pc-inspector").get_by_label("Name", exact=True).input_value() == name
    assert editor.page.evaluate("() => window.hacked") is None
    assert editor.page.locator(".pc-window img, .pc-window script").count() == 0


def _check_reload(editor: Editor, tmp_path: Path, drawn: dict) -> None:
    page = editor.page
    saved = page.evaluate("() => JSON.stringify(window.app.graph.serialize())")
    (tmp_path / "saved.json").write_text(saved)
    page.reload()
    page.wait_for_function("() => window.app?.graph?._nodes.length > 0", timeout=90_000)
    page.wait_for_timeout(1500)
    load_graph(page, tmp_path / "saved.json", len(json.loads(saved)["nodes"]))
    editor.open()
    page.wait_for_function(f"() => {EDITOR}.store.scene", timeout=30_000)
    assert editor.store("document") == drawn
    editor.wait_until_drawn()
    editor.shoot("reloaded")
    editor.close()


def _check_duplicate(editor: Editor) -> None:
    page = editor.page
    page.evaluate(
        """() => {
          const node = window.app.graph._nodes.find((n) => n.type === 'PostCamTrajectory')
          window.app.canvas.selectItems([node])
          window.app.canvas.copyToClipboard([node])
          window.app.canvas.pasteFromClipboard()
        }"""
    )
    page.wait_for_function(
        "() => window.app.graph._nodes.filter((n) => n.type === 'PostCamTrajectory').length === 2"
    )
    assert trajectory_text(page, 1) == trajectory_text(page, 0)
    page.wait_for_timeout(500)
    editor.open(1)
    page.locator("[data-preset=pan_left]").click()
    page.wait_for_timeout(600)
    editor.shoot("duplicate")
    editor.close()
    assert json.loads(trajectory_text(page, 1))["path"]["name"] == "pan_left"
    assert json.loads(trajectory_text(page, 0))["path"]["kind"] == "keyframes"
    # Two at once: each has a store of its own, and the graph's undo reaches the open window.
    for index in (0, 1):
        page.evaluate(
            "(i) => document.querySelectorAll('.postcam-trajectory')[i].querySelector('button').click()",
            index,
        )
    page.wait_for_function("() => document.querySelectorAll('.pc-window').length === 2")
    kinds = page.evaluate(
        "() => [...document.querySelectorAll('.pc-window')].map((w) => w.postcamEditor.store.document.path.kind)"
    )
    assert sorted(kinds) == ["keyframes", "preset"]
    typed = '{"format": "postcam-trajectory", "version": 1, "path": {"kind": "preset", "name": "spiral"}}'
    page.evaluate(
        """(typed) => {
          const [, second] = window.app.graph._nodes.filter((n) => n.type === 'PostCamTrajectory')
          second.widgets.find((w) => w.name === 'trajectory').value = typed
        }""",
        typed,
    )
    page.wait_for_function(
        """() => [...document.querySelectorAll('.pc-window')]
          .some((w) => w.postcamEditor.store.document.path.name === 'spiral')"""
    )
    page.evaluate("() => document.querySelectorAll('.pc-window').forEach((w) => w.postcamEditor.close())")
    assert page.locator(".pc-window").count() == 0
    assert trajectory_text(page, 1) == typed  # what came from the node is not written back


def _check_unreadable(editor: Editor) -> None:
    """A text that is no document is shown as a problem, and stays as it is."""
    page = editor.page
    good = trajectory_text(page)
    bad = '{"format": "postcam-trajectory", "version": 7, "name": "<b>x</b>"}'
    set_widgets(page, {"trajectory": bad})
    editor.open()
    assert "trajectory version: expected 1" in page.locator(".pc-problem").inner_text()
    editor.close()
    assert trajectory_text(page) == bad
    set_widgets(page, {"trajectory": good})


def _check_executed(editor: Editor, comfy: ComfyHost, poses: np.ndarray) -> None:
    """What ran is what was drawn: the queued text, sampled by Python, gives the page's poses."""
    page = editor.page
    before = len(comfy.get("/history"))
    page.locator("[data-testid=queue-button]").click()
    for _ in range(200):
        history = comfy.get("/history")
        if len(history) > before:
            break
        page.wait_for_timeout(300)
    entry = max(history.values(), key=lambda each: each["prompt"][0])
    assert entry["status"]["status_str"] == "success"
    texts = [
        step["inputs"]["trajectory"]
        for step in entry["prompt"][2].values()
        if step["class_type"] == "PostCamTrajectory"
    ]
    document = parse_document(next(text for text in texts if "keyframes" in text))
    sampled = sample_trajectory(document, NUM_FRAMES)
    assert np.abs(sampled.c2w.numpy().reshape(NUM_FRAMES, 16) - poses).max() < 1e-6
