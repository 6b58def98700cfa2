import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from safetensors import safe_open

from postcam_core.cli import COMMANDS, convert, main
from postcam_core.model import GuideRope
from postcam_core.weights import CATALOGUE, StorageDtype

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "parity" / "tiny_postcam.safetensors"


def test_convert_then_inspect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new" / "tiny.safetensors"
    options = ["--dtype", "bf16", "--guide-rope", "aligned", "--guide-scale", "0.5", "--shift", "3"]
    assert main(["convert", str(TINY), str(target), *options]) == 0
    assert re.search(r"154 tensors \(154 bfloat16\), 790,848 parameters", capsys.readouterr().out)
    with safe_open(target, framework="pt") as file:
        stored = json.loads(file.metadata()["config"])["transformer"]
    assert (stored["guide_rope"], stored["guide_scale"], stored["shift"]) == ("aligned", 0.5, 3)

    assert main(["inspect", str(target)]) == 0
    out = capsys.readouterr().out
    for line in ("model: PostCam", "recognised by ComfyUI's loader: yes", "num_heads: 4", "guide scale: 0.5"):
        assert line in out


def test_faults_are_one_line_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "t.safetensors"
    target.touch()
    (tmp_path / "cut.safetensors").write_bytes(TINY.read_bytes()[:1000])
    for arguments in (
        ["convert", str(TINY), str(target)],
        ["convert", str(TINY), str(tmp_path / "t.bin")],
        ["inspect", str(tmp_path / "cut.safetensors")],
        ["inspect", str(tmp_path / "none.ckpt")],
        ["download", "no-such-model", "--models", str(tmp_path)],
    ):
        assert main(arguments) == 1
        captured = capsys.readouterr()
        assert captured.err.startswith("error: ") and captured.err.count("\n") == 1
        assert captured.out == ""
    assert main(["convert", str(TINY), str(target), "--force"]) == 0


def test_a_folder_that_cannot_be_made_is_one_line_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["convert", str(TINY), str(tmp_path / "file" / "t.safetensors")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_catalogue_says_what_is_not_for_commerce(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue"]) == 0
    out = capsys.readouterr().out
    assert all(f"{entry.name}: " in out and entry.url in out for entry in CATALOGUE)
    assert out.count("NON-COMMERCIAL") == 3


@pytest.mark.parametrize(
    "arguments", [[], ["no-such-command"], ["convert", "a"], ["convert", "--dtype", "x"]]
)
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(arguments)
    assert exit_info.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)
def test_every_command_explains_itself(command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main([command.NAME, "--help"])
    assert exit_info.value.code == 0
    assert command.HELP.split()[0] in capsys.readouterr().out


def test_choices_are_those_of_the_library() -> None:
    parser = argparse.ArgumentParser()
    convert.add_arguments(parser)
    choices = {action.dest: action.choices for action in parser._actions if action.choices}
    assert choices == {"dtype": get_args(StorageDtype), "guide_rope": get_args(GuideRope)}


def test_help_as_a_module_is_quick_and_loads_no_torch() -> None:
    code = "import sys, postcam_core.cli\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    done = subprocess.run(
        [sys.executable, "-m", "postcam_core", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert all(command.NAME in done.stdout for command in COMMANDS)


def test_ctrl_c_is_clean(tmp_path: Path) -> None:
    # The interrupt comes when the conversion opens its temporary file.
    code = (
        "import signal, sys\n"
        "from postcam_core import cli, weights\n"
        "def interrupt(event, arguments):\n"
        "    if event == 'open' and '.tmp' in str(arguments[0]): signal.raise_signal(signal.SIGINT)\n"
        # A shell's background jobs, and so whole test runs, start with the signal ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.addaudithook(interrupt)\n"
        "sys.exit(cli.main(['convert', *sys.argv[1:]]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(TINY), str(tmp_path / "t.safetensors")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")
    assert list(tmp_path.iterdir()) == []
