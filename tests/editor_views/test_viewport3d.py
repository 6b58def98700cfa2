"""The 3D view in a real browser: what it shows, who owns a drag, what a click picks."""

import numpy as np
import pytest
import torch

from tests.editor_views.conftest import SampleScene
from tests.oracles.editor_views import BOXES, EditorViewsPage

WIDTH, HEIGHT = BOXES["main"][2:]
ORANGE, BLUE = (0xFF, 0x9D, 0x2E), (0x5A, 0xA9, 0xFF)
BACKGROUND = (0x22, 0x22, 0x22)
# A path far behind the first source camera, out of the way of what that camera sees.
BEHIND = {
    "format": "postcam-trajectory",
    "version": 1,
    "path": {
        "kind": "keyframes",
        "unit": "nearest_depth",
        "keyframes": [{"time": 0, "position": [0, 0, -9]}],
    },
}
EMPTY_SPOT = [120, 500]


def _is_near(pixels: np.ndarray, colour: tuple[int, int, int], tolerance: int = 12) -> np.ndarray:
    return (np.abs(pixels.astype(int) - colour) <= tolerance).all(axis=-1)


def _has_near(pixels: np.ndarray, place: list[float], colour: tuple[int, int, int], reach: int = 2) -> bool:
    x, y = (round(value) for value in place)
    around = pixels[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1]
    return bool(_is_near(around, colour).any())


def _look_as_the_source(views: EditorViewsPage) -> None:
    """The view's camera in the place of the first source camera."""
    views.call(
        "(h) => { h.views.main.view.lookAt({target: [0, 0, 1], panDeg: 0, tiltDeg: 0, distance: 1}); "
        "h.views.main.render() }"
    )


def _source_px(sample: SampleScene, px: np.ndarray, px_angle: float) -> np.ndarray:
    """Pixels ``[n, 2]`` of the first source picture that lie at px of such a view."""
    K = sample.geometry.K[0].numpy()
    slopes = (px - np.array([WIDTH / 2, HEIGHT / 2])) * px_angle
    return slopes * K[[0, 1], [0, 1]] + K[:2, 2]


def test_everything_is_seen(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main", "top", "side")
    views.call("(h) => { h.store.setSelection(1); h.store.setTime(0.6) }")
    views.settle()
    views.save("editor_views_dark")
    pixels = views.pixels("main")
    assert (~_is_near(pixels, BACKGROUND)).mean() > 0.25, "points fill a good part of the view"
    positions = views.call("(h) => h.store.trajectory.c2w.map((m) => [m[3], m[7], m[11]])")
    # The second half: the gizmo covers what lies around the selected keyframe.
    drawn = [_has_near(pixels, views.project(place), ORANGE) for place in positions[30:]]
    assert np.mean(drawn) > 0.9
    nearest_depth = sample.geometry.nearest_depth()
    source = views.call("(h) => h.store.scene.c2w.map((m) => [m[3], m[7], m[11]])")
    drawn = [_has_near(pixels, views.project([x / nearest_depth for x in place]), BLUE) for place in source]
    assert np.mean(drawn) > 0.5
    selected = views.call("(h) => h.store.document.path.keyframes[1].position")
    assert _has_near(pixels, views.project(selected), (255, 255, 255), reach=6)


def test_from_the_source_camera_the_points_are_its_picture(
    views: EditorViewsPage, sample: SampleScene
) -> None:
    views.open(sample.folder, "main", document=BEHIND)
    _look_as_the_source(views)
    pixels = views.pixels("main")
    px_angle = views.call("(h) => h.views.main.view.pxAngle")
    x, y = np.meshgrid(np.arange(0, WIDTH, 7), np.arange(60, HEIGHT, 7))
    px = np.stack([x, y], axis=-1).reshape(-1, 2)
    source = np.rint(_source_px(sample, px + 0.5, px_angle)).astype(int)
    inside = ((source > 8) & (source < np.array([832, 480]) - 8)).all(axis=-1)
    assert inside.sum() > 2000
    px, source = px[inside], source[inside]
    picture = ((sample.video[0].permute(1, 2, 0).numpy() + 1) * 127.5)[source[:, 1], source[:, 0]]
    difference = np.abs(pixels[px[:, 1], px[:, 0]] - picture)
    assert np.median(difference) < 3
    assert np.mean(difference.max(axis=-1) < 40) > 0.95


def test_the_points_follow_the_time(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main", document=BEHIND)
    before = views.pixels("main")
    counts = set()
    for time in (0.25, 0.5, 0.75, 1.0):
        views.call("(h, time) => h.store.setTime(time)", time)
        views.settle()
        counts.add(views.call("(h) => h.views.main.statistics.geometries"))
    assert (np.abs(before.astype(int) - views.pixels("main")).max(axis=-1) > 20).mean() > 0.02
    assert len(counts) == 1, "frames replace one another on the graphics card"
    assert 150_000 < views.call("(h) => h.views.main.statistics.numPoints") <= 300_000


@pytest.mark.parametrize("axis", [0, 1])
def test_the_gizmo_moves_the_keyframe_and_nothing_else(
    views: EditorViewsPage, sample: SampleScene, axis: int
) -> None:
    views.open(sample.folder, "main")
    views.call("(h) => h.store.setSelection(1)")
    views.settle()
    before, camera = views.document(), views.camera()
    centre, tip = views.arrow(axis)
    end = [2.2 * t - 1.2 * c for c, t in zip(centre, tip, strict=True)]
    views.drag("main", [tip, end], hold=lambda: views.save(f"editor_views_gizmo_{axis}"))
    after = views.document()
    moved = np.subtract(views.keyframe(1)["position"], before["path"]["keyframes"][1]["position"])
    own_axis = views.call(
        "(h, axis) => { const m = h.store.trajectory.c2w[20]; return [m[axis], m[4 + axis], m[8 + axis]] }",
        axis,
    )
    assert np.linalg.norm(moved) > 0.1
    np.testing.assert_allclose(moved, np.dot(moved, own_axis) * np.array(own_axis), atol=1e-6)
    assert np.dot(moved, own_axis) > 0, "to where the pointer went"
    for index in (0, 2):
        assert after["path"]["keyframes"][index] == before["path"]["keyframes"][index]
    fields = ("pan_deg", "tilt_deg", "roll_deg", "time")
    assert [views.keyframe(1)[name] for name in fields] == [
        before["path"]["keyframes"][1][name] for name in fields
    ]
    assert views.camera() == camera
    _, tip = views.arrow(axis)
    views.drag("main", [tip, [tip[0] + 25, tip[1] + 25]])
    assert views.document() != after
    views.call("(h) => h.store.undo()")
    assert views.document() == after, "each drag is one step to undo"
    views.call("(h) => h.store.undo()")
    assert views.document() == before
    assert views.told()["leaked"] == []


def test_the_gizmo_turns_the_keyframe(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main")
    views.call("(h) => h.store.setSelection(0)")
    views.page.locator("#main button[data-icon=turnKey]").click()
    views.settle()
    views.page.locator("#main canvas").focus()
    before, camera = views.keyframe(0), views.camera()
    # Rings go through the places where the tips of the arrows were.
    _, tip = views.arrow(2)
    views.drag("main", [tip, [tip[0] + 40, tip[1]]], hold=lambda: views.save("editor_views_turn"))
    after = views.keyframe(0)
    assert after["position"] == before["position"]
    angles = np.array([after[name] - before[name] for name in ("pan_deg", "tilt_deg", "roll_deg")])
    assert np.abs(angles).max() > 2
    assert views.camera() == camera


def test_the_background_turns_the_view_and_nothing_else(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main")
    views.call("(h) => h.store.setSelection(1)")
    views.settle()
    before, camera = views.document(), views.camera()
    views.drag("main", [EMPTY_SPOT, [220, 460]])
    turned = views.camera()
    assert turned["panDeg"] == pytest.approx(camera["panDeg"] + 30, abs=1e-6)
    assert turned["tiltDeg"] == pytest.approx(camera["tiltDeg"] + 12, abs=1e-6)
    assert turned["distance"] == camera["distance"]
    assert views.document() == before
    views.drag("main", [EMPTY_SPOT, [220, 460]], button="right")
    assert views.camera()["target"] != turned["target"]
    assert views.camera()["panDeg"] == turned["panDeg"]
    assert views.document() == before
    assert views.told()["leaked"] == []
    assert views.told()["points"] == []


def test_buttons_and_keys_do_what_the_mouse_does(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main")
    home = views.camera()
    button = lambda name: views.page.locator(f"#main button[data-icon={name}]")  # noqa: E731
    button("closer").click()
    assert views.camera()["distance"] == pytest.approx(home["distance"] / 1.25)
    button("slideView").click()
    views.drag("main", [EMPTY_SPOT, [200, 500]])
    assert views.camera()["panDeg"] == home["panDeg"]
    assert views.camera()["target"] != home["target"]
    button("fit").click()
    assert views.camera() == home
    # After a press of the mouse the arrows are the window's, for the timeline.
    views.click("main", EMPTY_SPOT)
    views.page.keyboard.press("ArrowLeft")
    assert views.camera() == home
    assert views.told()["leaked"] == ["keydown ArrowLeft"]
    views.page.evaluate("document.activeElement.blur()")
    views.page.locator("#main canvas").focus()
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight", "+"):
        before = views.camera()
        views.page.locator("#main canvas").press(key)
        assert views.camera() != before, key
    views.page.locator("#main canvas").press("f")
    assert views.camera() == home
    views.page.mouse.move(BOXES["main"][0] + 300, BOXES["main"][1] + 300)
    views.page.mouse.wheel(0, -200)
    views.settle()
    assert views.camera()["distance"] < home["distance"]
    # What is none of its keys is the page's.
    views.page.locator("#main canvas").press("x")
    views.page.locator("#main canvas").press("Control+z")
    others = [f"keydown {key}" for key in ("ArrowLeft", "Shift", "x", "Control", "z")]
    assert views.told()["leaked"] == others


def test_fingers_turn_slide_and_zoom(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main")
    home = views.camera()
    with views.fingers("main") as touch:
        touch("touchStart", (120, 500))
        touch("touchMove", (160, 500))
        touch("touchEnd")
        turned = views.camera()
        assert turned["panDeg"] == pytest.approx(home["panDeg"] + 12, abs=1e-6)
        touch("touchStart", (200, 400))
        touch("touchStart", (200, 400), (300, 400))
        touch("touchMove", (150, 400), (350, 400))
        touch("touchEnd")
        views.settle()
    zoomed = views.camera()
    assert zoomed["distance"] == pytest.approx(home["distance"] / 2, rel=1e-6)
    assert zoomed["panDeg"] == turned["panDeg"]
    assert views.told()["leaked"] == []


def test_a_click_picks_the_point_that_is_seen(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main", document=BEHIND)
    _look_as_the_source(views)
    px_angle = views.call("(h) => h.views.main.view.pxAngle")
    K = sample.geometry.K[0]
    for x, y in [(390, 330), (250, 420), (500, 250), (350, 200)]:
        views.click("main", [x, y])
        picked = views.told()["points"][-1]
        (u, v) = np.rint(_source_px(sample, np.array([[x, y]]), px_angle))[0].astype(int)
        depth = float(sample.geometry.depth[0, v, u])
        true = torch.linalg.solve(K, torch.tensor([u, v, 1], dtype=torch.float64)) * depth
        error = np.linalg.norm(np.array([picked["x"], picked["y"], picked["z"]]) - true.numpy())
        # The next point of the grid, where the ground is far and seen at the greatest slant, is 2 % farther.
        assert error < 0.02 * depth, f"at {x} {y}: {picked}, not {true}"
    assert len(views.told()["points"]) == 4


def test_a_click_from_elsewhere_picks_the_surface_in_front(
    views: EditorViewsPage, sample: SampleScene
) -> None:
    views.open(sample.folder, "main", document=BEHIND)
    subject = sample.geometry.depth[0].argmin()
    v, u = divmod(int(subject), sample.geometry.width)
    K, nearest_depth = sample.geometry.K[0], sample.geometry.nearest_depth()
    ray = torch.linalg.solve(K, torch.tensor([u, v, 1], dtype=torch.float64))
    true = (ray * float(sample.geometry.depth[0, v, u])).numpy()
    views.click("main", views.project((true / nearest_depth).tolist()))
    picked = views.told()["points"][-1]
    assert np.linalg.norm([picked["x"], picked["y"], picked["z"]] - true) < 0.05 * nearest_depth


def test_a_click_on_a_keyframe_selects_it(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main")
    views.click("main", views.project(views.keyframe(2)["position"]))
    assert views.call("(h) => h.store.selection") == 2
    views.page.locator("#main canvas").press("Escape")
    assert views.call("(h) => h.store.selection") is None
    assert views.told()["points"] == []


def test_the_ring_around_the_pivot_is_dragged(views: EditorViewsPage, sample: SampleScene) -> None:
    views.open(sample.folder, "main")
    pivot = [0.1, 0.2, 1.3]
    views.call("(h, pivot) => h.store.edit(h.setAround({pivot, yaw_deg: 20}))", pivot)
    views.settle()
    camera = views.camera()
    x, y = views.project(pivot)
    views.drag("main", [[x + 44, y], [x + 74, y - 15]])
    orbits = views.told()["orbits"]
    assert [orbit["phase"] for orbit in orbits if orbit["phase"] != "move"] == ["start", "end"]
    assert (orbits[-1]["dx"], orbits[-1]["dy"]) == pytest.approx((30, -15), abs=1)
    assert views.camera() == camera
    assert views.told()["points"] == []


def test_it_shows_the_path_without_a_scene(views: EditorViewsPage) -> None:
    views.open(None, "main", "top", "side")
    views.save("editor_views_without_scene")
    pixels = views.pixels("main")
    positions = views.call("(h) => h.store.trajectory.c2w.map((m) => [m[3], m[7], m[11]])")
    assert np.mean([_has_near(pixels, views.project(place), ORANGE) for place in positions]) > 0.9
    assert views.call("(h) => h.views.main.statistics.numPoints") == 0
