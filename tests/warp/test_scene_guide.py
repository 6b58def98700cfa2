"""Geometry and trajectory brought together: scale, world, zoom and time of the guide."""

import pytest
import torch

from postcam_core.cameras import invert_rigid, rigid_exp
from postcam_core.errors import GeometryError, TrajectoryError
from postcam_core.geometry import SceneGeometry
from postcam_core.trajectory import MODEL_NEAREST_DEPTH, Trajectory
from postcam_core.warp import Guide, render_scene_guide

SIZE = (24, 40)
K = torch.tensor([[30.0, 0, 19.5], [0, 30.0, 11.5], [0, 0, 1]], dtype=torch.float64)


def _scene(depth: float, num_frames: int = 3, w2c: torch.Tensor | None = None) -> SceneGeometry:
    identity = torch.eye(4, dtype=torch.float64).repeat(num_frames, 1, 1)
    return SceneGeometry(
        depth=torch.full((num_frames, *SIZE), depth),
        K=K.repeat(num_frames, 1, 1),
        w2c=identity if w2c is None else w2c,
        provider="test",
    )


def _video(num_frames: int = 3) -> torch.Tensor:
    x = torch.linspace(-0.8, 0.8, SIZE[1])[None, None, None, :]
    shade = torch.linspace(0.5, 1.0, num_frames)[:, None, None, None]
    return (x * shade).expand(num_frames, 3, *SIZE).contiguous()


def _moves(positions: list[tuple[float, float, float]], **options) -> Trajectory:
    c2w = torch.eye(4, dtype=torch.float64).repeat(len(positions), 1, 1)
    c2w[:, :3, 3] = torch.tensor(positions, dtype=torch.float64)
    return Trajectory(c2w=c2w, unit=options.pop("unit", "nearest_depth"), **options)


def _render(geometry: SceneGeometry, trajectory: Trajectory, **options) -> Guide:
    return render_scene_guide(_video(geometry.num_frames), geometry, trajectory, **options)


@pytest.mark.parametrize("depth", [0.02, 1.0, 700.0])
def test_the_unit_of_the_geometry_does_not_matter(depth: float) -> None:
    # A tenth of the nearest depth to the right is 3 pixels at f = 30, whatever the depth is counted in.
    guide = _render(_scene(depth), _moves([(0, 0, 0), (0.1, 0, 0), (0.2, 0, 0)]))
    video = _video()
    torch.testing.assert_close(guide.frames[0], video[0], atol=1e-4, rtol=0)
    torch.testing.assert_close(guide.frames[1][..., :-3], video[1][..., 3:], atol=2e-3, rtol=0)
    assert not guide.mask[1][:, -2:].any()
    torch.testing.assert_close(guide.depth[0], torch.full(SIZE, MODEL_NEAREST_DEPTH), atol=1e-4, rtol=0)


def test_model_and_scene_units_mean_what_they_say() -> None:
    nearest = _render(_scene(2.0), _moves([(0, 0, 0), (0.1, 0, 0), (0, 0, 0.1)]))
    in_model = [(0, 0, 0), (0.1 * MODEL_NEAREST_DEPTH, 0, 0), (0, 0, 0.1 * MODEL_NEAREST_DEPTH)]
    in_scene = [(0, 0, 0), (0.2, 0, 0), (0, 0, 0.2)]
    for positions, unit in ((in_model, "model"), (in_scene, "scene")):
        guide = _render(_scene(2.0), _moves(positions, unit=unit))
        torch.testing.assert_close(guide.frames, nearest.frames, atol=1e-3, rtol=0)


def test_the_world_is_the_first_source_camera() -> None:
    # However the estimator placed its world, a camera that repeats the source's path sees the source.
    path = rigid_exp(
        torch.tensor([[0.0] * 6, [0.1, 0, 0, 0, 0.02, 0], [0.2, 0, 0, 0, 0.04, 0]], dtype=torch.float64)
    )
    somewhere = rigid_exp(torch.tensor([3.0, -1.0, 2.0, 0.3, 0.7, -0.2], dtype=torch.float64))
    scene = _scene(2.0, w2c=invert_rigid(somewhere @ path))
    guide = _render(scene, Trajectory(c2w=path, unit="scene"))
    torch.testing.assert_close(guide.frames, _video(), atol=1e-3, rtol=0)


def test_focal_scale_zooms_about_the_optical_axis() -> None:
    focal_scale = torch.tensor([1.0, 0.5, 0.5], dtype=torch.float64)
    guide = _render(_scene(2.0), _moves([(0, 0, 0)] * 3, focal_scale=focal_scale))
    rows, columns = guide.mask[1].any(1).sum(), guide.mask[1].any(0).sum()
    # Half the size, and the splat reaches up to a pixel further on each side.
    assert abs(int(rows) - SIZE[0] // 2) <= 2
    assert abs(int(columns) - SIZE[1] // 2) <= 2


def test_source_index_freezes_a_frame() -> None:
    frozen = _moves([(0, 0, 0), (0.1, 0, 0)], source_index=torch.tensor([2, 2]))
    guide = _render(_scene(2.0), frozen)
    torch.testing.assert_close(guide.frames[0], _video()[2], atol=1e-4, rtol=0)
    assert guide.source_index.tolist() == [2, 2]


def test_disagreeing_lengths_and_sizes_say_what_to_do() -> None:
    with pytest.raises(GeometryError, match="expected 3 frames of 40×24.*got 2 of 40×24"):
        render_scene_guide(_video(3), _scene(2.0, 2), _moves([(0, 0, 0)] * 3))
    with pytest.raises(TrajectoryError, match="at most 3 frames.*got 5 frames.*num_frames"):
        render_scene_guide(_video(3), _scene(2.0, 3), _moves([(0, 0, 0)] * 5))


def test_scene_units_and_another_nearest_depth_do_not_go_together() -> None:
    """The model's poses are scaled by the robust nearest depth: the guide would show another path."""
    with pytest.raises(TrajectoryError, match="expected the robust one, percentile 1, got percentile 0"):
        _render(_scene(2.0), _moves([(0, 0, 0)] * 3, unit="scene"), nearest_percentile=0.0)
