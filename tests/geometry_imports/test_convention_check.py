"""Mix-ups of conventions are caught with their name; right geometry passes, noisy as it may be."""

import functools

import pytest
import torch
from torch.nn.functional import interpolate

from postcam_core.cameras import OPENGL_FROM_OPENCV, focal_from_fov, intrinsics_matrix, invert_rigid
from postcam_core.errors import GeometryError
from postcam_core.geometry import SceneGeometry, check_conventions, ground_plane_geometry
from postcam_core.synthetic import FIRST_HELD_OUT_SEED, random_camera_path, random_scene, render_clip

NUM_FRAMES, HEIGHT, WIDTH = 9, 48, 80
SEEDS = [FIRST_HELD_OUT_SEED + offset for offset in range(6)]


@functools.cache
def clip(seed: int):
    K = intrinsics_matrix(focal_from_fov(55, WIDTH), width=WIDTH, height=HEIGHT)
    return render_clip(
        random_scene(seed),
        c2w=random_camera_path(seed, NUM_FRAMES),
        K=K.repeat(NUM_FRAMES, 1, 1),
        times=torch.linspace(0, 1, NUM_FRAMES),
        height=HEIGHT,
        width=WIDTH,
    )


def geometry(seed: int, *, noise: float = 0.0, mix_up=lambda w2c: w2c) -> SceneGeometry:
    """Depth off by a factor per frame and by slow waves over the picture, as estimators are off."""
    true = clip(seed)
    generator = torch.Generator().manual_seed(seed)
    waves = torch.randn(NUM_FRAMES, 1, 4, 6, generator=generator)
    log_error = interpolate(waves, (HEIGHT, WIDTH), mode="bicubic")[:, 0]
    log_error += 0.5 * torch.randn(NUM_FRAMES, 1, 1, generator=generator)
    return SceneGeometry(
        depth=true.depth * torch.exp(noise * log_error),
        K=true.K,
        w2c=mix_up(invert_rigid(true.c2w)),
        provider="test",
    )


def scaled_translations(factor: float):
    def mix_up(w2c):
        w2c = w2c.clone()
        w2c[:, :3, 3] *= factor
        return w2c

    return mix_up


MIX_UPS = {
    "c2w as w2c": (invert_rigid, "the poses are inverted \\(c2w"),
    "OpenGL axes": (lambda w2c: OPENGL_FROM_OPENCV @ w2c, "the camera axes are OpenGL's"),
    "both": (lambda w2c: invert_rigid(OPENGL_FROM_OPENCV @ w2c), "inverted and their camera axes OpenGL's"),
    "depth too small": (scaled_translations(10.0), "about 10 times too small"),
    "depth too large": (scaled_translations(0.1), "about 10 times too large"),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_right_geometry_passes(seed, noise):
    check_conventions(geometry(seed, noise=noise))
    check_conventions(geometry(seed, noise=noise), clip(seed).video)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["c2w as w2c", "OpenGL axes", "both"])
def test_mixed_up_poses_are_named(seed, name):
    mix_up, says = MIX_UPS[name]
    with pytest.raises(GeometryError, match=says):
        check_conventions(geometry(seed, mix_up=mix_up))
    with pytest.raises(GeometryError, match=says):
        check_conventions(geometry(seed, noise=0.1, mix_up=mix_up), clip(seed).video)


@pytest.mark.parametrize("name", ["depth too small", "depth too large"])
def test_mixed_up_units_are_named(name):
    mix_up, says = MIX_UPS[name]
    with pytest.raises(GeometryError, match=says):
        check_conventions(geometry(SEEDS[0], mix_up=mix_up), clip(SEEDS[0]).video)


@pytest.mark.parametrize("mix_up", [invert_rigid, lambda w2c: OPENGL_FROM_OPENCV @ w2c])
def test_it_does_not_matter_which_frame_is_the_world(mix_up):
    given = geometry(SEEDS[1], mix_up=mix_up).w2c
    # A world of its own is lost in the inverse, so only a mix-up made after anchoring can be anchored.
    anchored = geometry(SEEDS[1]).anchored()
    moved = SceneGeometry(depth=anchored.depth, K=anchored.K, w2c=mix_up(anchored.w2c), provider="test")
    assert not torch.allclose(given, moved.w2c)
    with pytest.raises(GeometryError, match="disagreement"):
        check_conventions(moved)


def test_cameras_that_show_nothing_pass():
    check_conventions(ground_plane_geometry(5, HEIGHT, WIDTH))
    check_conventions(ground_plane_geometry(1, HEIGHT, WIDTH))
    still = geometry(SEEDS[0], mix_up=lambda w2c: torch.eye(4).double().expand_as(w2c))
    check_conventions(still, clip(SEEDS[0]).video)


def test_two_frames_suffice():
    two = geometry(SEEDS[2], mix_up=invert_rigid).selected([0, NUM_FRAMES - 1])
    with pytest.raises(GeometryError, match="inverted"):
        check_conventions(two)


def test_a_video_of_another_size_is_refused():
    with pytest.raises(GeometryError, match="as the clip has"):
        check_conventions(geometry(SEEDS[0]), torch.zeros(NUM_FRAMES, 3, HEIGHT, WIDTH + 1))
