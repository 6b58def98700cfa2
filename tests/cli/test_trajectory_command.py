"""``python -m postcam_core trajectory``: from one format to another."""

from pathlib import Path

import numpy as np
import pytest
import torch

from postcam_core.cli import main
from postcam_core.geometry import ground_plane_geometry, save_npz
from postcam_core.trajectory import document_to_json, parse_document, preset_document, sample_trajectory

FRAMES = ["--num-frames", "9"]


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """The left arc as a document."""
    path = tmp_path / "arc.json"
    path.write_text(document_to_json(preset_document("arc_left")))
    return path


def test_one_path_through_three_formats(
    tmp_path: Path, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, cameras, back = tmp_path / "lines.txt", tmp_path / "cameras.json", tmp_path / "back.json"
    assert main(["trajectory", str(document), "--to", "three-lines", "--out", str(lines), *FRAMES]) == 0
    assert main(["trajectory", str(lines), "--to", "recammaster", "--out", str(cameras), *FRAMES]) == 0
    assert main(["trajectory", str(cameras), "--to", "document", "--out", str(back), *FRAMES]) == 0
    assert "wrote" in capsys.readouterr().out
    read = sample_trajectory(parse_document(back.read_text()), 9).c2w_in_model_units()
    expected = sample_trajectory(preset_document("arc_left"), 9).c2w_in_model_units()
    torch.testing.assert_close(read, expected, atol=1e-6, rtol=0)


def test_the_geometry_gives_unit_and_intrinsics(tmp_path: Path, document: Path) -> None:
    geometry = ground_plane_geometry(9, 48, 64)
    save_npz(tmp_path / "clip.npz", geometry)
    clip = ["--geometry", str(tmp_path / "clip.npz"), *FRAMES]
    out = tmp_path / "cameras_tgt.npz"
    assert main(["trajectory", str(document), "--to", "npz", "--out", str(out), *clip]) == 0
    with np.load(out) as arrays:
        position = arrays["cam_c2w"][-1, :3, 3]
        np.testing.assert_allclose(arrays["intrinsics"][:, 2:], np.tile([32, 24], (9, 1)))
    nearest = sample_trajectory(preset_document("arc_left"), 9).c2w[-1, :3, 3]
    # Depth in the file is exact to 1e-4.
    np.testing.assert_allclose(position, geometry.nearest_depth() * nearest, rtol=2e-4)


def test_faults_are_one_line_and_nothing_is_written(
    tmp_path: Path, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, broken = tmp_path / "out", tmp_path / "broken.json"
    broken.write_text("{}")
    for file, file_format, words in (
        (document, "w2c-text", "Give the clip's geometry"),
        (broken, "w2c-text", "ReCamMaster cameras"),
        (tmp_path / "none.txt", "document", "existing file"),
    ):
        assert main(["trajectory", str(file), "--to", file_format, "--out", str(out)]) == 1
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1
        assert not out.exists()


def test_an_existing_file_is_kept_unless_forced(tmp_path: Path, document: Path) -> None:
    out = tmp_path / "out.txt"
    out.write_text("mine")
    command = ["trajectory", str(document), "--to", "three-lines", "--out", str(out)]
    assert main(command) == 1
    assert out.read_text() == "mine"
    assert main([*command, "--force"]) == 0
    assert out.read_text() != "mine"
