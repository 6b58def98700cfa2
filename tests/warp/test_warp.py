"""What the warp does to pictures whose answer is known exactly."""

import time

import pytest
import torch

from postcam_core.cameras import rigid_exp
from postcam_core.errors import OperationCancelled
from postcam_core.warp import render_guide

HEIGHT, WIDTH, NUM_FRAMES = 24, 40, 4
# Powers of two keep positions exact in float32, so that pixels land on pixels.
FOCAL_PX, DISTANCE = 64.0, 2.0


@pytest.fixture
def clip() -> dict[str, torch.Tensor]:
    """A flat wall seen by a camera at rest."""
    random = torch.Generator().manual_seed(0)
    return {
        "frames": 2 * torch.rand(NUM_FRAMES, 3, HEIGHT, WIDTH, generator=random) - 1,
        "depth": torch.full((NUM_FRAMES, HEIGHT, WIDTH), DISTANCE),
        "K": torch.tensor([[FOCAL_PX, 0, 20], [0, FOCAL_PX, 12], [0, 0, 1]]),
        "source_w2c": torch.eye(4, dtype=torch.float64).repeat(NUM_FRAMES, 1, 1),
    }


@pytest.fixture
def moving_w2c() -> torch.Tensor:
    twist = torch.zeros(NUM_FRAMES, 6, dtype=torch.float64)
    twist[:, 0] = torch.linspace(0, 0.5, NUM_FRAMES)
    twist[:, 4] = torch.linspace(0, 0.2, NUM_FRAMES)
    return rigid_exp(twist)


def test_unmoved_cameras_return_the_source(clip):
    guide = render_guide(**clip, target_w2c=clip["source_w2c"])
    torch.testing.assert_close(guide.frames, clip["frames"])
    torch.testing.assert_close(guide.depth, clip["depth"])
    assert guide.mask.all()
    assert guide.coverage.tolist() == [1.0] * NUM_FRAMES
    assert guide.source_index.tolist() == list(range(NUM_FRAMES))


def test_sideways_move_shifts_a_wall_by_parallax_and_leaves_holes(clip):
    target_w2c = clip["source_w2c"].clone()
    target_w2c[:, 0, 3] = 8 * DISTANCE / FOCAL_PX
    guide = render_guide(**clip, target_w2c=target_w2c)
    torch.testing.assert_close(guide.frames[..., 8:], clip["frames"][..., :-8])
    assert (guide.frames[..., :8] == -1).all()
    assert guide.mask[..., 8:].all() and not guide.mask[..., :8].any()
    assert (guide.depth[..., :8] == 0).all()
    assert guide.coverage.tolist() == pytest.approx([1 - 8 / WIDTH] * NUM_FRAMES)


def test_half_a_pixel_mixes_neighbours(clip):
    target_w2c = clip["source_w2c"].clone()
    target_w2c[:, 1, 3] = 0.5 * DISTANCE / FOCAL_PX
    guide = render_guide(**clip, target_w2c=target_w2c)
    expected = (clip["frames"][:, :, 1:] + clip["frames"][:, :, :-1]) / 2
    torch.testing.assert_close(guide.frames[:, :, 1:], expected)


def test_depth_is_that_of_the_target_camera(clip):
    target_w2c = clip["source_w2c"].clone()
    target_w2c[:, 2, 3] = 1.5
    guide = render_guide(**clip, target_w2c=target_w2c)
    torch.testing.assert_close(
        guide.depth[guide.mask], torch.full_like(guide.depth[guide.mask], DISTANCE + 1.5)
    )


def test_near_hides_far(clip):
    """A post in front of the wall slides over it and keeps its colour."""
    clip["frames"][:] = -0.5
    clip["frames"][..., 16:20] = 0.9
    clip["depth"][..., 16:20] = DISTANCE / 4
    target_w2c = clip["source_w2c"].clone()
    target_w2c[:, 0, 3] = 2 * DISTANCE / FOCAL_PX
    guide = render_guide(**clip, target_w2c=target_w2c)
    torch.testing.assert_close(guide.frames[..., 24:28], torch.full_like(guide.frames[..., 24:28], 0.9))
    assert not guide.mask[..., 18:22].any()
    torch.testing.assert_close(guide.frames[..., 28:], torch.full_like(guide.frames[..., 28:], -0.5))


def test_zoom_spreads_pixels_around_the_optical_axis(clip):
    target_K = clip["K"] * torch.tensor([[2.0, 2, 1], [2, 2, 1], [1, 1, 1]])
    guide = render_guide(**clip, target_w2c=clip["source_w2c"], target_K=target_K)
    # Column x lands on 20 + 2 (x − 20): even columns and rows of the target are known, the rest are holes.
    torch.testing.assert_close(guide.frames[:, :, ::2, ::2], clip["frames"][:, :, 6:18, 10:30])
    assert guide.mask[:, ::2, ::2].all()
    assert not guide.mask[:, 1::2].any() and not guide.mask[:, :, 1::2].any()


def test_pixel_landing_on_a_pixel_counts_twice_in_each_direction(clip):
    """Halving the picture lands every second column on a column and the others half between two."""
    shades = torch.linspace(-1, 1, WIDTH) ** 3
    clip["frames"][:] = shades
    target_K = clip["K"] * torch.tensor([[0.5, 0.5, 1], [0.5, 0.5, 1], [1, 1, 1]])
    guide = render_guide(**clip, target_w2c=clip["source_w2c"], target_K=target_K)
    # Column x lands on 20 + (x − 20) / 2: columns 2, 4, … 38 on 11, 12, … 29.
    on, before, after = shades[2:39:2], shades[1:38:2], shades[3:40:2]
    expected = ((2 * on + 0.5 * before + 0.5 * after) / 3).expand(NUM_FRAMES, 3, 10, 19)
    torch.testing.assert_close(guide.frames[:, :, 7:17, 11:30], expected)


def test_frames_too_large_to_be_rendered_in_one_go():
    height, width, shift = 210, 320, 50
    frames = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))
    K = torch.tensor([[FOCAL_PX, 0, 160], [0, FOCAL_PX, 100], [0, 0, 1]])
    source_w2c = torch.eye(4, dtype=torch.float64)[None]
    target_w2c = source_w2c.clone()
    target_w2c[:, 1, 3] = shift * DISTANCE / FOCAL_PX
    depth = torch.full((1, height, width), DISTANCE)
    guide = render_guide(frames, depth, K=K, source_w2c=source_w2c, target_w2c=target_w2c)
    torch.testing.assert_close(guide.frames[:, :, shift:], frames[:, :, :-shift])
    assert not guide.mask[:, :shift].any()


def test_everything_behind_the_camera_is_all_hole(clip):
    target_w2c = clip["source_w2c"].clone()
    target_w2c[:, 2, 3] = -3 * DISTANCE
    guide = render_guide(**clip, target_w2c=target_w2c)
    assert not guide.mask.any()
    assert (guide.frames == -1).all() and (guide.depth == 0).all()


def test_pixels_in_the_plane_of_the_camera_do_no_harm(clip):
    clip["depth"][:, :, ::2] = 2 * DISTANCE
    target_w2c = clip["source_w2c"].clone()
    target_w2c[:, 2, 3] = -DISTANCE
    guide = render_guide(**clip, target_w2c=target_w2c)
    assert guide.frames.isfinite().all() and guide.depth.isfinite().all()
    assert guide.mask.any() and (guide.depth[guide.mask] == DISTANCE).all()


def test_frames_depend_on_one_another_only_through_the_farthest_depth(clip, moving_w2c):
    random = torch.Generator().manual_seed(1)
    depth = DISTANCE + torch.rand(NUM_FRAMES, HEIGHT, WIDTH, generator=random)
    depth[0, 0, 0] = 10 * DISTANCE
    clip["depth"] = depth
    whole = render_guide(**clip, target_w2c=moving_w2c)
    chosen = [0, 2]
    subset = {name: value if name == "K" else value[chosen] for name, value in clip.items()}
    part = render_guide(**subset, target_w2c=moving_w2c[chosen])
    assert torch.equal(part.frames, whole.frames[chosen])
    assert torch.equal(part.mask, whole.mask[chosen])


def test_frozen_source_frame_equals_a_clip_that_repeats_it(clip, moving_w2c):
    source_index = [1, 1, 3, 0, 1]
    target_w2c = moving_w2c[[0, 1, 2, 3, 3]]
    K = clip.pop("K").repeat(NUM_FRAMES, 1, 1)
    K[:, 0, 0] += torch.arange(NUM_FRAMES)
    guide = render_guide(**clip, K=K, target_w2c=target_w2c, source_index=source_index)
    repeated = {name: value[source_index] for name, value in clip.items()}
    expected = render_guide(**repeated, K=K[source_index], target_w2c=target_w2c)
    assert torch.equal(guide.frames, expected.frames)
    assert torch.equal(guide.mask, expected.mask)
    assert guide.source_index.tolist() == source_index


def test_depth_may_carry_a_channel_and_frames_half_precision(clip, moving_w2c):
    expected = render_guide(**clip, target_w2c=moving_w2c)
    clip["depth"] = clip["depth"][:, None].double()
    clip["frames"] = clip["frames"].half()
    guide = render_guide(**clip, target_w2c=moving_w2c)
    assert guide.frames.dtype == torch.float32
    torch.testing.assert_close(guide.frames, expected.frames, atol=1e-3, rtol=0)


def test_runs_under_inference_mode_and_on_tensors_with_gradients(clip, moving_w2c):
    expected = render_guide(**clip, target_w2c=moving_w2c)
    with torch.inference_mode():
        inside = {name: value.clone() for name, value in clip.items()}
        assert torch.equal(render_guide(**inside, target_w2c=moving_w2c.clone()).frames, expected.frames)
    guide = render_guide(
        **(clip | {"depth": clip["depth"].requires_grad_(), "K": clip["K"].requires_grad_()}),
        target_w2c=moving_w2c,
    )
    assert torch.equal(guide.frames, expected.frames) and not guide.frames.requires_grad


def test_inputs_stay_as_they_were(clip, moving_w2c):
    before = {name: value.clone() for name, value in clip.items()}
    render_guide(**clip, target_w2c=moving_w2c)
    assert all(torch.equal(clip[name], before[name]) for name in clip)


def test_progress_counts_frames(clip, moving_w2c):
    reports = []
    render_guide(**clip, target_w2c=moving_w2c, progress=lambda done, total: reports.append((done, total)))
    assert reports == [(i + 1, NUM_FRAMES) for i in range(NUM_FRAMES)]


def test_cancelling_stops_after_the_frame_at_hand(clip, moving_w2c):
    num_target = 400
    options = clip | {"target_w2c": moving_w2c[:1].expand(num_target, 4, 4), "source_index": [0] * num_target}
    start = time.perf_counter()
    render_guide(**options)
    seconds_for_all = time.perf_counter() - start
    reports = []

    def cancel_after_two(done: int, total: int) -> None:
        reports.append(time.perf_counter())
        if done == 2:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        render_guide(**options, progress=cancel_after_two)
    assert len(reports) == 2
    assert time.perf_counter() - reports[-1] < seconds_for_all / 4
