"""The dictionaries of ComfyUI's own geometry nodes."""

import pytest
import torch
from torch.nn.functional import interpolate

from postcam_core.cameras import intrinsics_matrix
from postcam_core.errors import CameraError, GeometryError
from postcam_core.geometry.imports import da3_processed_size, geometry_from_da3, geometry_from_moge
from tests.oracles.small_geometry import small_geometry

GEOMETRY = small_geometry(5, height=60, width=100)
PROCESSED = (308, 504)  # of 60×100 at resolution 504
CLOSE = {"rtol": 0, "atol": 1e-5}


def da3(**changes):
    """As DA3Inference gives it under cam_dec: K at the processed size, the principal point at half of it."""
    depth = GEOMETRY.depth
    K = torch.zeros(1, 5, 3, 3)
    K[..., 0, 0] = GEOMETRY.K[:, 0, 0] * PROCESSED[1] / 100
    K[..., 1, 1] = GEOMETRY.K[:, 1, 1] * PROCESSED[0] / 60
    K[..., 0, 2], K[..., 1, 2], K[..., 2, 2] = PROCESSED[1] / 2, PROCESSED[0] / 2, 1
    packet = {"depth": depth, "image": torch.rand(5, 60, 100, 3), "mode": "multiview", "intrinsics": K}
    packet |= {"extrinsics": GEOMETRY.w2c[None, :, :3].float(), "confidence": 1 + depth.exp()}
    return {key: value for key, value in (packet | changes).items() if value is not None}


def moge(**changes):
    K = torch.zeros(5, 3, 3)
    K[:, 0, 0], K[:, 1, 1] = GEOMETRY.K[:, 0, 0] / 100, GEOMETRY.K[:, 1, 1] / 60
    K[:, :2, 2], K[:, 2, 2] = 0.5, 1
    packet = {"depth": GEOMETRY.depth, "image": torch.rand(5, 60, 100, 3), "intrinsics": K}
    packet |= {"mask": torch.ones(5, 60, 100, dtype=torch.bool)}
    return {key: value for key, value in (packet | changes).items() if value is not None}


def with_hole(depth, value=torch.inf):
    depth = depth.clone()
    depth[2, :3, :4] = value
    return depth


def hole():
    return with_hole(torch.zeros_like(GEOMETRY.depth), 1.0)


def test_da3_intrinsics_come_from_the_processed_size():
    loaded = geometry_from_da3(da3())
    assert torch.equal(loaded.depth, GEOMETRY.depth)
    torch.testing.assert_close(loaded.K, GEOMETRY.K, rtol=0, atol=1e-4)
    torch.testing.assert_close(loaded.w2c, GEOMETRY.w2c, **CLOSE)
    torch.testing.assert_close(loaded.confidence, torch.sigmoid(GEOMETRY.depth))
    assert (loaded.provider, loaded.notes) == ("depth_anything_3", ())


def test_da3_poses_from_rays_need_the_resolution():
    packet = da3()
    packet["intrinsics"] = packet["intrinsics"].clone()
    packet["intrinsics"][0, :, 0, 2] += torch.linspace(-3, 4, 5)
    loaded = geometry_from_da3(packet, resolution=504)
    torch.testing.assert_close(loaded.K[:, 0, 0], GEOMETRY.K[:, 0, 0], rtol=0, atol=1e-4)
    torch.testing.assert_close(
        loaded.K[:, 0, 2], 49.5 + torch.linspace(-3, 4, 5).double() * 100 / 504, rtol=0, atol=1e-4
    )
    with pytest.raises(GeometryError, match="resolution 252.*got one at 100% of the width"):
        geometry_from_da3(packet, resolution=252)


@pytest.mark.parametrize(
    ("size", "resolution", "method", "processed"),
    [
        ((480, 832), 504, "upper_bound_resize", (294, 504)),
        ((480, 832), 504, "lower_bound_resize", (504, 868)),
        ((833, 480), 504, "upper_bound_resize", (504, 294)),
        ((60, 100), 140, "upper_bound_resize", (84, 140)),
        ((10, 2000), 140, "upper_bound_resize", (1, 140)),
    ],
)
def test_da3_processed_size(size, resolution, method, processed):
    """Numbers of ComfyUI's compute_target_size."""
    assert da3_processed_size(*size, resolution=resolution, resize_method=method) == processed


FALLBACK = {"extrinsics": torch.eye(4).repeat(1, 5, 1, 1), "intrinsics": torch.eye(3).repeat(1, 5, 1, 1)}
MONO = {"extrinsics": None, "intrinsics": None, "mode": "mono", "confidence": None}


@pytest.mark.parametrize("changes", [FALLBACK, MONO])
def test_da3_without_cameras_takes_none_unless_stated(changes):
    with pytest.raises(GeometryError, match="no poses for 5 frames.*multiview"):
        geometry_from_da3(da3(**changes), fov_deg=55)
    with pytest.raises(GeometryError, match="field of view"):
        geometry_from_da3(da3(**changes), is_static=True)
    loaded = geometry_from_da3(da3(**changes), is_static=True, fov_deg=55)
    assert torch.equal(loaded.w2c, torch.eye(4).double().expand(5, 4, 4))
    torch.testing.assert_close(
        loaded.K[0],
        intrinsics_matrix(100 / 2 / torch.deg2rad(torch.tensor(27.5)).tan().item(), width=100, height=60),
    )
    assert "no camera was estimated" in loaded.notes[-1]


def test_da3_sky_is_far_and_said_so():
    loaded = geometry_from_da3(da3(depth=with_hole(GEOMETRY.depth, 0.1), sky=0.9 * hole()))
    torch.testing.assert_close(loaded.depth[2, 0, 0], 2 * GEOMETRY.depth.max())
    assert loaded.confidence[2, 0, 0] == 0
    assert "(12) are sky" in loaded.notes[0]


@pytest.mark.parametrize("value", [torch.inf, torch.nan, 0.0, -1.0])
def test_da3_bad_depth_is_counted_or_filled(value):
    packet = da3(depth=with_hole(GEOMETRY.depth, value))
    with pytest.raises(GeometryError, match="frame 2: .*12 bad of 6000"):
        geometry_from_da3(packet)
    assert "(12) had no valid depth" in geometry_from_da3(packet, fill_missing=True).notes[0]


NAN_POSE = torch.full((1, 5, 3, 4), torch.nan)


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"depth": None}, GeometryError, r"'depth'.*got NoneType"),
        ({"depth": torch.ones(5, 60, 100, 1)}, GeometryError, "n × n × n"),
        ({"depth": torch.ones(0, 60, 100)}, GeometryError, "n × n × n"),
        ({"intrinsics": torch.ones(1, 4, 3, 3)}, GeometryError, "1 × 5 × 3 × 3"),
        ({"extrinsics": torch.ones(1, 4, 3, 4)}, GeometryError, "1 × 5 × n × 4"),
        ({"extrinsics": "w2c"}, GeometryError, "got str"),
        ({"extrinsics": NAN_POSE}, GeometryError, "5 of 5 frames, first 0"),
        ({"extrinsics": torch.ones(1, 5, 3, 4)}, CameraError, "orthonormal"),
        ({"confidence": GEOMETRY.depth - 2}, GeometryError, "1 or more"),
        ({"confidence": GEOMETRY.depth * torch.nan}, GeometryError, "1 or more"),
        ({"sky": torch.ones(5, 10, 10)}, GeometryError, "'sky'"),
        ({"sky": torch.ones(5, 60, 100)}, GeometryError, "not sky"),
    ],
)
def test_da3_bad_packets_are_refused(changes, error, says):
    with pytest.raises(error, match=says):
        geometry_from_da3(da3(**changes))


@pytest.mark.parametrize("read", [geometry_from_da3, geometry_from_moge])
@pytest.mark.parametrize("packet", [None, 3, [], {}, torch.ones(3)])
def test_other_things_on_the_socket_are_refused(read, packet):
    with pytest.raises(GeometryError, match="inference node"):
        read(packet)


def test_moge_intrinsics_are_shares_of_the_image():
    loaded = geometry_from_moge(moge(), is_static=True)
    torch.testing.assert_close(loaded.K, GEOMETRY.K, **CLOSE)
    assert torch.equal(loaded.depth, GEOMETRY.depth)
    assert torch.equal(loaded.w2c, torch.eye(4).double().expand(5, 4, 4))
    assert loaded.notes == ("camera at rest, as stated; depth was estimated frame by frame",)


def test_moge_knows_no_camera_motion():
    with pytest.raises(GeometryError, match="MoGe estimates no camera motion"):
        geometry_from_moge(moge())
    one = {key: value[:1] for key, value in moge().items()}
    assert geometry_from_moge(one).num_frames == 1


def test_moge_mask_is_far_and_said_so():
    packet = moge(depth=with_hole(GEOMETRY.depth), mask=hole() == 0)
    loaded = geometry_from_moge(packet, is_static=True)
    torch.testing.assert_close(loaded.depth[2, 0, 0], 2 * GEOMETRY.depth.max())
    assert "(12) are sky" in loaded.notes[0]


def test_moge_zooming_by_itself_is_said():
    K = moge()["intrinsics"]
    K[3, 0, 0] *= 1.1
    assert "changes by 10%" in geometry_from_moge(moge(intrinsics=K), is_static=True).notes[-1]


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"intrinsics": None}, GeometryError, "panorama"),
        ({"intrinsics": torch.ones(4, 3, 3)}, GeometryError, "5 × 3 × 3"),
        ({"intrinsics": torch.full((5, 3, 3), torch.nan)}, CameraError, "finite"),
        ({"intrinsics": torch.zeros(5, 3, 3)}, CameraError, "focal"),
        ({"mask": torch.ones(5, 60)}, GeometryError, "'mask'"),
        ({"mask": torch.zeros(5, 60, 100)}, GeometryError, "not sky"),
        ({"depth": with_hole(GEOMETRY.depth)}, GeometryError, "12 bad of 6000"),
        ({"depth": interpolate(GEOMETRY.depth[None], (30, 50))[0]}, GeometryError, "'mask'"),
    ],
)
def test_moge_bad_packets_are_refused(changes, error, says):
    with pytest.raises(error, match=says):
        geometry_from_moge(moge(**changes), is_static=True)
