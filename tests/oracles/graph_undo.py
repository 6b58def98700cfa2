"""ComfyUI's own undo beside the editor's."""

from tests.oracles.editor_driver import EDITOR, Editor, set_widgets

_TRACKER = "window.app.extensionManager.workflow.activeWorkflow.changeTracker"
_TITLE = "Changed before the editor was opened"


def change_the_graph(page) -> None:
    """A change that has nothing to do with the editor, as one step of ComfyUI's undo."""
    page.evaluate(
        f"""(title) => {{
          window.app.graph._nodes.find((n) => n.type !== 'PostCamTrajectory').title = title
          {_TRACKER}.captureCanvasState()
        }}""",
        _TITLE,
    )


def assert_graph_change_is_there(page) -> None:
    page.wait_for_timeout(700)  # ComfyUI undoes a moment after the key
    assert _TITLE in page.evaluate("() => window.app.graph._nodes.map((n) => n.title)")


def check_graph_undo(editor: Editor) -> None:
    """ComfyUI's undo past the run leaves the clip in an open window; the text it brings back is taken over."""
    page = editor.page
    set_widgets(page, {"trajectory": ""})
    page.evaluate(f"() => {_TRACKER}.captureCanvasState()")
    editor.open()
    page.wait_for_function(f"() => {EDITOR}.store.scene", timeout=30_000)
    page.locator("[data-preset=pan_left]").click()
    page.wait_for_timeout(600)
    # As on the first run: where the files lie came after the step that is undone to.
    before = f"{_TRACKER}.undoQueue.at(-1)"
    page.evaluate(f"() => {{ for (const n of {before}.nodes) delete n.properties.postcam_scene }}")
    page.evaluate(f"() => {_TRACKER}.undo()")
    page.wait_for_timeout(1500)
    node = "window.app.graph._nodes.find((n) => n.type === 'PostCamTrajectory')"
    assert page.evaluate(f"() => {node}.properties.postcam_scene ?? null") is None
    assert page.evaluate(f"() => {EDITOR}.store.scene !== null")
    assert page.locator(".pc-empty").count() == 0
    assert editor.path["name"] != "pan_left"
    editor.close()
