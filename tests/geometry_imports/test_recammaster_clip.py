import pytest
import torch

from postcam_core.cameras import fov_deg
from postcam_core.errors import CameraError, GeometryError
from postcam_core.geometry.imports import load_recammaster
from tests.oracles.foreign_cameras import write_depth, write_recammaster
from tests.oracles.small_geometry import small_geometry

GEOMETRY = small_geometry(11)
FOV_DEG = fov_deg(float(GEOMETRY.K[0, 0, 0]), GEOMETRY.width)


def test_round_trip(tmp_path):
    cameras = write_recammaster(tmp_path / "cameras.json", GEOMETRY)
    depth = write_depth(tmp_path / "depth", GEOMETRY, scale=0.01)
    loaded = load_recammaster(cameras, depth, camera="cam03", fov_deg=FOV_DEG, depth_scale=0.01)
    torch.testing.assert_close(loaded.depth, GEOMETRY.depth)
    torch.testing.assert_close(loaded.K, GEOMETRY.K)
    # The data set's world is another one: what counts is where cameras stand relative to the first.
    torch.testing.assert_close(loaded.w2c, GEOMETRY.anchored().w2c, rtol=0, atol=1e-9)
    assert loaded.is_metric
    assert loaded.provider == "recammaster"


def test_bad_requests_are_refused(tmp_path):
    cameras = write_recammaster(tmp_path / "cameras.json", GEOMETRY)
    depth = write_depth(tmp_path / "depth", GEOMETRY)
    with pytest.raises(CameraError, match="'cam09' in frame 0, got cam01, cam03"):
        load_recammaster(cameras, depth, camera="cam09", fov_deg=FOV_DEG)
    with pytest.raises(CameraError, match="field of view"):
        load_recammaster(cameras, depth, camera="cam03", fov_deg=0)
    (depth / "frame_4.npy").unlink()
    with pytest.raises(GeometryError, match="expected 11, .* got 10"):
        load_recammaster(cameras, depth, camera="cam03", fov_deg=FOV_DEG)
    with pytest.raises(GeometryError, match="nowhere"):
        load_recammaster(cameras, tmp_path / "nowhere", camera="cam03", fov_deg=FOV_DEG)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", GeometryError),
        ("[]", GeometryError),
        ("[" * 100_000, GeometryError),
        ("{}", CameraError),
        ('{"frame0": {"cam01": "[1 0 0 0]"}}', CameraError),
        ('{"frame0": {"cam01": "[1 0 0 0] [0 nan 0 0] [0 0 1 0] [0 0 0 1]"}}', CameraError),
        ('{"frame0": {"cam01": "[2 0 0 0] [0 2 0 0] [0 0 2 0] [0 0 0 1]"}}', CameraError),
        ('{"frame1": {"cam01": "[1 0 0 0] [0 1 0 0] [0 0 1 0] [0 0 0 1]"}}', CameraError),
    ],
)
def test_bad_files_are_refused(tmp_path, text, error):
    (tmp_path / "cameras.json").write_text(text)
    depth = write_depth(tmp_path / "depth", small_geometry(1))
    with pytest.raises(error):
        load_recammaster(tmp_path / "cameras.json", depth, fov_deg=FOV_DEG)
