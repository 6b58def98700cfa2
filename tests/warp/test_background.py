"""The background memory: what it keeps, what it shows, and that it touches holes only."""

import pytest
import torch

from postcam_core.cameras import relative_to
from postcam_core.errors import GeometryError, OperationCancelled, ShapeError
from postcam_core.evaluation import psnr_db
from postcam_core.geometry import SceneGeometry
from postcam_core.synthetic import Clip, render_rig
from postcam_core.trajectory import Trajectory
from postcam_core.warp import BackgroundMemory, Guide, SceneGuideRenderer, render_scene_guide

NUM_FRAMES, SIZE = 9, (48, 80)
K = torch.tensor([[40.0, 0, 19.5], [0, 40.0, 11.5], [0, 0, 1]], dtype=torch.float64)


@pytest.fixture(scope="module")
def rig() -> tuple[Clip, Clip]:
    """A scene with moving bodies, filmed by a moving camera; the commanded camera turns around it."""
    return render_rig(1_000_310, num_frames=NUM_FRAMES, num_cameras=2, height=SIZE[0], width=SIZE[1])


@pytest.fixture(scope="module")
def memory(rig: tuple[Clip, Clip]) -> BackgroundMemory:
    return BackgroundMemory.collect(_video(rig[0]).__getitem__, rig[0].geometry)


def _video(clip: Clip) -> torch.Tensor:
    return clip.video.clamp(-1, 1)


def _commanded(rig: tuple[Clip, Clip], **options) -> Trajectory:
    source, target = rig
    return Trajectory(c2w=relative_to(target.c2w, source.c2w[0]), unit="scene", **options)


def _guide(rig: tuple[Clip, Clip], memory: BackgroundMemory | None, **options) -> Guide:
    return render_scene_guide(_video(rig[0]), rig[0].geometry, _commanded(rig, **options), background=memory)


def test_holes_are_filled_with_the_truth_and_nothing_else_changes(rig, memory) -> None:
    plain, filled = _guide(rig, None), _guide(rig, memory)
    assert plain.is_remembered is None
    remembered = filled.is_remembered
    assert remembered.sum() > 0.3 * (~plain.mask).sum()
    assert torch.equal(filled.mask, plain.mask | remembered) and not (remembered & plain.mask).any()
    for before, after in (
        (plain.frames.transpose(0, 1), filled.frames.transpose(0, 1)),
        (plain.depth[None], filled.depth[None]),
    ):
        assert torch.equal(before[:, ~remembered], after[:, ~remembered])
    assert psnr_db(filled.frames, _video(rig[1]), remembered) > 25
    depth_scale = (filled.depth / rig[1].depth)[plain.mask].median()
    depth_error = (filled.depth / depth_scale / rig[1].depth - 1)[remembered].abs()
    assert depth_error.median() < 0.01


def test_pieces_are_filled_like_the_whole(rig, memory) -> None:
    whole = _guide(rig, memory)
    renderer = SceneGuideRenderer(
        _video(rig[0]).__getitem__, rig[0].geometry, _commanded(rig), background=memory
    )
    piece = renderer.render(5, NUM_FRAMES)
    assert torch.equal(piece.frames, whole.frames[5:])
    assert torch.equal(piece.is_remembered, whole.is_remembered[5:])


def test_a_frozen_frame_gets_the_background_of_all_frames(rig, memory) -> None:
    frozen = {"source_index": torch.full((NUM_FRAMES,), 4)}
    plain, filled = _guide(rig, None, **frozen), _guide(rig, memory, **frozen)
    only_then = BackgroundMemory.collect(lambda i: _video(rig[0])[3 + i], rig[0].geometry.selected([3, 4, 5]))
    assert filled.is_remembered.sum() > 0.3 * (~plain.mask).sum()
    assert len(memory.points) > len(only_then.points)


def _sliding_square(num_frames: int = 8) -> tuple[torch.Tensor, SceneGeometry, torch.Tensor]:
    """A red square slides by half its side per frame before a grey wall; the camera stands still."""
    video = torch.linspace(-0.2, 0.2, 40).expand(num_frames, 3, 24, 40).clone()
    depth = torch.full((num_frames, 24, 40), 4.0)
    is_square = torch.zeros(num_frames, 24, 40, dtype=torch.bool)
    for i in range(num_frames):
        is_square[i, 8:16, 2 + 4 * i : 10 + 4 * i] = True
    video.transpose(0, 1)[:, is_square] = torch.tensor([0.9, -0.9, -0.9])[:, None]
    depth[is_square] = 2.0
    still = torch.eye(4, dtype=torch.float64).repeat(num_frames, 1, 1)
    return (
        video,
        SceneGeometry(depth=depth, K=K.repeat(num_frames, 1, 1), w2c=still, provider="test"),
        is_square,
    )


def test_what_moves_is_not_kept_and_what_it_hid_is_known() -> None:
    video, geometry, is_square = _sliding_square()
    memory = BackgroundMemory.collect(video.__getitem__, geometry)
    assert memory.points[:, 2].min() > 3.9
    assert memory.colours[:, 0].max() < 200
    shown = memory.view(w2c=torch.eye(4), K=K, wanted=is_square[3])
    assert torch.equal(shown[2], is_square[3])
    torch.testing.assert_close(
        shown[0][:, is_square[3]],
        torch.linspace(-0.2, 0.2, 40).expand(3, 24, 40)[:, is_square[3]],
        atol=0.02,
        rtol=0,
    )


def test_flat_geometry_leaves_what_moves_to_the_colours() -> None:
    # Providers that cannot see depth put all on one wall: the square then lies on it, and only its colour tells.
    video, geometry, _ = _sliding_square()
    geometry.depth.fill_(4.0)
    memory = BackgroundMemory.collect(video.__getitem__, geometry)
    assert len(memory.points) > 0 and memory.colours[:, 0].max() < 200


def test_the_nearest_surface_wins_and_only_wanted_pixels_are_shown() -> None:
    rows, columns = (
        values.flatten().float()
        for values in torch.meshgrid(torch.arange(24), torch.arange(40), indexing="ij")
    )
    ray = torch.stack([(columns - 19.5) / 40, (rows - 11.5) / 40, torch.ones_like(rows)], dim=1)
    green, blue = torch.tensor([0, 255, 0]), torch.tensor([0, 0, 255])
    memory = BackgroundMemory(
        points=torch.cat([4 * ray, 2 * ray, -3 * ray]),
        colours=torch.cat([blue.expand(960, 3), green.expand(960, 3), blue.expand(960, 3)]).byte(),
    )
    wanted = torch.zeros(24, 40, dtype=torch.bool)
    wanted[5:10, 7:20] = True
    colour, depth, is_known = memory.view(w2c=torch.eye(4), K=K, wanted=wanted)
    assert torch.equal(is_known, wanted)
    assert (colour[1][wanted] > 0.99).all() and (colour[2][wanted] < -0.99).all()
    torch.testing.assert_close(depth[wanted], torch.full((65,), 2.0))


def test_a_full_memory_takes_no_more_and_says_so(rig, memory) -> None:
    assert not memory.is_full
    bound = len(memory.points) // 4
    full = BackgroundMemory.collect(_video(rig[0]).__getitem__, rig[0].geometry, max_points=bound)
    assert full.is_full and torch.equal(full.points, memory.points[:bound])
    with pytest.raises(GeometryError, match="max_points: expected at least 1, got 0"):
        BackgroundMemory.collect(_video(rig[0]).__getitem__, rig[0].geometry, max_points=0)


def test_collecting_reports_progress_and_can_be_cancelled() -> None:
    video, geometry, _ = _sliding_square(3)
    reports = []

    def cancel_after_two(done: int, total: int) -> None:
        reports.append((done, total))
        if done == 2:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        BackgroundMemory.collect(video.__getitem__, geometry, progress=cancel_after_two)
    assert reports == [(1, 3), (2, 3)]


def test_frames_that_are_not_those_of_the_geometry() -> None:
    video, geometry, _ = _sliding_square(3)
    with pytest.raises(ShapeError, match="frame 0: expected 40×24.*got 39×24"):
        BackgroundMemory.collect(video[..., 1:].__getitem__, geometry)
