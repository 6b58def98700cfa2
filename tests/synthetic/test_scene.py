import math

import pytest
import torch

from postcam_core.cameras import focal_from_fov, intrinsics_matrix
from postcam_core.errors import PostCamError
from postcam_core.synthetic import (
    CAMERA_ZONE_HALF_HEIGHT,
    CAMERA_ZONE_RADIUS,
    FIRST_HELD_OUT_SEED,
    Body,
    random_camera_path,
    random_scene,
    render_clip,
)

SEEDS = range(FIRST_HELD_OUT_SEED, FIRST_HELD_OUT_SEED + 60)
TIMES = torch.linspace(0, 1, 11)


def footprint(body: Body) -> tuple[torch.Tensor, float]:
    """Centres (x, z) over time and the radius that covers the body from above; only balls tumble."""
    x, _, z = body.half_size
    return body.body_to_world(TIMES)[:, [0, 2], 3], math.hypot(x, z) if body.shape == "box" else max(x, z)


@pytest.mark.parametrize("kind", ["room", "outdoor"])
def test_objects_stay_apart_and_out_of_the_camera_zone(kind: str):
    for seed in SEEDS:
        objects = [body for body in random_scene(seed, kind=kind).bodies if body.instance > 0]
        for i, body in enumerate(objects):
            centre, radius = footprint(body)
            assert (centre.norm(dim=-1) - radius).min() > CAMERA_ZONE_RADIUS, seed
            for other in objects[:i]:
                other_centre, other_radius = footprint(other)
                if other.instance != body.instance:
                    assert (centre - other_centre).norm(dim=-1).min() > radius + other_radius, seed


@pytest.mark.parametrize("kind", ["room", "outdoor"])
def test_the_backdrop_leaves_the_camera_zone_free(kind: str):
    for seed in SEEDS:
        backdrop = [body for body in random_scene(seed, kind=kind).bodies if body.instance == 0]
        # Sky, ground or floor, and the walls come first; the zone is inside or above them.
        num_around = 2
        for body in backdrop[:num_around]:
            if body.shape == "plane":
                assert body.position[1] > CAMERA_ZONE_HALF_HEIGHT
                continue
            for axis, reach in enumerate((CAMERA_ZONE_RADIUS, CAMERA_ZONE_HALF_HEIGHT, CAMERA_ZONE_RADIUS)):
                assert body.position[axis] - body.half_size[axis] < -reach, seed
                assert body.position[axis] + body.half_size[axis] > reach, seed
        for body in backdrop[num_around:]:
            centre, radius = footprint(body)
            assert (centre.norm(dim=-1) - radius).min() > CAMERA_ZONE_RADIUS, seed


@pytest.mark.parametrize("kind", ["room", "outdoor"])
def test_cameras_see_near_objects_some_of_them_moving(kind: str):
    num_frames, height, width = 3, 24, 40
    K = intrinsics_matrix(focal_from_fov(55, width), width=width, height=height).expand(num_frames, 3, 3)
    moving_share = []
    for seed in SEEDS[:25]:
        clip = render_clip(
            random_scene(seed, kind=kind),
            c2w=random_camera_path(seed + 1, num_frames),
            K=K,
            times=torch.linspace(0, 1, num_frames),
            height=height,
            width=width,
        )
        is_object = clip.instance > 0
        assert is_object.float().mean(dim=(1, 2)).min() > 0.01, seed
        assert 1.2 < clip.depth[is_object].min() < 9, seed
        moving_share.append(clip.is_moving.any())
    assert torch.stack(moving_share).float().mean() > 0.8


def test_balls_roll_without_slipping():
    balls = [
        body
        for seed in SEEDS
        for body in random_scene(seed).bodies
        if body.motion and len(set(body.half_size)) == 1 and body.motion.turn[1] == 0
        if any(body.motion.turn)
    ]
    assert len(balls) > 5
    step = 1e-5
    for ball in balls:
        pose, later = ball.body_to_world(torch.tensor([0.5, 0.5 + step], dtype=torch.float64))
        contact = torch.tensor([*(pose[:3, 3] + torch.tensor([0, ball.half_size[1], 0])), 1.0])
        moved = later @ torch.linalg.inv(pose) @ contact
        assert (moved - contact)[:3].norm() / step < 1e-3 * math.hypot(*ball.motion.displacement)


def test_both_kinds_come_up_and_a_kind_can_be_asked_for():
    def is_outdoor(scene):
        return any(body.role == "sky" for body in scene.bodies)

    drawn = [is_outdoor(random_scene(seed)) for seed in range(20)]
    assert any(drawn) and not all(drawn)
    assert all(is_outdoor(random_scene(seed, kind="outdoor")) for seed in range(5))
    assert not any(is_outdoor(random_scene(seed, kind="room")) for seed in range(5))


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_seeds_that_would_repeat_others_are_refused(seed: int):
    with pytest.raises(PostCamError, match="seed"):
        random_scene(seed)
