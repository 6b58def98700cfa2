"""Clips become clouds on the surfaces that they show, and the files open in another program."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from postcam_core.cameras import intrinsics_matrix, invert_rigid, transform_points
from postcam_core.errors import GeometryError, OperationCancelled, ShapeError
from postcam_core.geometry import SceneGeometry
from postcam_core.geometry.ply import ply_bytes, save_ply
from postcam_core.geometry.pointcloud import PointCloud, fused_point_cloud
from postcam_core.synthetic import Clip, random_camera_path, random_scene, render_clip

HEIGHT, WIDTH, NUM_FRAMES = 60, 100, 5


@pytest.fixture(scope="module")
def clip() -> Clip:
    K = intrinsics_matrix(0.9 * WIDTH, width=WIDTH, height=HEIGHT)
    return render_clip(
        random_scene(1_000_003, kind="room"),
        c2w=random_camera_path(1_000_003, NUM_FRAMES),
        K=K.expand(NUM_FRAMES, 3, 3),
        times=torch.zeros(NUM_FRAMES),
        height=HEIGHT,
        width=WIDTH,
    )


@pytest.fixture(scope="module")
def geometry(clip: Clip) -> SceneGeometry:
    return SceneGeometry(depth=clip.depth, K=clip.K, w2c=invert_rigid(clip.c2w), provider="exact")


def _off_the_surface(cloud: PointCloud, geometry: SceneGeometry, frame: int) -> torch.Tensor:
    """How far each point in view lies from the depth of a frame, as a share of it; for points in its view."""
    camera = transform_points(cloud.points.double(), geometry.anchored().w2c[frame])
    pixel = camera @ geometry.K[frame].T
    x, y = ((pixel[:, axis] / pixel[:, 2]).round().long() for axis in (0, 1))
    is_seen = (camera[:, 2] > 0) & (x >= 0) & (y >= 0) & (x < geometry.width) & (y < geometry.height)
    z, depth = camera[is_seen, 2], geometry.depth[frame, y[is_seen], x[is_seen]]
    return (z - depth).abs() / depth


def test_the_points_lie_on_what_the_frames_show_in_its_colours(clip: Clip, geometry: SceneGeometry) -> None:
    one = fused_point_cloud(clip.video, geometry, frames=[3], voxel=1e-4, remove_outliers=False)
    off = _off_the_surface(one, geometry, 3)
    assert len(off) == len(one) > 0.9 * HEIGHT * WIDTH
    assert off.max() < 1e-4
    every = fused_point_cloud(clip.video, geometry)
    assert len(every) > len(one)
    assert (_off_the_surface(every, geometry, 0) < 0.05).float().mean() > 0.9
    assert (one.colours.mean(dim=0) - (clip.video[3].mean(dim=(1, 2)) + 1) / 2).abs().max() < 0.02


def test_frames_agree_where_they_overlap(clip: Clip, geometry: SceneGeometry) -> None:
    coarse = {"voxel": 0.2, "remove_outliers": False}
    single = [len(fused_point_cloud(clip.video, geometry, frames=[i], **coarse)) for i in (0, 1)]
    both = len(fused_point_cloud(clip.video, geometry, frames=[0, 1], **coarse))
    assert both < 0.8 * sum(single)


def test_the_number_of_points_is_capped_and_repeatable(clip: Clip, geometry: SceneGeometry) -> None:
    clouds = [fused_point_cloud(clip.video, geometry, max_points=500, voxel=1e-3) for _ in range(2)]
    assert len(clouds[0]) == 500
    assert torch.equal(clouds[0].points, clouds[1].points)
    assert torch.equal(clouds[0].colours, clouds[1].colours)


def test_what_is_not_sure_and_what_stands_alone_is_left_out(clip: Clip, geometry: SceneGeometry) -> None:
    confidence = torch.ones_like(geometry.depth)
    confidence[:, : HEIGHT // 2] = 0.3
    unsure = replace(geometry, confidence=confidence)
    half = fused_point_cloud(clip.video, unsure, frames=[0], min_confidence=0.5, remove_outliers=False)
    assert half.points[:, 1].min() > -1e-3, "+y is down, and the upper half is not sure"
    middle = float(geometry.depth[0].median())
    near = fused_point_cloud(clip.video, geometry, frames=[0], max_depth=middle, remove_outliers=False)
    assert 0.98 * middle < near.points[:, 2].max() <= middle * (1 + 1e-6)
    stray = geometry.depth.clone()
    stray[0, 10:50:10, 10:90:10] *= 0.2
    clouds = [
        fused_point_cloud(
            clip.video, replace(geometry, depth=stray), frames=[0], voxel=1e-3, remove_outliers=on
        )
        for on in (False, True)
    ]
    num_stray = [int((cloud.points[:, 2] < 0.5 * geometry.depth[0].min()).sum()) for cloud in clouds]
    assert num_stray[0] > 20
    assert num_stray[1] < 0.2 * num_stray[0]


def test_the_file_opens_in_open3d(tmp_path: Path) -> None:
    import open3d

    generator = torch.Generator().manual_seed(0)
    points = torch.randn(1000, 3, generator=generator)
    cloud = PointCloud(points=points, colours=torch.rand(1000, 3, generator=generator))
    read = open3d.io.read_point_cloud(str(save_ply(tmp_path / "new" / "cloud.ply", cloud.in_opengl_axes())))
    found_points, found_colours = (
        torch.from_numpy(np.asarray(v)).float() for v in (read.points, read.colors)
    )
    torch.testing.assert_close(found_points, cloud.points * torch.tensor([1.0, -1.0, -1.0]))
    torch.testing.assert_close(found_colours, cloud.colours, rtol=0, atol=0.51 / 255)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["cloud.ply"]
    assert ply_bytes(cloud).index(b"end_header\n") + len(b"end_header\n") + 1000 * 15 == len(ply_bytes(cloud))


def test_a_missing_open3d_is_named(
    clip: Clip, geometry: SceneGeometry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "open3d", None)  # the import system's own way to say: not there
    with pytest.raises(GeometryError, match="pip install open3d"):
        fused_point_cloud(clip.video, geometry)


def test_bad_requests_are_refused(clip: Clip, geometry: SceneGeometry) -> None:
    for arguments in (
        {"max_points": 0},
        {"voxel": 0.0},
        {"voxel": math.nan},
        {"min_confidence": 2.0},
        {"frames": []},
        {"frames": [NUM_FRAMES]},
    ):
        with pytest.raises(GeometryError):
            fused_point_cloud(clip.video, geometry, **arguments)
    with pytest.raises(GeometryError, match="min_confidence"):
        unsure = replace(geometry, confidence=torch.zeros_like(geometry.depth))
        fused_point_cloud(clip.video, unsure)
    with pytest.raises(GeometryError, match="raise max_depth"):
        fused_point_cloud(clip.video, geometry, max_depth=1e-6)
    with pytest.raises(GeometryError, match="as the clip has"):
        fused_point_cloud(clip.video[1:], geometry)
    with pytest.raises(ShapeError):
        fused_point_cloud(clip.video[0], geometry)


def test_a_callback_cancels(clip: Clip, geometry: SceneGeometry) -> None:
    def cancel(done: int, total: int) -> None:
        assert (done, total) == (1, NUM_FRAMES)
        raise OperationCancelled

    with pytest.raises(OperationCancelled):
        fused_point_cloud(clip.video, geometry, progress=cancel)
