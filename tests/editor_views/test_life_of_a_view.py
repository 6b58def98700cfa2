"""Views from their opening to their end: drawn when needed, at the right size, and gone without a trace."""

import numpy as np
import pytest
from playwright.sync_api import Error as PageError

from tests.editor_views.conftest import SampleScene
from tests.oracles.editor_views import BOXES, EditorViewsPage

LIGHT = {
    "--comfy-input-bg": "#fafafa",
    "--input-text": "#222",
    "--border-color": "#bbb",
    "--comfy-menu-bg": "rgb(230, 230, 230)",
}
_SET_STYLE = "(h, name, value) => document.documentElement.style.setProperty(name, value)"


def test_nothing_is_drawn_without_need(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main")
    count = "(h) => h.views.main.statistics.numRenders"
    before = views.call(count)
    views.page.wait_for_timeout(500)
    views.call("(h) => h.store.setPlaying(true)")
    views.page.wait_for_timeout(200)
    assert views.call(count) == before
    views.call("(h) => { h.store.setTime(0.3); h.store.setTime(0.31); h.store.setSelection(1) }")
    views.settle()
    assert before < views.call(count) <= before + 3, (
        "once for the cameras, and again when the points are there"
    )


def test_a_closed_view_leaves_nothing_behind(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main", "top", "side")
    views.call("(h) => { h.store.setSelection(1); h.store.edit(h.updateKeyframe(1, {pan_deg: 3})) }")
    views.settle()
    views.page.locator("#main button[data-icon=turnKey]").click()
    views.call("(h) => h.store.setTime(1)")
    views.settle()
    assert views.call("(h) => h.views.main.statistics.geometries") > 0
    left = views.call("(h) => h.close('main')")
    statistics = left["statistics"]
    assert (statistics["geometries"], statistics["textures"], statistics["programs"]) == (0, 0, 0)
    assert left["numElements"] == 0
    for name in ("top", "side"):
        assert views.call("(h, name) => h.close(name)", name)["numElements"] == 0
    # Nobody listens any more, to the store or to the page.
    views.call("(h) => { h.store.setTime(0); h.store.setScene(null); h.store.undo() }")
    views.call(_SET_STYLE, "--comfy-input-bg", "#fff")
    views.call(_SET_STYLE, "--comfy-input-bg", "")
    views.settle()


def test_closed_views_give_their_graphics_contexts_back(views: EditorViewsPage, sample: SampleScene) -> None:
    # Browsers keep 16 of them: one more, and the oldest would be lost, which is the view that stays open.
    views.open(sample.folder, "main")
    views.call(
        """async (h) => {
          const box = {left: "800px", top: "0px", width: "60px", height: "40px"}
          for (let i = 0; i < 20; i++) {
            await h.openView("other", {module: "viewport3d.mjs", className: "Viewport3d", box})
            h.close("other")
          }
        }"""
    )
    views.settle()
    assert views.page.locator("#main .postcam-message").is_hidden()
    assert (views.pixels("main").astype(int) - 0x22).std() > 10


def test_a_view_that_closes_while_it_loads_is_closed(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder)
    views.call(
        """async (h) => {
          const box = {left: "0px", top: "0px", width: "300px", height: "200px"}
          await h.openView("main", {module: "viewport3d.mjs", className: "Viewport3d", box})
          h.close("main")
        }"""
    )
    views.settle()


def test_a_lost_graphics_card_is_told_and_comes_back(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main")
    before = views.pixels("main")
    views.call("(h) => h.graphicsCard('main').loseContext()")
    message = views.page.locator("#main .postcam-message")
    message.wait_for(state="visible")
    assert "graphics card" in message.inner_text()
    views.call("(h) => h.store.setTime(0.01)")  # drawing into nothing is no error
    views.call("(h) => h.store.setTime(0)")
    views.call("(h) => h.graphicsCard('main').restoreContext()")
    message.wait_for(state="hidden")
    views.settle()
    after = views.pixels("main")
    assert (np.abs(after.astype(int) - before).max(axis=-1) > 30).mean() < 0.002
    views.errors.clear()  # three tells of the loss as an error


def test_a_view_takes_the_size_of_its_element(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main", "top")
    sizes = "(h) => ['main', 'top'].map(h.canvasSize)"
    assert views.call(sizes) == [list(BOXES["main"][2:]), list(BOXES["top"][2:])]
    views.call(
        "(h) => Object.assign(document.getElementById('main').style, {width: '500px', height: '300px'})"
    )
    views.settle()
    assert views.call(sizes)[0] == [500, 300]
    assert views.call("(h) => [h.views.main.view.width, h.views.main.view.height]") == [500, 300]
    # Hidden and shown again, as in a tab.
    views.call("(h) => { document.getElementById('main').style.display = 'none' }")
    views.settle()
    views.call("(h) => { document.getElementById('main').style.display = '' }")
    views.settle()
    assert views.call(sizes)[0] == [500, 300]


def test_a_screen_with_more_pixels_gets_more_pixels(views: EditorViewsPage, sample: SampleScene) -> None:
    session = views.page.context.new_cdp_session(views.page)
    metrics = {"width": 1600, "height": 900, "mobile": False}
    try:
        session.send("Emulation.setDeviceMetricsOverride", {**metrics, "deviceScaleFactor": 2})
        views.open(sample.folder, "main", "top")
        for name in ("main", "top"):
            size = views.call("(h, name) => h.canvasSize(name)", name)
            assert size == [2 * side for side in BOXES[name][2:]]
        views.click("main", views.project(views.keyframe(2)["position"]))
        assert views.call("(h) => h.store.selection") == 2
        views.save("editor_views_dense")
    finally:
        session.send("Emulation.clearDeviceMetricsOverride")
        session.detach()
        views.settle()


@pytest.mark.parametrize("view", ["main", "top"])
def test_pointers_hold_under_a_css_transform(views: EditorViewsPage, sample: SampleScene, view: str) -> None:
    # ComfyUI zooms its widgets so.
    views.open(sample.folder, view)
    left, top, *_ = BOXES[view]
    views.call(
        "(h, v) => Object.assign(document.getElementById(v).style, {transformOrigin: '0 0', transform: 'scale(0.5)'})",
        view,
    )
    position = views.keyframe(2)["position"]
    x, y = views.project(position) if view == "main" else views.plan_px(view, position)
    views.page.mouse.click(left + x / 2, top + y / 2)
    assert views.call("(h) => h.store.selection") == 2


def test_colours_follow_the_page(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main", "top", "side")
    views.call("(h) => h.store.edit(h.setAround({pivot: [0, 0, 1], yaw_deg: 40, pitch_deg: 20}))")
    try:
        for name, value in LIGHT.items():
            views.call(_SET_STYLE, name, value)
        views.settle()
        views.save("editor_views_light")
        assert views.pixels("main")[500, 120].tolist() == [0xFA] * 3
        assert views.pixels("top")[380, 20].tolist() == [0xFA] * 3
        path = views.call("(h) => { const m = h.store.trajectory.c2w[20]; return [m[3], m[7], m[11]] }")
        x, y = (round(value) for value in views.project(path))
        around = views.pixels("main")[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).astype(int)
        assert (np.abs(around - [0xC8, 0x5A, 0x00]).max(axis=-1) < 12).any()
    finally:
        for name in LIGHT:
            views.call(_SET_STYLE, name, "")


def test_a_browser_without_webgl_is_told_what_to_do(views: EditorViewsPage) -> None:
    views.open(None)
    views.call("(h) => h.withoutWebGl(true)")
    try:
        with pytest.raises(PageError, match="RenderError: 3D view: expected a browser with WebGL2"):
            views.open(None, "main")
        assert views.page.locator("#main .postcam-view").count() == 0
        views.page.evaluate("document.getElementById('main').remove()")
        views.open(None, "top")
        assert len(np.unique(views.pixels("top"))) > 3
    finally:
        views.call("(h) => h.withoutWebGl(false)")


def test_a_keyframe_may_go_while_it_is_dragged(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main", "top")
    for view in ("main", "top"):
        views.call("(h) => h.store.setSelection(1)")
        views.settle()
        start = views.arrow(0)[1] if view == "main" else views.plan_px("top", views.keyframe(1)["position"])
        left, top, *_ = BOXES[view]
        views.page.mouse.move(left + start[0], top + start[1])
        views.page.mouse.down()
        views.page.mouse.move(left + start[0] + 20, top + start[1])
        views.call("(h) => h.store.edit(h.choosePreset('arc_left'))")
        views.page.mouse.move(left + start[0] + 60, top + start[1] + 10)
        views.page.mouse.up()
        assert views.document()["path"]["kind"] == "preset"
        views.call("(h) => h.store.undo()")


def test_points_that_cannot_be_loaded_are_told(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main")
    views.page.route("**/image_00040.jpg", lambda route: route.fulfill(status=404))
    try:
        views.call("(h) => h.store.setTime(1)")
        message = views.page.locator("#main .postcam-message")
        message.wait_for(state="visible")
        views.errors.clear()  # the browser's own line about the 404
    finally:
        views.page.unroute("**/image_00040.jpg")
    # The other frames are still there, and so is this one once it can be read.
    views.call("(h) => h.store.setTime(0)")
    views.settle()
    message.wait_for(state="hidden")
    views.call("(h) => h.store.setTime(1)")
    views.settle()
    assert message.is_hidden()
