"""The page's look-through against the guide that Python renders from the same clip."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from postcam_core.evaluation import ssim_map
from postcam_core.geometry import SceneGeometry
from postcam_core.geometry.log_depth import depth_from_log_picture
from postcam_core.geometry.scene_files import Manifest, provide_scene_files
from postcam_core.trajectory import Trajectory, build_document, sample_trajectory
from postcam_core.warp import Guide, render_scene_guide
from scripts.host import ROOT
from tests.oracles.look_through import (
    NUM_FRAMES,
    LookThroughPage,
    Picture,
    open_look_through,
    sample_scene,
    target,
)

WIDTH, HEIGHT = 416, 240
RESULTS = ROOT / "test-results"

# Preset, and the frame looked at.
MOVES = [
    ("arc_left", 40),
    ("dolly_in", 20),
    ("crane_up", 40),
    ("pan_right", 30),
    ("dolly_zoom", 40),
    ("dolly_out", 40),
]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The page with the scene in it, and what the scene was made of."""

    page: LookThroughPage
    video: Tensor
    geometry: SceneGeometry
    folder: Path
    manifest: Manifest

    def picture(self, trajectory: Trajectory, frame: int) -> Picture:
        return self.page.picture(target(trajectory, self.geometry, frame), height=HEIGHT, width=WIDTH)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    folder = tmp_path_factory.mktemp("look_through")
    video, geometry = sample_scene(WIDTH, HEIGHT)
    scene, manifest = provide_scene_files(folder / "scenes", video, geometry)
    with open_look_through(folder) as page:
        page.open(scene)
        yield Setting(page=page, video=video, geometry=geometry, folder=scene, manifest=manifest)


def _preset(name: str, amount: float = 1.0) -> Trajectory:
    return sample_trajectory(build_document({"kind": "preset", "name": name, "amount": amount}), NUM_FRAMES)


def _similarity(picture: Picture, guide: Guide, frame: int) -> float:
    """Mean SSIM over the pixels that both know."""
    both = picture.mask & guide.mask[frame]
    return float(ssim_map((picture.frame + 1) / 2, (guide.frames[frame] + 1) / 2)[both].mean())


def _agreement(picture: Picture, guide: Guide, frame: int) -> float:
    return float((picture.mask == guide.mask[frame]).float().mean())


def _save_side_by_side(name: str, picture: Picture, guide: Guide, frame: int) -> None:
    """Guide, look-through, and four times their difference."""
    difference = (picture.frame - guide.frames[frame]).abs() * 4 - 1
    row = torch.cat([guide.frames[frame], picture.frame, difference.clamp(max=1)], dim=-1)
    pixels = ((row + 1) * 127.5).round().byte().flip(0).permute(1, 2, 0).contiguous().numpy()
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"look_through_{name}.png").write_bytes(cv2.imencode(".png", pixels)[1])


@pytest.mark.parametrize(("name", "frame"), MOVES)
def test_the_page_shows_the_guide(sample: Setting, name: str, frame: int) -> None:
    trajectory = _preset(name)
    guide = render_scene_guide(sample.video, sample.geometry, trajectory)
    picture = sample.picture(trajectory, frame)
    _save_side_by_side(f"{name}_{frame}", picture, guide, frame)
    assert _similarity(picture, guide, frame) > 0.99
    assert _agreement(picture, guide, frame) > 0.999
    assert picture.coverage == pytest.approx(float(picture.mask.double().mean()), abs=1e-9)
    assert bool((picture.frame[:, ~picture.mask] == -1).all()), "holes are black"


def test_the_comparison_sees_a_small_difference_of_pose(sample: Setting) -> None:
    guide = render_scene_guide(sample.video, sample.geometry, _preset("arc_left"))
    picture = sample.picture(_preset("arc_left", 0.97), 40)
    assert _similarity(picture, guide, 40) < 0.9
    assert _agreement(picture, guide, 40) < 0.99


def test_a_frozen_frame_from_a_moving_camera(sample: Setting) -> None:
    moving = _preset("truck_left")
    frozen = replace(moving, source_index=torch.full((NUM_FRAMES,), 7))
    guide = render_scene_guide(sample.video, sample.geometry, frozen)
    picture = sample.picture(frozen, 40)
    assert _similarity(picture, guide, 40) > 0.99
    assert _agreement(picture, guide, 40) > 0.999


def _stored(sample: Setting) -> tuple[Tensor, SceneGeometry]:
    """Clip and depth as the scene's files hold them, losses of JPEG and depth codes included."""
    manifest, folder = sample.manifest, sample.folder
    bounds = {"nearest": manifest["min_depth"], "farthest": manifest["max_depth"]}
    read = [
        [cv2.imread(str(folder / frame[kind]))[..., ::-1].copy() for frame in manifest["frames"]]
        for kind in ("image", "depth")
    ]
    video = torch.from_numpy(np.stack(read[0])).permute(0, 3, 1, 2).float() / 127.5 - 1
    depth = torch.from_numpy(np.stack([depth_from_log_picture(picture, **bounds) for picture in read[1]]))
    return video, replace(sample.geometry, depth=depth)


@pytest.mark.parametrize(("name", "frame"), MOVES)
def test_from_the_same_numbers_pixels_are_equal(sample: Setting, name: str, frame: int) -> None:
    trajectory = _preset(name)
    guide = render_scene_guide(*_stored(sample), trajectory)
    picture = sample.picture(trajectory, frame)
    both = picture.mask & guide.mask[frame]
    levels = (picture.frame - guide.frames[frame]).abs().amax(dim=0)[both] * 127.5
    assert _agreement(picture, guide, frame) > 0.9999
    assert levels.mean() < 0.5
    assert levels.max() <= 3


def test_what_lies_behind_the_camera_leaves_nothing(sample: Setting) -> None:
    # The camera goes through the nearest surface; beside it magnified pixels stand alone, and rounding moves a few.
    trajectory = _preset("zoom_in", 1.3)
    guide = render_scene_guide(*_stored(sample), trajectory)
    picture = sample.picture(trajectory, 40)
    assert _similarity(picture, guide, 40) > 0.99
    assert _agreement(picture, guide, 40) > 0.998


def test_the_fallback_shows_nearly_the_same(sample: Setting) -> None:
    trajectory = _preset("arc_left")
    guide = render_scene_guide(sample.video, sample.geometry, trajectory)
    sample.page.open(sample.folder, precision="half")
    picture = sample.picture(trajectory, 40)
    sample.page.open(sample.folder)
    assert sample.page.call("(harness) => harness.view.precision") == "float"
    assert _similarity(picture, guide, 40) > 0.99
    assert _agreement(picture, guide, 40) > 0.999
