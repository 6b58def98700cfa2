"""Steps of an editor session that are about the pointer, the keys and the focus."""

import json
import re

from scripts.host import ROOT
from scripts.page import load_graph
from tests.oracles.editor_driver import EDITOR, Editor


def check_drag_ends_over_a_view(editor: Editor, index: int) -> None:
    """A keyframe of the timeline that is let go over a view stays there; the right button drags none."""
    mouse, keys = editor.page.mouse, editor.path["keyframes"]
    # Marks that lie close together cover each other.
    editor.call(f"setSelection({index})")
    editor.fill("Time, 0 to 1", round((keys[index - 1]["time"] + keys[index + 1]["time"]) / 2, 4))
    before = editor.path
    mark = editor.page.locator(f".pc-key[data-key='{index}']")
    mark.hover()  # waits until no new warning moves the timeline
    box = mark.bounding_box()
    view = editor.page.locator("[data-pane=top] canvas").bounding_box()
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down(button="right")
    mouse.move(at[0] + 20, at[1], steps=2)
    mouse.up(button="right")
    assert editor.path == before
    mark.hover()
    mouse.down()
    mouse.move(at[0] + 6, at[1])
    mouse.move(at[0] + 6, view["y"] + view["height"] / 2, steps=3)
    mouse.up()
    dropped = editor.path
    assert dropped != before
    mouse.move(at[0] + 40, at[1], steps=3)
    assert editor.path == dropped


def check_connected_text(editor: Editor) -> None:
    """A node whose path comes from another node offers no editor, and says why."""
    page, workflow = editor.page, ROOT / "workflows" / "batch.json"
    load_graph(page, workflow, len(json.loads(workflow.read_text())["nodes"]))
    page.wait_for_function("() => document.querySelector('.postcam-trajectory button')?.disabled")
    assert "comes from the text" in page.locator(".postcam-trajectory span").inner_text()
    editor.shoot("connected")


def check_fields(editor: Editor) -> None:
    """A typed value counts, and so does the click that ends it; Tab goes on to the next field of a move."""
    page, inspector = editor.page, editor.page.locator(".pc-inspector")
    page.locator("[data-preset=pan_left]").click()
    for name in ("pan_right", "static"):
        inspector.get_by_label("Then", exact=True).select_option(name)
    moves = editor.path["segments"]
    assert len(moves) == 3
    second = inspector.locator("[data-segment='1']")
    second.get_by_label("Duration, relative").fill("2")
    page.keyboard.press("Tab")
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    assert editor.path["segments"] == [moves[0], {**moves[1], "duration": 2, "scale": 3}, moves[2]]
    second.get_by_label("Duration, relative").fill("4")
    inspector.get_by_role("button", name="Remove this move").nth(2).click()
    assert editor.path["segments"] == [moves[0], {**moves[1], "duration": 4, "scale": 3}]
    inspector.locator("[data-segment='2']").wait_for(state="detached")


def check_what_cannot_be_shown(editor: Editor) -> None:
    """A lost frame file, or a browser without WebGL2, is told in its pane and leaves the other views alone."""
    page, files = editor.page, re.compile(r"/view\?filename=\w+\.png")
    page.route(files, lambda route: route.fulfill(status=404))
    editor.open()
    page.wait_for_function(f"() => {EDITOR}.views.length === 3")
    note = page.locator("[data-pane=look] [role=status]").inner_text()
    assert "Run the workflow once more" in note
    editor.close()
    page.unroute(files)
    page.evaluate(
        """() => {
          const { getContext } = HTMLCanvasElement.prototype
          window.giveWebglBack = () => { HTMLCanvasElement.prototype.getContext = getContext }
          HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind.startsWith("webgl") ? null : getContext.call(this, kind, ...rest)
          }
        }"""
    )
    editor.open()
    page.wait_for_function(f"() => {EDITOR}.views.length === 2")
    for pane in ("look", "view3d"):
        assert "expected" in page.locator(f"[data-pane={pane}] .pc-empty").inner_text()
    editor.shoot("without_webgl")
    editor.close()
    page.evaluate("() => window.giveWebglBack()")


def check_focus(editor: Editor) -> None:
    """Buttons that disappear or are disabled leave the keys to the window, not to the graph."""
    page = editor.page
    is_inside = "() => document.querySelector('.pc-window').contains(document.activeElement)"
    editor.call("setSelection(0)")
    for name in ("Delete", "Undo (Ctrl Z)"):
        editor.press(name)
        page.wait_for_function(is_inside, timeout=3000)
    editor.call("setSelection(0)")
    page.locator(".pc-key").first.focus()
    page.keyboard.press("Delete")
    page.wait_for_function(is_inside, timeout=3000)
    page.keyboard.press("Control+z")
    editor.press("Redo (Ctrl Y)")
    assert not editor.store("canRedo")
    page.wait_for_function(is_inside, timeout=3000)


def check_flight(editor: Editor, fly: str) -> None:
    """Fields take letters in flight, too; a flight keeps the focal length and stops with the browser's focus."""
    page = editor.page
    editor.call("setTime(1)")
    zoom = editor.path["keyframes"][-1]["focal_scale"]
    editor.press(fly)
    name = page.locator(".pc-inspector").get_by_label("Name", exact=True)
    name.fill("")
    name.press_sequentially("wasd")
    assert name.input_value() == "wasd"
    editor.focus()
    page.keyboard.down("d")
    page.wait_for_timeout(1000)
    page.evaluate("() => window.dispatchEvent(new Event('blur'))")
    page.wait_for_timeout(6000)  # a slow renderer ticks seldom
    page.keyboard.press("Enter")
    page.keyboard.up("d")
    keys = editor.path["keyframes"]
    assert all(abs(key["focal_scale"] - zoom) < 0.01 for key in keys)
    places = editor.store("trajectory.c2w.map((pose) => pose[3])")
    assert abs(places[-1] - places[-2]) < 0.1 * abs(places[-1] - places[0])
    editor.focus()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    assert editor.path["keyframes"] == keys
    page.keyboard.press("Control+z")
