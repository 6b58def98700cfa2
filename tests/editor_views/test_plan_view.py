"""The plan views in a real browser: what they show, keyframes dragged in the plane, paths drawn by hand."""

import numpy as np
import pytest

from tests.editor_views.conftest import SampleScene
from tests.oracles.editor_views import BOXES, EditorViewsPage

ORANGE, WHITE = (0xFF, 0x9D, 0x2E), (255, 255, 255)
# Coordinates that a plan shows, across and along.
SHOWN = {"top": (0, 2), "side": (2, 1)}
UNSEEN = {"top": 1, "side": 0}


def _share_near(
    pixels: np.ndarray, places: list[list[float]], colour: tuple[int, int, int], reach: int
) -> float:
    found = []
    for x, y in np.rint(places).astype(int):
        around = pixels[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1].astype(int)
        found.append((np.abs(around - colour) <= 24).all(axis=-1).any())
    return float(np.mean(found))


@pytest.mark.parametrize("view", ["top", "side"])
def test_path_and_points_are_where_they_are(views: EditorViewsPage, sample: SampleScene, view: str) -> None:
    views.open(sample.folder, view)
    pixels = views.pixels(view)
    places = views.call("(h) => h.store.trajectory.c2w.map((m) => [m[3], m[7], m[11]])")
    assert _share_near(pixels, [views.plan_px(view, place) for place in places], ORANGE, reach=2) == 1
    # The ball in front is the nearest thing there is.
    depth, K = sample.geometry.depth[0].numpy(), sample.geometry.K[0].numpy()
    colours = ((sample.video[0].permute(1, 2, 0).numpy() + 1) * 127.5).astype(int)
    v, u = np.nonzero(depth < np.percentile(depth, 0.3))
    rays = np.stack([(u - K[0, 2]) / K[0, 0], (v - K[1, 2]) / K[1, 1], np.ones(len(u))], axis=-1)
    points = rays * depth[v, u][:, None] / sample.geometry.nearest_depth()
    chosen = np.linspace(0, len(points) - 1, 40).astype(int)
    matches = []
    for i in chosen:
        x, y = np.rint(views.plan_px(view, points[i].tolist())).astype(int)
        if 40 < y < BOXES[view][3] and 0 < x < BOXES[view][2]:
            around = pixels[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 3).astype(int)
            seen = 0.75 * colours[v[i], u[i]] + 0.25 * np.array([0x22] * 3)  # lies on the background
            matches.append(np.abs(around - seen).max(axis=-1).min() < 30)
    assert len(matches) > 20
    assert np.mean(matches) > 0.7, "some lie behind others"


@pytest.mark.parametrize("view", ["top", "side"])
def test_a_keyframe_is_dragged_in_its_plane(views: EditorViewsPage, sample: SampleScene, view: str) -> None:
    views.open(sample.folder, view)
    before, projection = views.document(), views.call("(h, v) => ({...h.views[v].projection})", view)
    start = views.plan_px(view, views.keyframe(1)["position"])
    views.drag(view, [start, [start[0] + 60, start[1] + 35]], hold=lambda: views.save(f"plan_drag_{view}"))
    assert views.call("(h) => h.store.selection") == 1
    after = views.keyframe(1)
    assert views.plan_px(view, after["position"]) == pytest.approx([start[0] + 60, start[1] + 35], abs=0.01)
    assert after["position"][UNSEEN[view]] == before["path"]["keyframes"][1]["position"][UNSEEN[view]]
    assert after["pan_deg"] == before["path"]["keyframes"][1]["pan_deg"]
    assert views.keyframe(0) == before["path"]["keyframes"][0]
    assert views.call("(h, v) => ({...h.views[v].projection})", view) == projection
    once = views.document()
    start = views.plan_px(view, after["position"])
    views.drag(view, [start, [start[0] - 30, start[1] + 5]])
    assert views.document() != once
    views.call("(h) => h.store.undo()")
    assert views.document() == once, "each drag is one step to undo"
    views.call("(h) => h.store.undo()")
    assert views.document() == before
    assert views.told()["leaked"] == []


@pytest.mark.parametrize("unit", ["scene", "model"])
def test_a_keyframe_keeps_to_the_units_of_its_path(
    views: EditorViewsPage, sample: SampleScene, unit: str
) -> None:
    nearest_depth = sample.geometry.nearest_depth() if unit == "scene" else 3.97521
    path = {
        "kind": "keyframes",
        "unit": unit,
        "keyframes": [{"time": 0, "position": [0, 0, 0]}, {"time": 1, "position": [nearest_depth / 2, 0, 0]}],
    }
    document = {"format": "postcam-trajectory", "version": 1, "path": path}
    views.open(sample.folder, "top", document=document)
    start = views.plan_px("top", [0.5, 0, 0])
    end = views.plan_px("top", [0.3, 0, 0.4])
    views.drag("top", [start, end])
    expected = [0.3 * nearest_depth, 0, 0.4 * nearest_depth]
    assert views.keyframe(1)["position"] == pytest.approx(expected, abs=1e-4 * nearest_depth)


@pytest.mark.parametrize("view", ["top", "side"])
def test_a_path_is_drawn_by_hand(views: EditorViewsPage, sample: SampleScene, view: str) -> None:
    views.open(sample.folder, view)
    before = views.document()
    views.page.locator(f"#{view} button[data-icon=draw]").click()
    line = [[60, 250], [140, 200], [230, 220], [300, 120]]
    seen = []

    def look() -> None:
        views.settle()
        seen.append(views.pixels(view))
        views.save(f"plan_stroke_{view}")

    views.drag(view, line, hold=look)
    corners = [[x, y] for x, y in line if y > 60]
    assert _share_near(seen[0], corners, WHITE, reach=4) == 1, "the line is seen while it is drawn"
    (stroke,) = views.told()["strokes"]
    assert (stroke["plane"], stroke["unit"]) == (view, "nearest_depth")
    points = [[point[axis] for axis in "xyz"] for point in stroke["points"]]
    px = np.array([views.plan_px(view, point) for point in points])
    np.testing.assert_allclose(px[[0, -1]], [line[0], line[-1]], atol=2.5)
    for corner in line:
        assert np.linalg.norm(px - corner, axis=1).min() < 6
    assert {point[UNSEEN[view]] for point in points} == {0}
    assert views.document() == before, "what becomes of the line is for the caller"
    views.page.locator(f"#{view} canvas").press("Escape")
    assert views.call("(h, v) => h.views[v].isDrawing", view) is False
    assert views.told()["leaked"] == []


def test_the_stroke_makes_a_path_with_the_drawing_tool(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "top")
    views.call("(h) => { h.views.top.isDrawing = true }")
    line = [views.plan_px("top", point) for point in ([0, 0, 0], [0.5, 0, 0.4], [0.2, 0, 0.9])]
    views.drag("top", line)
    accepted = views.call(
        """async (h) => {
          const { strokeToKeyframes } = await import("/web/editor/tools/freehand.mjs")
          const [{ points }] = h.told.strokes
          const stroke = points.map(({ x, z }) => [x, z])
          const keyframes = strokeToKeyframes(stroke, { path: h.store.document.path, plan: "above" })
          return h.store.edit(h.setKeyframes(keyframes))
        }"""
    )
    assert accepted
    last = views.keyframe(-1)["position"]
    assert [last[axis] for axis in SHOWN["top"]] == pytest.approx([0.2, 0.9], abs=0.03)


def test_the_picture_slides_and_zooms(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "top")
    document = views.document()
    where = lambda: views.plan_px("top", [0, 0, 0])  # noqa: E731
    home = where()
    views.drag("top", [[300, 300], [340, 280]], button="right")
    assert where() == pytest.approx([home[0] + 40, home[1] - 20], abs=0.01)
    views.drag("top", [[300, 300], [290, 310]], button="middle")
    views.drag("top", [[300, 340], [300, 350]])
    assert where() == pytest.approx([home[0] + 30, home[1]], abs=0.01)
    under = [BOXES["top"][0] + 200, BOXES["top"][1] + 300]
    point = views.call("(h) => h.views.top.projection.fromPx(200, 300)")
    views.page.mouse.move(*under)
    views.page.mouse.wheel(0, -300)
    views.settle()
    assert views.plan_px("top", point) == pytest.approx([200, 300], abs=0.01)
    views.page.locator("#top button[data-icon=fit]").click()
    assert where() == pytest.approx(home)
    zoom = views.call("(h) => h.views.top.projection.pxPerUnit")
    views.page.locator("#top button[data-icon=farther]").click()
    assert views.call("(h) => h.views.top.projection.pxPerUnit") == pytest.approx(zoom / 1.25)
    views.page.locator("#top canvas").press("ArrowRight")
    views.page.locator("#top button[data-icon=side]").click()
    assert views.call("(h) => h.views.top.plane") == "side"
    views.settle()
    assert views.document() == document
    assert views.told()["leaked"] == []


def test_two_fingers_zoom_instead_of_drawing(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "top")
    views.call("(h) => { h.views.top.isDrawing = true }")
    zoom = views.call("(h) => h.views.top.projection.pxPerUnit")
    with views.fingers("top") as touch:
        touch("touchStart", (100, 200))
        touch("touchMove", (130, 200))
        touch("touchStart", (130, 200), (230, 200))
        touch("touchMove", (80, 200), (280, 200))
        touch("touchEnd")
        views.settle()
    assert views.told()["strokes"] == []
    assert views.call("(h) => h.views.top.projection.pxPerUnit") == pytest.approx(2 * zoom)
