"""The step of an editor session in which the node has a shot."""

import json

from tests.oracles.editor_driver import EDITOR, Editor, set_widgets, trajectory_text, trajectory_widgets


def check_shot(editor: Editor, num_source: int) -> None:
    """The editor begins with what the node's shot does, and an edit takes it over into the document."""
    page, good = editor.page, trajectory_text(editor.page)
    set_widgets(page, {"trajectory": "", "shot": "slow down", "num_frames": 13})
    editor.open()
    page.wait_for_function(f"() => {EDITOR}.store.scene", timeout=30_000)
    slow = [(2 * i * (num_source - 1) + 12) // 24 for i in range(13)]
    assert page.evaluate(f"() => [...{EDITOR}.store.trajectory.sourceIndex]") == slow
    set_widgets(page, {"num_frames": 5})
    page.wait_for_function(f"() => {EDITOR}.store.numFrames === 5")
    page.locator("[data-preset=pan_left]").click()
    editor.close()
    # Its duplicate may be the one that is open: clicks bring nodes to the front.
    (edited,) = [values for values in trajectory_widgets(page) if values["trajectory"]]
    assert [key["source"] for key in json.loads(edited["trajectory"])["timing"]] == [0, 1]
    assert (edited["shot"], edited["num_frames"]) == ("as normal", 5)
    # The other node of the two has no text, so its button is hidden.
    page.get_by_role("button", name="Back to the preset").dispatch_event("click")
    assert {(each["trajectory"], each["shot"]) for each in trajectory_widgets(page)} == {("", "slow down")}
    set_widgets(page, {"trajectory": good, "shot": "as normal", "num_frames": num_source})
