"""Every shot's guide beside the exact picture of the commanded camera at the commanded moment.

What a guide knows must agree with the picture, and better than with that of a neighbouring moment, pose or zoom:
a command that was carried out nearly right fails too.
"""

import math

import pytest
import torch
from torch import Tensor

from postcam_core.synthetic import FIRST_HELD_OUT_SEED, Clip
from postcam_core.trajectory import (
    TrajectoryDocument,
    build_document,
    dolly_zoom,
    following,
    frozen,
    lens_zoom,
    preset_document,
    reversed_in_time,
    sample_trajectory,
    slow_num_frames,
    stabilised,
    starting_at,
    stretched,
    with_shot,
)
from postcam_core.warp import Guide
from tests.oracles.exact_shots import NUM_FRAMES, FilmedScene, arc_left, filmed, place, psnr

STATIC = preset_document("static")
LAST = NUM_FRAMES - 1
HOME = torch.eye(4, dtype=torch.float64)
# Splatting blurs by up to a pixel, and a pixel at an edge can show either surface.
AGREES_DB, WORSE_BY_DB = 25.0, 1.5


@pytest.fixture(scope="module")
def scene() -> FilmedScene:
    """One whose bodies move much."""
    return filmed(FIRST_HELD_OUT_SEED + 5)


@pytest.fixture(scope="module")
def nearest(scene: FilmedScene) -> float:
    return scene.cameras.nearest_depth


def shot(scene: FilmedScene, document: TrajectoryDocument, num_frames: int = NUM_FRAMES) -> Guide:
    return scene.guide(sample_trajectory(document, num_frames, source=scene.cameras))


def check(guide: Guide, truth: Clip, wrong: Clip) -> None:
    """The guide shows the truth in every frame, and something else less well on the whole."""
    right, off = psnr(guide, truth), psnr(guide, wrong)
    assert guide.coverage.min() > 0.3
    assert right.min() > AGREES_DB, right
    assert off.mean() < right.mean() - WORSE_BY_DB, (right, off)


def ahead(count: int) -> list[float]:
    return [float(i) for i in range(count)]


def repeated(pose: Tensor, count: int) -> Tensor:
    return pose.repeat(count, 1, 1)


def test_bullet_time(scene: FilmedScene, nearest: float) -> None:
    guide = shot(scene, frozen(preset_document("arc_left", 0.4), source=0.5))
    around = arc_left(12, nearest, NUM_FRAMES)
    check(guide, scene.truth(around, shown=[4.0] * 9), scene.truth(around, shown=[5.0] * 9))


def test_bullet_time_from_there(scene: FilmedScene, nearest: float) -> None:
    """The first frame is the frozen one as it was filmed."""
    guide = shot(scene, with_shot(preset_document("arc_left", 0.4), "bullet time from there", freeze_at=0.75))
    there, around = scene.cameras.c2w[6], arc_left(12, nearest, NUM_FRAMES)
    check(guide, scene.truth(there @ around, shown=[6.0] * 9), scene.truth(around, shown=[6.0] * 9))
    assert guide.coverage[0] > 0.99


def test_time_stops_for_a_while(scene: FilmedScene, nearest: float) -> None:
    guide = shot(scene, frozen(preset_document("truck_right", 0.5), source=0.5, start=0.25, end=0.75))
    shown = [0.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 6.0, 8.0]
    way = torch.stack([place((0.15 * nearest * i / 8, 0, 0)) for i in range(9)])
    check(guide, scene.truth(way, shown=shown), scene.truth(way, shown=ahead(9)))


def test_slow_motion(scene: FilmedScene) -> None:
    count = slow_num_frames(NUM_FRAMES, 2)
    guide = shot(scene, stretched(STATIC), count)
    assert count == 17
    shown = [0.0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8]
    still = repeated(HOME, count)
    check(guide, scene.truth(still, shown=shown), scene.truth(still, shown=ahead(count)))


def test_time_lapse(scene: FilmedScene) -> None:
    guide = shot(scene, stretched(STATIC), slow_num_frames(NUM_FRAMES, 0.5))
    shown = [0.0, 2, 4, 6, 8]
    still = repeated(HOME, 5)
    check(guide, scene.truth(still, shown=shown), scene.truth(still, shown=ahead(5)))


def test_reverse(scene: FilmedScene, nearest: float) -> None:
    guide = shot(scene, reversed_in_time(preset_document("dolly_in", 0.4)))
    way = torch.stack([place((0, 0, 0.2 * nearest * i / 8)) for i in range(9)])
    check(guide, scene.truth(way, shown=ahead(9)[::-1]), scene.truth(way, shown=ahead(9)))


def test_reverse_of_a_freeze_freezes_the_other_end() -> None:
    document = reversed_in_time(frozen(STATIC, source=0.5, start=0.75))
    shown = sample_trajectory(document, NUM_FRAMES).source_index
    assert shown.tolist() == [4, 4, 4, 3, 3, 2, 1, 1, 0]


def test_follow(scene: FilmedScene, nearest: float) -> None:
    guide = shot(scene, following(preset_document("truck_left", 0.3)))
    beside = torch.stack([place((-0.09 * nearest * i / 8, 0, 0)) for i in range(9)])
    source = scene.cameras.c2w
    check(guide, scene.truth(source @ beside, shown=ahead(9)), scene.truth(beside, shown=ahead(9)))


def test_follow_backwards(scene: FilmedScene) -> None:
    """Time runs backwards, and so does the camera that is followed: what was filmed comes back, frame by frame."""
    guide = shot(scene, following(reversed_in_time(STATIC)))
    error = (guide.frames - scene.clip.video.flip(0)).abs().amax(1)
    # Rounding puts some pixels of a silhouette before or behind their neighbour.
    assert (error < 1e-3).float().mean() > 0.98


@pytest.mark.parametrize(
    "document", [lens_zoom(1.8), preset_document("lens_zoom_in", math.log2(1.8))], ids=["shot", "preset"]
)
def test_lens_zoom(scene: FilmedScene, document: TrajectoryDocument) -> None:
    guide = shot(scene, document)
    factors = [1.8 ** (i / 8) for i in range(9)]
    still = repeated(HOME, 9)
    wrong = scene.truth(still, shown=ahead(9), focal_scale=[f**0.8 for f in factors])
    check(guide, scene.truth(still, shown=ahead(9), focal_scale=factors), wrong)


@pytest.mark.parametrize(
    "document", [dolly_zoom(0.7), preset_document("dolly_zoom", 0.5)], ids=["shot", "preset"]
)
def test_dolly_zoom(scene: FilmedScene, nearest: float, document: TrajectoryDocument) -> None:
    guide = shot(scene, document)
    end = 0.7 if document.path.kind == "around" else 0.5**0.5
    factors = [end ** (i / 8) for i in range(9)]
    way = torch.stack([place((0, 0, (1 - f) * nearest)) for f in factors])
    wrong = scene.truth(way, shown=ahead(9))
    check(guide, scene.truth(way, shown=ahead(9), focal_scale=factors), wrong)


@pytest.mark.parametrize("distance", [0.5, 1.7])
def test_the_subject_of_a_dolly_zoom_keeps_its_size(distance: float) -> None:
    trajectory = sample_trajectory(dolly_zoom(distance, subject_depth=2.5), 41)

    def size(depth: float) -> Tensor:
        """How large something of size 1 at that depth is in the picture, at focal length 1."""
        return trajectory.focal_scale / (depth - trajectory.c2w[:, 2, 3])

    assert (size(2.5) * 2.5 - 1).abs().max() < 1e-12
    behind = size(10.0)
    assert abs(float(behind[-1] / behind[0]) - 1) > 0.3


def test_start_elsewhere(scene: FilmedScene, nearest: float) -> None:
    document = starting_at(preset_document("truck_right", 0.3), position=[-0.1, 0.0, 0.05], pan_deg=6.0)
    trajectory = sample_trajectory(document, NUM_FRAMES, source=scene.cameras)
    start = place((-0.1 * nearest, 0, 0.05 * nearest), 6)
    moved = torch.stack([place((0.09 * nearest * i / 8, 0, 0)) for i in range(9)])
    assert (trajectory.c2w[0] - HOME).abs().max() > 0.1
    check(
        scene.guide(trajectory),
        scene.truth(start @ moved, shown=ahead(9)),
        scene.truth(moved, shown=ahead(9)),
    )


def test_start_elsewhere_in_every_kind_of_path_in_nearest_depths() -> None:
    around = {"kind": "around", "unit": "nearest_depth", "pivot": [0, 0, 1], "yaw_deg": 20}
    segments = {"kind": "segments", "segments": [{"path": around, "duration": 1e-3}, {"path": around}]}
    start = place((0.1, -0.2, 0.3), 7)
    for path in (
        around,
        segments,
        {"kind": "orbit", "pitch_deg": [0, 5], "yaw_deg": [0], "displacement": [1]},
    ):
        document = build_document(path, pace={"ease": "ease_in_out"})
        plain, moved = (
            sample_trajectory(each, 41).c2w
            for each in (document, starting_at(document, position=[0.1, -0.2, 0.3], pan_deg=7.0))
        )
        assert (moved - start @ plain).abs().max() < 1e-5


def test_stabilised(scene: FilmedScene) -> None:
    shaky = filmed(FIRST_HELD_OUT_SEED + 5, shake=4.0)
    document = stabilised(STATIC, sigma_frames=2.0)
    trajectory = sample_trajectory(document, NUM_FRAMES, source=shaky.cameras)
    truth = shaky.truth(trajectory.c2w, shown=ahead(9))
    check(shaky.guide(trajectory), truth, shaky.truth(shaky.cameras.c2w, shown=ahead(9)))
