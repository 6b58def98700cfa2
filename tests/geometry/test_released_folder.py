import ast
import dataclasses
import os

import cv2
import numpy as np
import pytest
import torch

from postcam_core.errors import CameraError, GeometryError, OperationCancelled
from postcam_core.geometry import load_released_folder, save_released_folder
from postcam_core.geometry.number_text import parse_matrix
from tests.oracles.small_geometry import small_geometry


@pytest.fixture
def folder(tmp_path):
    return save_released_folder(tmp_path / "clip", small_geometry())


def test_what_is_saved_comes_back_within_half_a_step(folder):
    geometry = small_geometry()
    loaded = load_released_folder(folder, centre_principal_point=False)
    half_step = float(geometry.depth.max() - geometry.depth.min()) / 65535 / 2
    error = (loaded.depth.double() - geometry.depth.double()).abs().max()
    assert error <= half_step + 4e-7 * float(geometry.depth.max())  # float32 rounds twice beside it
    assert error > half_step / 2  # the bound is the real size of the error, not a generous one
    assert torch.equal(loaded.K, geometry.K)
    assert torch.equal(loaded.w2c, geometry.w2c)


def test_a_folder_written_by_hand_is_read_as_the_released_code_does(tmp_path):
    """Poses as numpy prints them, codes at both ends of the range, frames in numeric order."""
    (tmp_path / "depth").mkdir()
    for number, code in ((9, 0), (10, 65535)):
        cv2.imwrite(str(tmp_path / "depth" / f"{number}.png"), np.full((4, 6), code, np.uint16))
    (tmp_path / "metadata.txt").write_text("1.5 4.0\n")
    w2c = np.array([[1, 0, 0, 2e-3], [0, 1, 0, -1], [0, 0, 1, 1e5]])
    lines = [
        np.array2string(w2c, separator=", ", suppress_small=is_plain).replace("\n", "")
        for is_plain in (True, False)
    ]
    assert "1.   ," in lines[0] and "2.e-03" in lines[1]
    (tmp_path / "extrinsics.txt").write_text("\n".join(lines))
    (tmp_path / "intrinsics.txt").write_text("[[5.5, 0., 1.], [0., 5.5, 1.], [0., 0., 1.]]\n")
    loaded = load_released_folder(tmp_path)
    assert loaded.depth[0].unique().tolist() == [1.5]
    assert loaded.depth[1].unique().tolist() == [4.0]
    np.testing.assert_array_equal(loaded.w2c[:, :3].numpy(), np.stack([w2c, w2c]))
    assert loaded.K[1].tolist() == [[5.5, 0, 3], [0, 5.5, 2], [0, 0, 1]]
    assert "principal point moved" in " ".join(loaded.notes)


def test_flat_depth_survives(tmp_path):
    geometry = dataclasses.replace(small_geometry(), depth=torch.full((3, 12, 16), 2.5))
    loaded = load_released_folder(save_released_folder(tmp_path / "flat", geometry))
    assert torch.equal(loaded.depth, geometry.depth)


def test_coarse_depth_is_noted(tmp_path):
    depth = small_geometry().depth.clone()
    depth[:, 0] = 1e5
    coarse = dataclasses.replace(small_geometry(), depth=depth)
    loaded = load_released_folder(save_released_folder(tmp_path / "coarse", coarse))
    assert any("coarse depth" in note for note in loaded.notes)


def test_an_existing_folder_is_not_overwritten(folder):
    before = sorted(path.name for path in folder.rglob("*"))
    with pytest.raises(GeometryError, match="new or empty"):
        save_released_folder(folder, small_geometry(seed=1))
    assert sorted(path.name for path in folder.rglob("*")) == before


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / "clip").mkdir()
    assert load_released_folder(save_released_folder(tmp_path / "clip", small_geometry())).num_frames == 3


def test_cancelling_leaves_nothing_behind(tmp_path):
    def cancel(done, total):
        raise OperationCancelled

    with pytest.raises(OperationCancelled):
        save_released_folder(tmp_path / "clip", small_geometry(), progress=cancel)
    assert list(tmp_path.iterdir()) == []


def test_a_zoom_cannot_be_stored(tmp_path):
    K = small_geometry().K.clone()
    K[2, 0, 0] *= 1.01
    with pytest.raises(GeometryError, match="npz"):
        save_released_folder(tmp_path / "zoom", dataclasses.replace(small_geometry(), K=K))


@pytest.mark.parametrize("name", ["metadata.txt", "extrinsics.txt", "intrinsics.txt", "depth/000001.png"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(GeometryError, match=r"metadata|extrinsics|intrinsics|000000\.png"):
        load_released_folder(folder)


IDENTITY = "[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]\n"


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("metadata.txt", "", GeometryError),
        ("metadata.txt", "1.0\n", GeometryError),
        ("metadata.txt", "5.0 1.0\n", GeometryError),
        ("metadata.txt", "0 1.0\n", GeometryError),
        ("metadata.txt", "nan 1.0\n", GeometryError),
        ("metadata.txt", "1.0 inf\n", GeometryError),
        ("extrinsics.txt", IDENTITY * 2, GeometryError),
        ("extrinsics.txt", IDENTITY * 4, GeometryError),
        ("extrinsics.txt", IDENTITY.replace("1", "nan") * 3, GeometryError),
        ("extrinsics.txt", "__import__('os')\n" * 3, GeometryError),
        ("extrinsics.txt", IDENTITY.replace("1", "2") * 3, CameraError),
        ("extrinsics.txt", IDENTITY.replace("[[1", "[[-1") * 3, CameraError),
        ("intrinsics.txt", "[[0, 0, 0], [0, 0, 0], [0, 0, 1]]\n", CameraError),
        ("intrinsics.txt", "[[1, 0, 0], [0, 1, 0]]\n", GeometryError),
    ],
)
def test_malformed_text_is_refused(folder, name, text, error):
    (folder / name).write_text(text)
    with pytest.raises(error):
        load_released_folder(folder)


def test_bytes_that_are_no_text_are_refused(folder):
    (folder / "metadata.txt").write_bytes(b"\xff\xfe1 2")
    with pytest.raises(GeometryError, match="UTF-8"):
        load_released_folder(folder)


@pytest.mark.parametrize(
    "values", [np.ones((12, 16), np.uint8), np.ones((12, 16, 3), np.uint16), np.ones((12, 15), np.uint16)]
)
def test_images_of_another_kind_are_refused(folder, values):
    cv2.imwrite(str(folder / "depth" / "000001.png"), values)
    with pytest.raises(GeometryError, match=r"000001\.png"):
        load_released_folder(folder)


def test_a_truncated_image_is_refused(folder):
    image = folder / "depth" / "000001.png"
    image.write_bytes(image.read_bytes()[:20])
    with pytest.raises(GeometryError, match=r"000001\.png"):
        load_released_folder(folder)


def test_an_image_that_claims_an_absurd_size_is_refused_unread(folder):
    image = folder / "depth" / "000001.png"
    content = bytearray(image.read_bytes())
    content[16:24] = (200_000).to_bytes(4, "big") * 2
    image.write_bytes(content)
    with pytest.raises(GeometryError, match="200000×200000"):
        load_released_folder(folder)


@pytest.mark.parametrize("name", ["metadata.txt", "depth/000001.png"])
def test_links_out_of_the_folder_are_not_followed(folder, tmp_path, name):
    outside = tmp_path / "outside"
    os.replace(folder / name, outside)
    (folder / name).symlink_to(outside)
    with pytest.raises(GeometryError, match="link out of it"):
        load_released_folder(folder)


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(GeometryError, match="existing folder"):
        load_released_folder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text",
    [
        "[[1, 2], [3, 4]] ",
        "[[1., -2.e-3], [+.5, 4E+2]]",
        "[ [1,2] , [3,4] ]",
    ],
)
def test_matrix_text_in_its_spellings(text):
    expected = np.array(ast.literal_eval(text.replace(".,", ".0,")))
    np.testing.assert_array_equal(parse_matrix(text, rows=2, columns=2, name="matrix"), expected)


@pytest.mark.parametrize(
    "text",
    [
        "[[1, 2], [3, 4]",
        "[[1, 2], [3]]",
        "[[1, 2], [3, 4], [5, 6]]",
        "[[1 2], [3 4]]",
        "[[1, 2], [3, 1e999]]",
        "[[1, 2], [3, nan]]",
        "[[1, 2], [3, ٣]]",
        "[[1, 2], [3, 1_0]]",
        "[[1, 2], [3, 4]]; x",
        "[[" + "1" * 5000 + ", 2], [3, 4]]",
        "[" * 4000,
        "",
    ],
)
def test_other_text_is_no_matrix(text):
    with pytest.raises(GeometryError, match="matrix"):
        parse_matrix(text, rows=2, columns=2, name="matrix")
