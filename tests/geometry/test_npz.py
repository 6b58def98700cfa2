import io
import pickle
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from postcam_core.cameras import invert_rigid
from postcam_core.errors import CameraError, GeometryError, PostCamError
from postcam_core.geometry import SceneGeometry, ground_plane_geometry, load_npz, save_npz
from postcam_core.geometry.depth_codec import MAX_RELATIVE_ERROR, fits_pack, pack_depth, unpack_depth
from tests.oracles.small_geometry import small_geometry


@pytest.mark.parametrize("confidence", [False, True])
def test_what_is_saved_comes_back(tmp_path, confidence):
    geometry = small_geometry(confidence=confidence)
    loaded = load_npz(save_npz(tmp_path / "clip.npz", geometry))
    assert ((loaded.depth / geometry.depth).double() - 1).abs().max() <= MAX_RELATIVE_ERROR
    assert torch.equal(loaded.K, geometry.K)
    assert torch.equal(loaded.w2c, geometry.w2c)
    assert (loaded.provider, loaded.is_metric, loaded.notes) == ("test", True, ("made up", "für Tests"))
    if confidence:
        assert (loaded.confidence - geometry.confidence).abs().max() <= 0.5001 / 255
    else:
        assert loaded.confidence is None


def test_saving_what_was_loaded_changes_nothing(tmp_path):
    once = load_npz(save_npz(tmp_path / "once.npz", small_geometry(confidence=True)))
    twice = load_npz(save_npz(tmp_path / "twice.npz", once))
    torch.testing.assert_close(twice.depth, once.depth, rtol=1e-6, atol=0)
    assert torch.equal(twice.confidence, once.confidence)


@given(
    logs=st.lists(st.floats(-3, 9), min_size=12, max_size=12),
    exponent=st.integers(-30, 30),
)
@settings(max_examples=60, deadline=None)
def test_packing_keeps_any_depth_to_the_stated_error(logs, exponent):
    depth = (np.exp(np.array(logs)) * 2.0**exponent).astype(np.float32).reshape(1, 3, 4)
    assert fits_pack(depth)
    error = np.abs(unpack_depth(pack_depth(depth)).astype(np.float64) / depth - 1)
    assert error.max() <= MAX_RELATIVE_ERROR


def test_depth_of_a_wider_range_is_kept_exactly(tmp_path):
    depth = torch.logspace(-4, 4, 192).reshape(1, 12, 16)
    geometry = SceneGeometry(depth=depth, K=torch.eye(3)[None], w2c=torch.eye(4)[None], provider="test")
    assert torch.equal(load_npz(save_npz(tmp_path / "wide.npz", geometry)).depth, depth)


def test_a_sample_clip_is_small(tmp_path):
    """Slanted ground, wall and a round object that moves: 41 frames of 240×416."""
    geometry = ground_plane_geometry(41, 240, 416)
    y, x = torch.meshgrid(torch.arange(240.0), torch.arange(416.0), indexing="ij")
    depth = geometry.depth * (1 + 0.001 * torch.arange(41.0)[:, None, None])
    for frame in range(41):
        bulge = 40.0**2 - (x - 100 - 5 * frame) ** 2 - (y - 130) ** 2
        depth[frame] = torch.where(bulge > 0, 4 - bulge.clamp_min(0).sqrt() / 40, depth[frame])
    clip = SceneGeometry(depth=depth, K=geometry.K, w2c=geometry.w2c, provider="test")
    assert save_npz(tmp_path / "clip.npz", clip).stat().st_size < 3_000_000


def foreign(**changes):
    geometry = small_geometry()
    arrays = {
        "depth": geometry.depth.numpy(),
        "K": geometry.K.numpy(),
        "w2c": geometry.w2c.numpy(),
    } | changes
    return {key: value for key, value in arrays.items() if value is not None}


def saved(path, arrays):
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"K": None, "intrinsics": small_geometry().K.numpy().astype(np.float32)},
        {"w2c": None, "extrinsics": small_geometry().w2c[:, :3].numpy()},
        {"w2c": None, "c2w": invert_rigid(small_geometry().w2c).numpy()},
        {"depth": None, "depths": small_geometry().depth.double().numpy()},
        {"K": small_geometry().K[0].numpy()},
    ],
)
def test_other_tools_files_are_read(tmp_path, changes):
    geometry = small_geometry()
    loaded = load_npz(saved(tmp_path / "other.npz", foreign(**changes)))
    torch.testing.assert_close(loaded.depth, geometry.depth)
    torch.testing.assert_close(loaded.K, geometry.K)
    torch.testing.assert_close(loaded.w2c, geometry.w2c)
    assert loaded.provider == "npz" and loaded.notes == ()


def test_a_static_camera_may_be_given_once(tmp_path):
    loaded = load_npz(saved(tmp_path / "static.npz", foreign(w2c=np.eye(4))))
    assert torch.equal(loaded.w2c, torch.eye(4, dtype=torch.float64).expand(3, 4, 4))


def test_unused_keys_are_named(tmp_path):
    loaded = load_npz(saved(tmp_path / "extra.npz", foreign(conf=np.ones(3))))
    assert "conf" in loaded.notes[0]


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"w2c": None}, GeometryError, r"'K', 'depth'"),
        ({"intrinsics": np.eye(3)}, GeometryError, "exactly one of the keys K, intrinsics"),
        ({"c2w": np.eye(4)}, GeometryError, "exactly one"),
        ({"depth": np.ones((3, 12, 16), np.uint16)}, GeometryError, "floats"),
        ({"depth": np.ones((12, 16), np.float32)}, GeometryError, r"\[frame, height, width\]"),
        ({"depth": np.zeros((3, 12, 16), np.float32)}, GeometryError, "192 bad"),
        ({"w2c": np.eye(4)[None].repeat(2, 0)}, GeometryError, "3 of them"),
        ({"w2c": -np.eye(4)}, CameraError, "last row"),
        ({"K": np.zeros((3, 3))}, CameraError, "focal"),
        ({"K": np.array("text")}, GeometryError, "numbers"),
        ({"w2c": np.array([{}], dtype=object)}, GeometryError, "plain numbers"),
        ({"confidence": np.ones((3, 12, 16), np.int64)}, GeometryError, "uint8"),
        ({"confidence": np.full((3, 12, 16), 2.0)}, GeometryError, "from 0 to 1"),
        ({"format": np.array("postcam-geometry"), "version": np.array(2)}, GeometryError, "version 2"),
        ({"format": np.array("another"), "version": np.array(1)}, GeometryError, "format another"),
        ({"format": np.array("postcam-geometry")}, GeometryError, "key 'version'"),
    ],
)
def test_unclear_or_bad_files_are_refused(tmp_path, changes, error, words):
    with pytest.raises(error, match=words):
        load_npz(saved(tmp_path / "bad.npz", foreign(**changes)))


def test_a_pickle_in_the_file_is_never_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (exec, ("raise SystemExit('ran')",))

    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    stream.write(pickle.dumps(Bomb()))
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w") as archive:
        for key in ("depth", "K", "w2c"):
            archive.writestr(f"{key}.npy", stream.getvalue())
    with pytest.raises(GeometryError):
        load_npz(tmp_path / "bomb.npz")


@pytest.mark.parametrize(("key", "shape"), [("depth", (10**6, 4096, 4096)), ("K", (10**6, 3, 3))])
def test_a_huge_array_is_refused_by_its_header(tmp_path, key, shape):
    path = saved(tmp_path / "huge.npz", foreign(**{key: None}))
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"{key}.npy", stream.getvalue())
    with pytest.raises(GeometryError, match=r"depth values|MiB"):
        load_npz(path)


def test_a_member_without_suffix_does_not_stand_in_for_the_checked_one(tmp_path):
    path = saved(tmp_path / "twin.npz", foreign())
    stream = io.BytesIO()
    np.save(stream, np.full((3, 12, 16), 9.0, np.float32))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("depth", stream.getvalue())
    torch.testing.assert_close(load_npz(path).depth, small_geometry().depth)


def test_missing_and_foreign_files_are_refused(tmp_path):
    (tmp_path / "text.npz").write_text("no zip")
    (tmp_path / "empty.npz").write_bytes(b"")
    for name in ("missing.npz", "text.npz", "empty.npz"):
        with pytest.raises(GeometryError, match=name):
            load_npz(tmp_path / name)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damage_ends_in_a_typed_error_or_a_valid_geometry(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    save_npz(path, small_geometry(1, 4, 5))
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        loaded = load_npz(path)
    except PostCamError:
        return
    assert loaded.depth.min() > 0


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = save_npz(tmp_path / "clip.npz", small_geometry())
    before = path.read_bytes()

    def full_disk(stream, **arrays):
        stream.write(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="no space"):
        save_npz(path, small_geometry(seed=1))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
