"""Folders of MultiCamVideo, written from synthetic scenes: cameras, cut, captions, and what is damaged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from postcam_core.cameras import invert_rigid, relative_to, rigid_exp
from postcam_core.errors import CameraError, GeometryError, MediaError
from postcam_core.geometry import SceneGeometry
from postcam_core.media import plan_fit
from postcam_core.training.data import MultiCamVideo, PairBuilder, PairSettings
from postcam_core.warp import render_guide, shrink_guide
from tests.oracles.multicam_folder import write_multicam_scene

SIZE = {"height": 32, "width": 48, "num_frames": 5}
SEED = 6


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory):
    """The root of a data set with one scene, and its exact clips."""
    root = tmp_path_factory.mktemp("multicam")
    return root, write_multicam_scene(root / "train" / "f24_aperture5" / "scene1", SEED)


def _exact(clip) -> SceneGeometry:
    """Geometry of the cut that a take shows: 64×64 → 48×48 → 48×32."""
    square = clip.geometry
    fitted = square.fitted(plan_fit(64, 64, width=48, height=32, mode="cover"), "surface")
    return fitted.selected(range(SIZE["num_frames"]))


def _elsewhere(geometry: SceneGeometry, *, scale: float = 0.3) -> SceneGeometry:
    """As an estimator would give it: in a world and unit of its own."""
    moved = rigid_exp(torch.tensor([1.0, 2.0, -3.0, 0.4, -0.2, 1.0], dtype=torch.float64))
    return replace(geometry.scaled(scale), w2c=geometry.scaled(scale).w2c @ moved)


def test_takes_have_the_exact_relative_poses_and_the_focal_length_of_the_folder(scene) -> None:
    root, clips = scene
    takes = MultiCamVideo(root, **SIZE)
    assert len(takes) == 1 and takes.scene_name(0) == "train/f24_aperture5/scene1"
    assert takes.take_names(0) == ("cam01", "cam02", "cam03")
    read = [takes.take(0, name) for name in takes.take_names(0)]
    for take, clip in zip(read, clips, strict=True):
        # In one world: all relative to one pose of another camera.
        found, exact = relative_to(take.c2w, read[1].c2w[2]), relative_to(clip.c2w[:5], clips[1].c2w[2])
        torch.testing.assert_close(found, exact, atol=1e-6, rtol=0)
        torch.testing.assert_close(take.K, _exact(clip).K)
        assert take.video.shape == (5, 3, 32, 48) and take.geometry is None and take.caption is None


def test_a_pair_s_guide_equals_that_from_exact_geometry(scene) -> None:
    root, clips = scene
    takes = MultiCamVideo(root, **SIZE)
    moving, other = 1, 2
    geometry = _exact(clips[moving])
    builder = PairBuilder(
        takes=takes,
        encode=lambda video: video,
        settings=PairSettings(guide_scale=0.5),
        provider=lambda video, fov_deg: _elsewhere(geometry),
    )
    source = builder.source_take(takes.take(0, "cam02"))
    target = takes.take(0, "cam03")
    scale = 3.97521 / geometry.nearest_depth()
    exact = geometry.scaled(scale)
    target_c2w = clips[other].c2w[:5].clone()
    target_c2w[:, :3, 3] *= scale
    guide = render_guide(
        source.video, exact.depth, K=exact.K, source_w2c=exact.w2c, target_w2c=invert_rigid(target_c2w)
    )
    expected = shrink_guide(guide.frames, 0.5)
    found = builder.guide_frames(0, source, target)
    # Positions have the eight digits of the file: a pixel may fall on the other side of a hole's edge.
    assert (found - expected).abs().mean() < 1e-3
    assert guide.mask.float().mean() > 0.8

    cameras = builder.camera_w2c(source, target)
    expected_w2c = invert_rigid(relative_to(target_c2w[::4], target_c2w[0])).float()
    torch.testing.assert_close(cameras, expected_w2c, atol=1e-4, rtol=1e-4)
    assert cameras[0].equal(torch.eye(4))


def test_without_depth_pairs_have_no_guide_and_cameras_in_metres(scene) -> None:
    takes = MultiCamVideo(scene[0], **SIZE)
    builder = PairBuilder(takes=takes, encode=lambda video: video, settings=PairSettings(guide_scale=0.5))
    source, target = builder.source_take(takes.take(0, "cam02")), takes.take(0, "cam03")
    assert builder.guide(0, source, target) is None
    moved = builder.camera_w2c(source, target)[-1]
    exact = relative_to(scene[1][2].c2w[4:5], scene[1][2].c2w[0])[0]
    torch.testing.assert_close(invert_rigid(moved.double()), exact, atol=1e-5, rtol=0)


def test_captions_from_one_file_or_beside_the_video(scene, tmp_path: Path) -> None:
    root = tmp_path / "set"
    root.symlink_to(scene[0])
    folder = root / "train" / "f24_aperture5" / "scene1" / "videos"
    (root / "captions.json").write_text(
        json.dumps({"train/f24_aperture5/scene1/videos/cam01.mp4": "a street"})
    )
    (folder / "cam02.txt").write_text("a room\n")
    try:
        takes = MultiCamVideo(root, **SIZE)
        captions = [takes.take(0, name).caption for name in takes.take_names(0)]
        assert captions == ["a street", "a room", None]
        (root / "captions.json").write_text('{"train": 3}')
        with pytest.raises(GeometryError, match="a text for each video, got int for 'train'"):
            MultiCamVideo(root, **SIZE)
    finally:
        (root / "captions.json").unlink()
        (folder / "cam02.txt").unlink()


def test_what_is_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match="no such folder"):
        MultiCamVideo(tmp_path, **SIZE)
    folder = tmp_path / "f24_aperture5" / "scene1"
    write_multicam_scene(folder, SEED, num_cameras=2, num_frames=5, size=32)
    takes = MultiCamVideo(tmp_path, **SIZE)
    with pytest.raises((GeometryError, MediaError), match="expected"):
        MultiCamVideo(tmp_path, height=32, width=48, num_frames=9).take(0, "cam01")
    cameras = folder / "cameras" / "camera_extrinsics.json"
    document = json.loads(cameras.read_text())
    del document["frame3"]["cam02"]
    cameras.write_text(json.dumps(document))
    with pytest.raises(CameraError, match="'cam02' in frame 3"):
        takes.take(0, "cam02")
    takes.take(0, "cam01")
    (folder / "videos" / "cam01.mp4").write_bytes(b"no video")
    with pytest.raises(MediaError, match="cam01.mp4"):
        takes.take(0, "cam01")
    cameras.unlink()
    with pytest.raises(GeometryError, match="camera_extrinsics.json"):
        takes.take(0, "cam02")


def test_a_folder_that_names_no_focal_length(tmp_path: Path) -> None:
    write_multicam_scene(tmp_path / "scenes" / "scene1", SEED, num_cameras=1, num_frames=5, size=32)
    with pytest.raises(GeometryError, match="named like f18_aperture10"):
        MultiCamVideo(tmp_path, **SIZE).take(0, "cam01")
