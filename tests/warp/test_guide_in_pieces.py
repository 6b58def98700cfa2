"""A guide rendered piece by piece is the guide rendered at once."""

from dataclasses import replace

import pytest
import torch

from postcam_core.errors import GeometryError, ShapeError
from postcam_core.synthetic import Clip, render_rig
from postcam_core.trajectory import Trajectory, preset_document, sample_trajectory
from postcam_core.warp import SceneGuideRenderer, render_scene_guide

NUM_FRAMES = 6


@pytest.fixture(scope="module")
def clip() -> Clip:
    return render_rig(1_000_003, num_frames=NUM_FRAMES, num_cameras=1, height=24, width=40)[0]


@pytest.fixture
def arc() -> Trajectory:
    return sample_trajectory(preset_document("arc_left"), NUM_FRAMES)


def _video(clip: Clip) -> torch.Tensor:
    return clip.video.clamp(-1, 1)


@pytest.mark.parametrize("cuts", [(0, 6), (0, 1, 6), (0, 2, 4, 6), (0, 1, 2, 3, 4, 5, 6)])
def test_any_split_gives_the_same_frames(clip: Clip, arc: Trajectory, cuts: tuple[int, ...]) -> None:
    whole = render_scene_guide(_video(clip), clip.geometry, arc)
    renderer = SceneGuideRenderer(_video(clip).__getitem__, clip.geometry, arc)
    pieces = [renderer.render(start, stop) for start, stop in zip(cuts, cuts[1:], strict=False)]
    for name in ("frames", "mask", "depth", "source_index"):
        assert torch.equal(torch.cat([getattr(piece, name) for piece in pieces]), getattr(whole, name))


def test_the_farthest_depth_is_that_of_the_whole_clip(clip: Clip, arc: Trajectory) -> None:
    depth = clip.geometry.depth.clone()
    depth[-1, 0, 0] = 50 * depth.max()
    geometry = replace(clip.geometry, depth=depth)
    whole = render_scene_guide(_video(clip), geometry, arc)
    first = SceneGuideRenderer(_video(clip).__getitem__, geometry, arc).render(0, 2)
    assert torch.equal(first.frames, whole.frames[:2])
    short = sample_trajectory(preset_document("arc_left"), 2)
    alone = render_scene_guide(_video(clip)[:2], geometry.selected([0, 1]), short)
    assert not torch.equal(alone.frames, whole.frames[:2])


def test_frames_are_fetched_when_they_are_needed_and_once(clip: Clip) -> None:
    fetched = []

    def frame_at(index: int) -> torch.Tensor:
        fetched.append(index)
        return _video(clip)[index]

    shown = torch.tensor([4, 4, 4, 2, 1, 2])
    still = torch.eye(4, dtype=torch.float64).repeat(6, 1, 1)
    trajectory = Trajectory(c2w=still, unit="scene", source_index=shown)
    renderer = SceneGuideRenderer(frame_at, clip.geometry, trajectory)
    assert fetched == []
    renderer.render(0, 3)
    assert fetched == [4]
    reports = []
    piece = renderer.render(3, 6, progress=lambda done, total: reports.append((done, total)))
    assert fetched == [4, 1, 2]
    assert reports == [(1, 3), (2, 3), (3, 3)]
    assert piece.source_index.tolist() == [2, 1, 2]


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (4, 2), (-1, 2), (5, 7)])
def test_pieces_that_are_not_there(clip: Clip, arc: Trajectory, start: int, stop: int) -> None:
    renderer = SceneGuideRenderer(_video(clip).__getitem__, clip.geometry, arc)
    with pytest.raises(GeometryError, match=f"0 to 5.*start {start}, stop {stop}"):
        renderer.render(start, stop)


def test_frames_of_another_size_or_range(clip: Clip, arc: Trajectory) -> None:
    with pytest.raises(ShapeError, match="frame 0: expected 40×24.*got 39×24"):
        SceneGuideRenderer(lambda i: _video(clip)[i, ..., 1:], clip.geometry, arc).render(0, 1)
    with pytest.raises(ShapeError, match="values in"):
        SceneGuideRenderer(lambda i: 3 + _video(clip)[i], clip.geometry, arc).render(0, 1)
