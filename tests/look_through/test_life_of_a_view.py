"""A look-through from its first scene to its end: landing to the pixel, textures, lost graphics cards, errors."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Error as PageError

from postcam_core.geometry import SceneGeometry
from postcam_core.geometry.scene_files import provide_scene_files
from postcam_core.trajectory import Trajectory
from postcam_core.warp import render_scene_guide
from tests.oracles.look_through import LookThroughPage, open_look_through, target

WIDTH, HEIGHT, NUM_FRAMES = 64, 48, 6
FOCAL_PX, DEPTH = 40.0, 2.0


@dataclass(frozen=True, kw_only=True)
class Wall:
    """A wall that stands upright, smooth so that JPEG keeps it, seen by a camera that stands still."""

    page: LookThroughPage
    video: torch.Tensor
    geometry: SceneGeometry
    folder: Path


def _wall_geometry(width: int = WIDTH) -> SceneGeometry:
    K = torch.tensor(
        [[FOCAL_PX, 0, (width - 1) / 2], [0, FOCAL_PX, (HEIGHT - 1) / 2], [0, 0, 1]], dtype=torch.float64
    )
    return SceneGeometry(
        depth=torch.full((NUM_FRAMES, HEIGHT, width), DEPTH),
        K=K.repeat(NUM_FRAMES, 1, 1),
        w2c=torch.eye(4, dtype=torch.float64).repeat(NUM_FRAMES, 1, 1),
        provider="test",
    )


def _wall_video(width: int = WIDTH) -> torch.Tensor:
    """Brighter to the right, and from frame to frame."""
    ramp = torch.linspace(-0.9, 0.4, width).expand(NUM_FRAMES, 3, HEIGHT, width)
    return ramp + torch.linspace(0, 0.5, NUM_FRAMES)[:, None, None, None]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LookThroughPage]:
    with open_look_through(tmp_path_factory.mktemp("life")) as page:
        yield page


@pytest.fixture
def wall(browser: LookThroughPage) -> Wall:
    """The wall, in a view of its own."""
    video, geometry = _wall_video(), _wall_geometry()
    folder, _ = provide_scene_files(browser.folder / "scenes", video, geometry)
    browser.call("(harness) => { harness.events.length = harness.fetched.length = 0 }")
    browser.open(folder)
    return Wall(page=browser, video=video, geometry=geometry, folder=folder)


def _moves(*positions: tuple[float, float, float]) -> Trajectory:
    c2w = torch.eye(4, dtype=torch.float64).repeat(len(positions), 1, 1)
    c2w[:, :3, 3] = torch.tensor(positions, dtype=torch.float64)
    return Trajectory(c2w=c2w, unit="scene")


def _at(frame: int, x: float = 0.0) -> dict:
    """A target as the page takes it."""
    c2w = torch.eye(4, dtype=torch.float64)
    c2w[0, 3] = x
    return {"sourceIndex": frame, "c2w": c2w.flatten().tolist(), "focalScale": 1}


# To the right by so many pixels: between pixels, nearly on them, nearly beyond them; and out of the picture.
@pytest.mark.parametrize("precision", ["float", "half"])
@pytest.mark.parametrize(
    "shift_px", [(3.5, 0.0), (-3.25, 2.75), (0.01, -0.01), (4.99, 7.99), (-0.5, 0.5), (63.5, 0.0), (0, 90.0)]
)
def test_points_cover_their_four_pixels(wall: Wall, shift_px: tuple[float, float], precision: str) -> None:
    x, y = (shift * DEPTH / FOCAL_PX for shift in shift_px)
    trajectory = _moves((0, 0, 0), (x, y, 0))
    guide = render_scene_guide(wall.video, wall.geometry, trajectory)
    wall.page.open(wall.folder, precision=precision)
    picture = wall.page.picture(target(trajectory, wall.geometry, 1), height=HEIGHT, width=WIDTH)
    assert torch.equal(picture.mask, guide.mask[1])
    torch.testing.assert_close(picture.frame, guide.frames[1], rtol=0, atol=0.02)
    assert picture.coverage == pytest.approx(float(guide.coverage[1]), abs=1e-6)


def test_a_pixel_on_the_grid_counts_twice(browser: LookThroughPage) -> None:
    # From twice as far away everything comes half as near to the optical axis: the bright column on the axis stays
    # exactly where it was, with weight 2, and its dark neighbours land beside it, half on it and half on the next.
    video = torch.full((NUM_FRAMES, 3, HEIGHT, WIDTH), -0.8)
    video[..., WIDTH // 2] = 0.8
    geometry = _wall_geometry()
    K = torch.tensor([[64.0, 0, WIDTH // 2], [0, 64.0, HEIGHT // 2], [0, 0, 1]], dtype=torch.float64)
    geometry = replace(geometry, K=K.repeat(NUM_FRAMES, 1, 1))
    folder, _ = provide_scene_files(browser.folder / "scenes", video, geometry)
    trajectory = _moves((0, 0, -DEPTH))
    guide = render_scene_guide(video, geometry, trajectory)
    browser.open(folder)
    picture = browser.picture(target(trajectory, geometry, 0), height=HEIGHT, width=WIDTH)
    on_axis = picture.frame[:, 14:34, WIDTH // 2]
    torch.testing.assert_close(on_axis, torch.full_like(on_axis, (2 * 0.8 - 0.8) / 3), rtol=0, atol=0.05)
    torch.testing.assert_close(on_axis, guide.frames[0][:, 14:34, WIDTH // 2], rtol=0, atol=0.05)


@pytest.mark.parametrize("beyond", [0.1, 0.5, 3.0])
def test_nothing_is_seen_of_a_wall_behind_the_camera(wall: Wall, beyond: float) -> None:
    trajectory = _moves((0, 0, DEPTH + beyond))
    picture = wall.page.picture(target(trajectory, wall.geometry, 0), height=HEIGHT, width=WIDTH)
    assert not picture.mask.any()
    assert picture.coverage == 0


def test_the_canvas_shows_what_is_read(wall: Wall) -> None:
    seen, read = wall.page.call(
        """async ({ view, canvas }, target) => {
          await view.prepare(target.sourceIndex)
          view.render(target)
          const flat = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d")
          flat.drawImage(canvas, 0, 0)
          const seen = flat.getImageData(0, 0, canvas.width, canvas.height).data
          return [[...seen], [...view.readPixels()]]
        }""",
        _at(2, x=0.4),
    )
    seen, read = (torch.tensor(pixels).unflatten(0, (HEIGHT, WIDTH, 4)) for pixels in (seen, read))
    assert torch.equal(seen[..., :3], read[..., :3])
    assert bool((seen[..., 3] == 255).all())
    assert bool((read[:, -7:, 3] == 0).all())


def test_a_frame_must_be_prepared(wall: Wall) -> None:
    with pytest.raises(PageError, match="RenderError.*frame 3, prepared.*prepare first"):
        wall.page.call("({ view }, target) => view.render(target)", _at(3))


def test_files_are_fetched_once_and_old_frames_given_up(wall: Wall) -> None:
    frame_bytes = WIDTH * HEIGHT * 8
    wall.page.open(wall.folder, maxTextureBytes=3 * frame_bytes)
    prepared = wall.page.call(
        """async ({ view, fetched }) => {
          fetched.length = 0
          await Promise.all([view.prepare(0), view.prepare(0), view.prepare(1)])
          await view.prepare(2)
          view.isPrepared(0) // used: frame 1 is now the oldest
          await view.prepare(3)
          return [fetched, [0, 1, 2, 3].map((i) => view.isPrepared(i))]
        }"""
    )
    names = [f"{kind}_{i:05d}.{end}" for i in range(4) for kind, end in (("image", "jpg"), ("depth", "png"))]
    assert sorted(prepared[0]) == sorted(names)
    assert prepared[1] == [True, False, True, True]


def test_of_a_long_clip_the_nearest_stored_frame_is_shown(wall: Wall) -> None:
    folder, _ = provide_scene_files(
        wall.page.folder / "scenes", wall.video, wall.geometry, max_stored_frames=2
    )
    wall.page.open(folder)
    first, near_first, near_last, last = (
        wall.page.picture(_at(i), height=HEIGHT, width=WIDTH).frame for i in (0, 2, 3, 5)
    )
    assert torch.equal(first, near_first)
    assert torch.equal(near_last, last)
    assert (last - first).mean() > 0.4


def test_another_scene_takes_the_canvas(wall: Wall) -> None:
    folder, _ = provide_scene_files(wall.page.folder / "scenes", _wall_video(80), _wall_geometry(80))
    wall.page.call(
        "({ show }, folder) => show(folder)", "/" + folder.relative_to(wall.page.folder).as_posix()
    )
    assert wall.page.call("({ canvas }) => [canvas.width, canvas.height]") == [80, HEIGHT]
    assert not wall.page.call("({ view }) => view.isPrepared(0)")
    picture = wall.page.picture(_at(0), height=HEIGHT, width=80)
    torch.testing.assert_close(picture.frame, _wall_video(80)[0], rtol=0, atol=0.02)


def test_a_lost_graphics_card_is_told_and_comes_back(wall: Wall) -> None:
    before = wall.page.picture(_at(1, x=0.2), height=HEIGHT, width=WIDTH)
    wall.page.call(
        """({ canvas }) => {
          globalThis.loss = canvas.getContext("webgl2").getExtension("WEBGL_lose_context")
          loss.loseContext()
        }"""
    )
    wall.page.page.wait_for_function("async () => (await import('/harness.mjs')).events.includes('lost')")
    assert wall.page.call("({ view }) => view.isLost")
    with pytest.raises(PageError, match="RenderError.*graphics card that is lost"):
        wall.page.call("async ({ view }, target) => { await view.prepare(1); view.render(target) }", _at(1))
    wall.page.call("() => loss.restoreContext()")
    wall.page.page.wait_for_function("async () => (await import('/harness.mjs')).events.includes('restored')")
    after = wall.page.picture(_at(1, x=0.2), height=HEIGHT, width=WIDTH)
    assert torch.equal(after.frame, before.frame)
    assert wall.page.call("({ events }) => events") == ["lost", "restored"]


def test_everything_is_given_back(wall: Wall) -> None:
    living = wall.page.call(
        """async ({ open, show, view: first }, folder, target) => {
          first.dispose()
          const living = {}
          const prototype = WebGL2RenderingContext.prototype
          const originals = {}
          for (const kind of ["Texture", "Framebuffer", "Program", "Shader"]) {
            for (const [verb, change] of [["create", 1], ["delete", -1]]) {
              const original = (originals[verb + kind] = prototype[verb + kind])
              prototype[verb + kind] = function (...given) {
                living[kind] = (living[kind] ?? 0) + change
                return original.apply(this, given)
              }
            }
          }
          await open(folder, { precision: "half" })
          const { view } = await import("/harness.mjs")
          await view.prepare(0)
          view.render(target)
          const coming = view.prepare(1) // arrives after the scene it belongs to has gone
          await show(folder)
          await coming
          await view.prepare(2)
          const most = living.Texture
          view.dispose()
          view.dispose()
          Object.assign(prototype, originals)
          return { ...living, most }
        }""",
        "/" + wall.folder.relative_to(wall.page.folder).as_posix(),
        _at(0),
    )
    assert living.pop("most") > 4
    assert living == {"Texture": 0, "Framebuffer": 0, "Program": 0, "Shader": 0}


def test_it_works_off_screen(wall: Wall) -> None:
    coverage = wall.page.call(
        """async ({ sceneIn }, folder, target) => {
          const { LookThrough } = await import("/web/editor/render/look_through.mjs")
          const view = new LookThrough(new OffscreenCanvas(1, 1))
          view.setScene(await sceneIn(folder))
          await view.prepare(0)
          view.render(target)
          const coverage = view.coverage()
          view.dispose()
          return coverage
        }""",
        "/" + wall.folder.relative_to(wall.page.folder).as_posix(),
        _at(0),
    )
    assert coverage == 1


def test_without_webgl2_it_says_so(wall: Wall) -> None:
    with pytest.raises(PageError, match="RenderError.*a browser with WebGL2.*hardware acceleration"):
        wall.page.call(
            """async () => {
              const { LookThrough } = await import("/web/editor/render/look_through.mjs")
              const canvas = new OffscreenCanvas(1, 1)
              canvas.getContext("2d") // a canvas has one kind of context for good
              new LookThrough(canvas)
            }"""
        )


def test_bad_scenes_are_refused(wall: Wall) -> None:
    manifest = json.loads((wall.folder / "scene.json").read_text())
    load = """async (_, manifest, name) => {
      const { loadScene } = await import("/web/editor/scene/scene.mjs")
      const scene = await loadScene(manifest, async () => (await fetch(name)).arrayBuffer())
      await scene.frame(0)
    }"""
    picture = "/" + (wall.folder / "image_00000.jpg").relative_to(wall.page.folder).as_posix()
    wall.page.call(load, manifest, picture)
    with pytest.raises(PageError, match="SceneError.*postcam-scene version 1, got postcam-scene version 2"):
        wall.page.call(load, manifest | {"version": 2}, picture)
    with pytest.raises(PageError, match="SceneError.*expected 63×48 pixels, got 64×48"):
        wall.page.call(load, manifest | {"width": 63}, picture)
    with pytest.raises(PageError, match="SceneError.*readable picture"):
        wall.page.call(load, manifest, "/harness.mjs")
