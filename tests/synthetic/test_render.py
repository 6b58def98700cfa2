import math

import pytest
import torch
from torch import Tensor

from postcam_core.cameras import (
    focal_from_fov,
    intrinsics_matrix,
    invert_rigid,
    transform_points,
    unproject_depth,
)
from postcam_core.errors import CameraError, OperationCancelled, ShapeError
from postcam_core.synthetic import (
    FIRST_HELD_OUT_SEED,
    SKY_RADIUS,
    Body,
    Clip,
    Scene,
    Texture,
    random_camera_path,
    random_scene,
    render_clip,
)

HEIGHT, WIDTH = 48, 80
SEEDS = [FIRST_HELD_OUT_SEED + offset for offset in range(4)]


def clip_of(scene: Scene, seed: int, *, num_frames: int = 3, **options) -> Clip:
    K = intrinsics_matrix(focal_from_fov(55, WIDTH), width=WIDTH, height=HEIGHT)
    return render_clip(
        scene,
        c2w=random_camera_path(seed, num_frames),
        K=K.expand(num_frames, 3, 3),
        times=torch.linspace(0, 1, num_frames),
        height=HEIGHT,
        width=WIDTH,
        **options,
    )


def distance_from(body: Body, time: Tensor, world_points: Tensor) -> Tensor:
    """How far points lie from the body's surface, to first order, in scene units."""
    points = transform_points(world_points, invert_rigid(body.body_to_world(time[None])[0]))
    if body.shape == "plane":
        return points[:, 1].abs()
    size = torch.tensor(body.half_size, dtype=torch.float64)
    scaled = points / size
    if body.shape == "box":
        return ((scaled.abs() - 1) * size).amax(dim=-1).abs()
    radius = scaled.norm(dim=-1)
    return (radius - 1).abs() * radius / (scaled / size).norm(dim=-1)


@pytest.mark.parametrize("kind", ["room", "outdoor"])
@pytest.mark.parametrize("seed", SEEDS)
def test_unprojected_pixels_lie_on_the_bodies_they_show(seed: int, kind: str):
    scene = random_scene(seed, kind=kind)
    clip = clip_of(scene, seed)
    points = unproject_depth(clip.depth.double(), clip.K).flatten(1, 2)
    for frame, time in enumerate(torch.linspace(0, 1, 3)):
        world = transform_points(points[frame], clip.c2w[frame])
        shown = clip.instance[frame].flatten()
        for instance in shown.unique().tolist():
            bodies = [body for body in scene.bodies if body.instance == instance]
            pixels = world[shown == instance]
            off = torch.stack([distance_from(body, time, pixels) for body in bodies]).amin(dim=0)
            # Casting is in float32: digits are lost in proportion to the distance.
            assert (off / pixels.norm(dim=-1)).max() < 2e-5


def test_depth_is_along_the_axis_not_along_the_ray():
    wall = Body(
        shape="box",
        half_size=(50.0, 50.0, 1.0),
        position=(0.0, 0.0, 6.0),
        texture=Texture(
            pattern="noise",
            colours=((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
            waves=torch.ones(1, 3),
            phases=torch.zeros(1),
            reach=torch.ones(1),
        ),
    )
    scene = Scene(bodies=(wall,), light=(0.0, 0.0, -1.0), haze_colour=(1.0, 1.0, 1.0), haze_distance=math.inf)
    clip = render_clip(
        scene,
        c2w=torch.eye(4, dtype=torch.float64)[None],
        K=intrinsics_matrix(20, width=30, height=20)[None],
        times=torch.zeros(1),
        height=20,
        width=30,
    )
    torch.testing.assert_close(clip.depth, torch.full((1, 20, 30), 5.0))
    # Grey 0.5 under light that falls straight on it, without haze: the middle of [-1, 1].
    torch.testing.assert_close(clip.video, torch.zeros(1, 3, 20, 30), atol=1e-6, rtol=0)


@pytest.mark.parametrize("kind", ["room", "outdoor"])
def test_colours_do_not_clip_and_depth_is_finite(kind: str):
    for seed in SEEDS:
        clip = clip_of(random_scene(seed, kind=kind), seed)
        assert clip.video.abs().max() < 0.97
        assert clip.video.std() > 0.1
        assert clip.depth.min() > 0.5
        assert clip.depth.max() < SKY_RADIUS + 5


def test_a_seed_gives_the_same_clip_again_and_another_seed_another():
    one, again, other = (clip_of(random_scene(seed), seed) for seed in (7, 7, 8))
    assert torch.equal(one.video, again.video) and torch.equal(one.depth, again.depth)
    assert not torch.allclose(one.video, other.video)


def test_frames_do_not_depend_on_what_is_rendered_with_them():
    scene, path = random_scene(3), random_camera_path(3, 5)
    K = intrinsics_matrix(70, width=WIDTH, height=HEIGHT)[None]
    times = torch.linspace(0, 1, 5)
    options = {"height": HEIGHT, "width": WIDTH}
    together = render_clip(scene, c2w=path, K=K.expand(5, 3, 3), times=times, **options)
    for i in range(5):
        alone = render_clip(scene, c2w=path[i : i + 1], K=K, times=times[i : i + 1], **options)
        torch.testing.assert_close(alone.video[0], together.video[i], atol=1e-4, rtol=0)
        torch.testing.assert_close(alone.depth[0], together.depth[i])


@pytest.mark.parametrize("samples_per_axis", [2, 3])
def test_antialiasing_smooths_colour_and_leaves_geometry_exact(samples_per_axis: int):
    scene = random_scene(5, kind="room")
    plain, smooth = clip_of(scene, 5), clip_of(scene, 5, samples_per_axis=samples_per_axis)
    assert torch.equal(plain.depth, smooth.depth) and torch.equal(plain.instance, smooth.instance)
    assert 1e-3 < (plain.video - smooth.video).abs().mean() < 0.03


def test_antialiasing_averages_the_pixel_it_belongs_to():
    scene, path = random_scene(11, kind="room"), random_camera_path(11, 1)
    fine_K = intrinsics_matrix(160, width=2 * WIDTH, height=2 * HEIGHT)[None]
    coarse_K = intrinsics_matrix(80, width=WIDTH, height=HEIGHT)[None]
    options = {"c2w": path, "times": torch.zeros(1)}
    fine = render_clip(scene, K=fine_K, height=2 * HEIGHT, width=2 * WIDTH, **options)
    coarse = render_clip(scene, K=coarse_K, height=HEIGHT, width=WIDTH, samples_per_axis=2, **options)
    expected = torch.nn.functional.avg_pool2d(fine.video, 2)
    torch.testing.assert_close(coarse.video, expected, atol=1e-3, rtol=0)


def test_only_what_moves_is_marked_as_moving():
    scene = random_scene(21, kind="outdoor")
    c2w = random_camera_path(21, 1).expand(2, 4, 4)
    K = intrinsics_matrix(70, width=WIDTH, height=HEIGHT).expand(2, 3, 3)
    clip = render_clip(scene, c2w=c2w, K=K, times=torch.tensor([0.0, 0.6]), height=HEIGHT, width=WIDTH)
    moves = clip.is_moving.any(dim=0)
    assert moves.any() and not moves.all()
    assert torch.equal(clip.depth[0][~moves], clip.depth[1][~moves])
    assert (clip.depth[0] - clip.depth[1])[moves].abs().max() > 0.05
    assert (clip.instance[clip.is_moving] > 0).all()


def test_progress_counts_frames_and_can_cancel():
    reports = []

    def stop_after_two(done: int, total: int) -> None:
        reports.append((done, total))
        if done >= 2:
            raise OperationCancelled

    K = intrinsics_matrix(300, width=400, height=400).expand(4, 3, 3)
    with pytest.raises(OperationCancelled):
        render_clip(
            random_scene(1),
            c2w=random_camera_path(1, 4),
            K=K,
            times=torch.zeros(4),
            height=400,
            width=400,
            progress=stop_after_two,
        )
    assert reports == [(1, 4), (2, 4)]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"times": torch.zeros(3)}, ShapeError),
        ({"times": torch.zeros(0), "c2w": torch.zeros(0, 4, 4), "K": torch.zeros(0, 3, 3)}, ShapeError),
        ({"height": 0}, ShapeError),
        ({"samples_per_axis": 0}, ShapeError),
        ({"K": torch.zeros(2, 3, 3)}, CameraError),
        ({"c2w": 2 * torch.eye(4).expand(2, 4, 4)}, CameraError),
    ],
)
def test_bad_requests_are_refused(change: dict, error: type[Exception]):
    request = {
        "c2w": random_camera_path(0, 2),
        "K": intrinsics_matrix(10, width=8, height=8).expand(2, 3, 3),
        "times": torch.zeros(2),
        "height": 8,
        "width": 8,
    }
    with pytest.raises(error, match="expected"):
        render_clip(random_scene(0), **{**request, **change})


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_renders_the_same_clip():
    scene = random_scene(13)
    here, there = clip_of(scene, 13), clip_of(scene, 13, device="cuda")
    off = (here.depth - there.depth.cpu()).abs() / here.depth
    assert (off < 1e-4).float().mean() > 0.999  # a ray at a silhouette may fall to the other side
    assert (here.video - there.video.cpu()).abs().mean() < 1e-3
