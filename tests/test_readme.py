"""What the README shows runs."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_library_example_runs(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    # The same program on a smaller picture, beside a clip of the name it asks for.
    program = program.replace("832", "208").replace("480", "120")
    (tmp_path / "my_clip.mp4").write_bytes((ROOT / "assets" / "sample.mp4").read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "guide.mp4").stat().st_size > 10_000


def test_the_files_and_commands_it_names_exist() -> None:
    for path in re.findall(r"(?:scripts|docs|workflows|benchmarks)/[\w./]+\w", README):
        assert (ROOT / path).exists(), path
    commands = set(re.findall(r"python -m postcam_core (\w+)", README))
    listed = subprocess.run(
        [sys.executable, "-m", "postcam_core", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert commands
    for command in commands:
        assert re.search(rf"^\s+{command}\b", listed, re.MULTILINE), command
