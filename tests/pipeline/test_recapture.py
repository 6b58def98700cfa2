"""From frames to frames, piece by piece, equals doing it at once; and what is refused before any work is done."""

from dataclasses import replace

import pytest
import torch

from postcam_core.cameras import invert_rigid
from postcam_core.errors import (
    CheckpointError,
    GeometryError,
    OperationCancelled,
    ShapeError,
    TrajectoryError,
)
from postcam_core.media import video_from_uint8
from postcam_core.model import PostCamConfig
from postcam_core.pipeline import Recapture, SamplingSettings, cameras_of, source_cameras, target_cameras
from postcam_core.pipeline.sizes import hold_last, pad_frames, padding_for
from postcam_core.pipeline.window_memory import check_window_fits, window_bytes
from postcam_core.sampling.windows import LatentWindow, window_cameras
from postcam_core.trajectory import (
    following,
    frozen,
    model_scale,
    preset_document,
    reversed_in_time,
    sample_trajectory,
    stretched,
)
from postcam_core.warp import render_scene_guide, shrink_guide
from postcam_core.weights import ModelSettings
from tests.oracles.small_geometry import small_geometry
from tests.oracles.tiny_recapture import tiny_clip, tiny_recapture, tiny_recapture_models


@pytest.mark.parametrize(
    ("num_frames", "height", "width", "guide_scale"), [(9, 32, 48, 1.0), (11, 40, 52, 0.5), (1, 64, 64, 0.25)]
)
def test_piece_by_piece_encodes_what_the_whole_clip_gives(num_frames, height, width, guide_scale) -> None:
    job = tiny_recapture(num_frames, height, width, guide_scale=guide_scale)
    pieces = []
    encoded = job.encode(on_guide=pieces.append)
    video = video_from_uint8(job.clip.frames)
    guide = render_scene_guide(video, job.geometry, job.trajectory).frames
    assert torch.cat(pieces).equal(guide)

    right, bottom = padding_for(width, height, guide_scale)
    num_padded = 4 * encoded.source.shape[1] - 3
    assert num_padded - num_frames in range(4)
    vae = job.models.vae
    assert encoded.source.equal(vae.encode(hold_last(pad_frames(video, right, bottom), num_padded)))
    small = shrink_guide(pad_frames(guide, right, bottom), guide_scale)
    assert encoded.guide.equal(vae.encode(hold_last(small, num_padded)))


@pytest.mark.parametrize(("num_frames", "height", "width"), [(11, 40, 52), (2, 32, 48)])
def test_any_size_and_number_of_frames_comes_back_as_it_was(num_frames: int, height: int, width: int) -> None:
    job, counts = tiny_recapture(num_frames, height, width, guide_scale=0.5), []
    latents = job.sample(job.encode())
    frames = torch.cat(list(job.decode(latents, progress=lambda done, total: counts.append((done, total)))))
    assert frames.shape == (num_frames, 3, height, width) and frames.abs().max() <= 1
    assert counts[-1] == (num_frames, num_frames)
    whole = job.models.vae.decode(latents)
    assert frames.equal(whole[:num_frames, :, :height, :width])


def test_the_same_seed_gives_the_same_latents_and_another_gives_others() -> None:
    job = tiny_recapture(5)
    encoded = job.encode()
    latents = job.sample(encoded)
    assert tiny_recapture(5).sample(encoded).equal(latents)
    assert not tiny_recapture(5, seed=1).sample(encoded).allclose(latents, atol=0.1)


def test_a_long_clip_is_sampled_in_windows_that_see_only_themselves() -> None:
    job = tiny_recapture(33, 16, 16, window_frames=17, overlap_frames=4)
    assert [(window.start, window.stop) for window in job.windows] == [(0, 5), (4, 9)]
    encoded = job.encode()
    before = job.sample(encoded)
    encoded.source[:, -1] += 1  # the end is changed: what only the first window covers must not notice
    after = job.sample(encoded)
    assert after[:, :4].equal(before[:, :4]) and not after[:, 5:].allclose(before[:, 5:])


def test_cameras_are_those_of_the_frames_that_open_latent_frames() -> None:
    geometry = small_geometry(11)
    trajectory = sample_trajectory(preset_document("arc_left"), 11)
    target = target_cameras(trajectory, geometry)
    expected = invert_rigid(trajectory.c2w_in_model_units(geometry.nearest_depth()))[[0, 4, 8, 10]]
    torch.testing.assert_close(target, expected.float())
    source = source_cameras(geometry, trajectory)
    torch.testing.assert_close(source[0], torch.eye(4), atol=1e-6, rtol=0)
    # In one unit: a target that follows the source is where the source is.
    along = sample_trajectory(following(preset_document("static")), 11, source=cameras_of(geometry))
    torch.testing.assert_close(target_cameras(along, geometry), source, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    "document",
    [
        preset_document("arc_left"),
        frozen(preset_document("arc_left"), source=0.5),
        reversed_in_time(following(preset_document("static"))),
    ],
    ids=["as shot", "bullet time", "backwards, following"],
)
def test_poses_begin_at_the_frame_that_is_shown_first(document) -> None:
    """In one window as in many: the model learned clips whose source begins at the origin."""
    geometry = small_geometry(9)
    trajectory = sample_trajectory(document, 9, source=cameras_of(geometry))
    target, source = target_cameras(trajectory, geometry), source_cameras(geometry, trajectory)
    torch.testing.assert_close(source[0], torch.eye(4), atol=1e-6, rtol=0)
    first = LatentWindow(start=0, stop=len(target))
    torch.testing.assert_close(window_cameras(target[None], first, source[None])[0], target)
    # The same place in the scene: relative to the source's camera at that frame, before and after.
    scale = model_scale(geometry.nearest_depth())
    shown = geometry.anchored().w2c[trajectory.source_index[0]].clone()
    shown[:3, 3] *= scale
    expected = invert_rigid(trajectory.c2w_in_model_units(geometry.nearest_depth()))[0] @ invert_rigid(shown)
    torch.testing.assert_close(target[0], expected.float(), atol=1e-5, rtol=0)


def test_a_shot_that_begins_later_needs_geometry() -> None:
    move = sample_trajectory(frozen(preset_document("arc_left"), source=0.5), 9)
    with pytest.raises(TrajectoryError, match="a shot that begins with source frame 4"):
        target_cameras(move, None)


@pytest.mark.parametrize(
    ("document", "num_target", "shown"),
    [
        (frozen(preset_document("arc_left"), source=0.5), 9, [4] * 9),
        (reversed_in_time(preset_document("static")), 9, list(range(8, -1, -1))),
        (stretched(preset_document("static")), 17, [(i + 1) // 2 for i in range(17)]),
    ],
)
def test_shots_show_and_encode_the_frames_that_they_ask_for(document, num_target: int, shown: list) -> None:
    job = tiny_recapture(9, document=document, num_target=num_target)
    assert job.trajectory.source_index.tolist() == shown
    video = video_from_uint8(job.clip.frames)
    assert len(job) == num_target
    assert job.encode().source.equal(job.models.vae.encode(video[shown]))


def test_cancelling_passes_through() -> None:
    job = tiny_recapture(9)

    def cancel(done: int, total: int) -> None:
        raise OperationCancelled

    with pytest.raises(OperationCancelled):
        job.encode(progress=cancel)
    with pytest.raises(OperationCancelled):
        job.sample(job.encode(), progress=cancel)


def test_what_does_not_belong_together_is_refused_with_the_numbers() -> None:
    models = tiny_recapture_models()
    settings, clip = SamplingSettings.for_model(models), tiny_clip(9, 32, 48)
    move = sample_trajectory(preset_document("arc_left"), 13)
    with pytest.raises(GeometryError, match="expected 9 frames of 48×32.*got 8 of 48×32"):
        Recapture(clip, small_geometry(8, 32, 48), move, models, settings)
    with pytest.raises(TrajectoryError, match="expected 9.*got 13"):
        Recapture(clip, small_geometry(9, 32, 48), move, models, settings)
    with pytest.raises(CheckpointError, match="prompt: expected a text encoder"):
        geometry, fitting = small_geometry(9, 32, 48), sample_trajectory(preset_document("arc_left"), 9)
        Recapture(clip, geometry, fitting, models, settings, prompt="a dog")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"num_steps": 0}, "schedule"),
        ({"shift": -1.0}, "schedule"),
        ({"solver": "heun"}, "solver: expected one of euler"),
        ({"seed": -1}, "seed from 0"),
        ({"cfg_scale": float("nan")}, "finite cfg_scale"),
    ],
)
def test_settings_that_cannot_be_sampled_are_refused_when_they_are_made(changes: dict, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        SamplingSettings(**changes)


def test_windows_that_cannot_be_planned_are_refused_before_any_work() -> None:
    with pytest.raises(ShapeError):
        tiny_recapture(9, window_frames=12)
    with pytest.raises(ShapeError):
        tiny_recapture(33, 16, 16, window_frames=17, overlap_frames=20)


def test_a_window_beyond_memory_names_the_largest_that_fits() -> None:
    need = window_bytes(PostCamConfig(), num_tokens=11 * (4 * 1560 + 84), dtype=torch.bfloat16)
    assert 4 < need / 2**30 < 5, "one window of the released model at 480×832, with guidance"
    check_window_fits(need, num_latent_frames=11, free_bytes=need)
    with pytest.raises(ShapeError, match=r"window of 41 frames.*largest window that fits has 17 frames"):
        check_window_fits(need, num_latent_frames=11, free_bytes=need * 5 // 11 + 1)
    with pytest.raises(ShapeError, match="smaller size"):
        check_window_fits(need, num_latent_frames=11, free_bytes=need // 12)


def test_a_size_that_the_model_has_no_guide_positions_for_is_refused_at_once() -> None:
    with pytest.raises(ShapeError, match="guide size"):
        tiny_recapture(5, guide_rope="released")


def test_a_window_that_this_machine_cannot_hold_is_refused_at_once() -> None:
    models = tiny_recapture_models()
    huge = replace(models, settings=ModelSettings(config=PostCamConfig(dim=128 * 2**20, num_heads=2**20)))
    geometry, move = small_geometry(9, 64, 64), sample_trajectory(preset_document("static"), 9)
    with pytest.raises(ShapeError, match="window of 9 frames: expected at most the .* GiB that are free"):
        Recapture(tiny_clip(9, 64, 64), geometry, move, huge, SamplingSettings.for_model(models))
