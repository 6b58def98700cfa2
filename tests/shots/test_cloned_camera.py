"""The camera of one clip used in another: the true relative poses, at the scale of the scene."""

import pytest
import torch

from postcam_core.cameras import rotation_log
from postcam_core.errors import TrajectoryError
from postcam_core.geometry import SceneGeometry, load_npz, save_npz
from postcam_core.synthetic import FIRST_HELD_OUT_SEED, render_rig, rig_poses
from postcam_core.trajectory import (
    SourceCameras,
    TrajectoryDocument,
    cloned_camera,
    document_to_json,
    parse_document,
    sample_trajectory,
)
from tests.oracles.exact_shots import NUM_FRAMES, filmed, psnr

OTHER = FIRST_HELD_OUT_SEED + 40
NUM_OTHER = 17


@pytest.fixture(scope="module")
def other() -> SceneGeometry:
    """Another scene's rig camera, in a unit of its own and a world that starts anywhere."""
    (clip,) = render_rig(OTHER, num_frames=NUM_OTHER, num_cameras=3, height=48, width=80, cameras=[2])
    return clip.geometry.scaled(7.3)


def cloned(geometry: SceneGeometry) -> TrajectoryDocument:
    c2w = torch.linalg.inv(geometry.anchored().w2c)
    cameras = SourceCameras(c2w=c2w, nearest_depth=geometry.nearest_depth())
    return cloned_camera(cameras, focal_px=geometry.K[:, 0, 0])


def true_moves() -> torch.Tensor:
    """What that camera did, in its scene's own unit."""
    c2w = rig_poses(OTHER, NUM_OTHER, 3)[2]
    return torch.linalg.inv(c2w[0]) @ c2w


def test_the_moves_are_the_others_at_this_scenes_scale(other: SceneGeometry) -> None:
    scene = filmed(FIRST_HELD_OUT_SEED + 5)
    trajectory = sample_trajectory(cloned(other), NUM_FRAMES, source=scene.cameras)
    true = true_moves()[::2]
    between = true[:, :3, :3].mT @ trajectory.c2w[:, :3, :3]
    assert torch.rad2deg(rotation_log(between).norm(dim=-1)).max() < 1e-4
    scale = scene.cameras.nearest_depth / (other.nearest_depth() / 7.3)
    assert abs(scale - 1) > 0.01
    in_scene = trajectory.c2w.clone()
    in_scene[:, :3, 3] *= scene.cameras.nearest_depth
    true[:, :3, 3] *= scale
    assert (in_scene - true).abs().max() < 1e-6
    assert true[-1, :3, 3].norm() > 0.2 or rotation_log(true[-1, :3, :3]).norm() > 0.1, "it moves at all"

    guide = scene.guide(trajectory)
    frames = [float(i) for i in range(NUM_FRAMES)]
    right = psnr(guide, scene.truth(true, shown=frames))
    wrong = psnr(guide, scene.truth(true_moves()[:NUM_FRAMES], shown=frames))
    assert right.min() > 25
    assert wrong.mean() < right.mean() - 1.5


def test_between_the_others_frames(other: SceneGeometry) -> None:
    """Twice as many frames as it has: every second pose is its own, the others lie between."""
    c2w = sample_trajectory(cloned(other), 2 * NUM_OTHER - 1).c2w
    between = true_moves()[:, :3, :3].mT @ c2w[::2, :3, :3]
    assert torch.rad2deg(rotation_log(between).norm(dim=-1)).max() < 1e-4
    steps = c2w[:, :3, 3].diff(dim=0).norm(dim=-1)
    assert (steps[::2] - steps[1::2]).abs().max() < 1e-9


def test_its_zoom_comes_along(other: SceneGeometry) -> None:
    K = other.K.clone()
    K[:, :2, :2] *= torch.linspace(1, 2, NUM_OTHER, dtype=torch.float64)[:, None, None]
    zoomed = SceneGeometry(depth=other.depth, K=K, w2c=other.w2c, provider="test")
    trajectory = sample_trajectory(cloned(zoomed), NUM_OTHER)
    assert torch.allclose(
        trajectory.focal_scale, torch.linspace(1, 2, NUM_OTHER, dtype=torch.float64), rtol=1e-12
    )
    assert cloned(other).path.focal_scale is None, "a focal length that stays is not written down"


def test_a_clone_can_be_stored_and_read(other: SceneGeometry, tmp_path) -> None:
    document = cloned(other)
    assert parse_document(document_to_json(document)) == document
    save_npz(tmp_path / "other.npz", other)
    again = cloned(load_npz(tmp_path / "other.npz"))
    ours, theirs = (sample_trajectory(each, NUM_FRAMES).c2w for each in (document, again))
    assert (ours - theirs).abs().max() < 1e-3, "packed depth is off by at most 1e-4, and so is the scale"


def test_a_camera_that_goes_farther_than_numbers_reach_is_refused() -> None:
    c2w = torch.eye(4, dtype=torch.float64).repeat(2, 1, 1)
    c2w[1, 0, 3] = 1e9
    with pytest.raises(TrajectoryError, match=r"c2w\[1\]"):
        cloned_camera(SourceCameras(c2w=c2w, nearest_depth=1.0))
