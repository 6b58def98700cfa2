from pathlib import Path

import pytest

from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import parse_text, read_trajectory_file


def test_text_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "left.txt"
    file.write_text("0 0\n0 30\n1 1\n", encoding="utf-8")
    assert parse_text(read_trajectory_file(file)).path.yaw_deg == (0, 30)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "existing file"),
        (b"\x89PNG\r\n", "UTF-8 text, got byte 0x89 at 0"),
        (b"0" * 8_000_001, "8,000,000 bytes"),
    ],
)
def test_refused(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "path.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(TrajectoryError, match=f"trajectory file path.txt: .*{says}"):
        read_trajectory_file(file)
