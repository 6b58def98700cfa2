"""Per-frame scale and shift are undone on exact synthetic depth, with cameras at rest and moving."""

import functools
from dataclasses import replace

import pytest
import torch

from postcam_core.cameras import focal_from_fov, intrinsics_matrix, invert_rigid
from postcam_core.errors import GeometryError, OperationCancelled
from postcam_core.geometry import SceneGeometry, consistent_depth
from postcam_core.synthetic import FIRST_HELD_OUT_SEED, random_camera_path, random_scene, render_clip

NUM_FRAMES, HEIGHT, WIDTH = 13, 96, 160
SEEDS = [FIRST_HELD_OUT_SEED + offset for offset in (0, 2, 3)]


@functools.cache
def clip(seed: int, is_still: bool):
    c2w = random_camera_path(seed, NUM_FRAMES)
    K = intrinsics_matrix(focal_from_fov(55, WIDTH), width=WIDTH, height=HEIGHT)
    return render_clip(
        random_scene(seed),
        c2w=c2w[:1].expand_as(c2w) if is_still else c2w,
        K=K.repeat(NUM_FRAMES, 1, 1),
        times=torch.linspace(0, 1, NUM_FRAMES),
        height=HEIGHT,
        width=WIDTH,
        samples_per_axis=2,
    )


def jumping(seed: int, is_still: bool) -> SceneGeometry:
    """Exact depth times a random factor plus a random shift, but in frame 0."""
    true = clip(seed, is_still)
    generator = torch.Generator().manual_seed(seed)
    scale = torch.exp(0.3 * torch.randn(NUM_FRAMES, 1, 1, generator=generator))
    shift = torch.rand(NUM_FRAMES, 1, 1, generator=generator) - 0.5
    scale[0], shift[0] = 1, 0
    depth = true.depth * scale + shift
    return SceneGeometry(depth=depth, K=true.K, w2c=invert_rigid(true.c2w), provider="test")


def worst_error(depth, seed: int, is_still: bool) -> float:
    return float((depth / clip(seed, is_still).depth - 1).abs().flatten(1).median(dim=1).values.max())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("is_still", [True, False])
def test_jumps_are_undone(seed, is_still):
    geometry = jumping(seed, is_still)
    assert worst_error(geometry.depth, seed, is_still) > 0.3
    corrected = consistent_depth(geometry, clip(seed, is_still).video)
    assert worst_error(corrected.depth, seed, is_still) < 0.01
    torch.testing.assert_close(corrected.depth[0], geometry.depth[0])
    assert "to agree with frame 0" in corrected.notes[-1]


@pytest.mark.parametrize("is_still", [True, False])
def test_right_depth_stays(is_still):
    true = clip(SEEDS[0], is_still)
    geometry = SceneGeometry(depth=true.depth, K=true.K, w2c=invert_rigid(true.c2w), provider="test")
    assert worst_error(consistent_depth(geometry, true.video).depth, SEEDS[0], is_still) < 0.01


def test_filled_sky_stays_where_it_is_and_has_no_say():
    geometry = jumping(SEEDS[0], is_still=True)
    confidence = torch.ones_like(geometry.depth)
    confidence[:, : HEIGHT // 3] = 0
    depth = torch.where(confidence > 0, geometry.depth, 900.0)
    corrected = consistent_depth(
        replace(geometry, depth=depth, confidence=confidence), clip(SEEDS[0], True).video
    )
    assert (corrected.depth[:, : HEIGHT // 3] == 900).all()
    ground = corrected.depth[:, HEIGHT // 3 :] / clip(SEEDS[0], True).depth[:, HEIGHT // 3 :]
    assert (ground - 1).abs().flatten(1).median(dim=1).values.max() < 0.01


def test_a_blank_clip_changes_nothing_and_says_so():
    geometry = jumping(SEEDS[0], is_still=True)
    corrected = consistent_depth(geometry, torch.zeros(NUM_FRAMES, 3, HEIGHT, WIDTH))
    torch.testing.assert_close(corrected.depth, geometry.depth)
    assert f"{NUM_FRAMES} frames had too few points" in corrected.notes[-1]


def test_one_frame_is_consistent():
    geometry = jumping(SEEDS[0], is_still=True).selected([3])
    assert consistent_depth(geometry, clip(SEEDS[0], True).video[3:4]) is geometry


def test_another_clip_is_refused_and_progress_cancels():
    geometry, video = jumping(SEEDS[0], is_still=True), clip(SEEDS[0], True).video
    with pytest.raises(GeometryError, match="as the clip has"):
        consistent_depth(geometry, video[:5])

    def cancel(done, total):
        raise OperationCancelled

    with pytest.raises(OperationCancelled):
        consistent_depth(geometry, video, progress=cancel)
