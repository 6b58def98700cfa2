"""Settings and the real ComfyUI that tests share."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from scripts.host import COMFYUI, ROOT, ComfyHost, make_base_folder

# Seeded and without deadlines: a slow or busy machine must not turn a passing property into a failing test.
settings.register_profile("postcam", deadline=None, derandomize=True, max_examples=50, database=None)
settings.load_profile("postcam")

# Tiny tensors gain nothing from threads, which on a busy machine only wait for one another (40 times slower).
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def comfy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyHost]:
    """A running ComfyUI with this pack and folders of its own."""
    if not (COMFYUI / "main.py").is_file():
        pytest.fail("no ComfyUI is set up: run bash scripts/setup.sh first")
    base: Path = make_base_folder(tmp_path_factory.mktemp("comfyui"))
    shutil.copy(ROOT / "tests" / "oracles" / "blank_text.py", base / "custom_nodes")
    script = ROOT / "tests" / "oracles" / "tiny_models.py"
    subprocess.run([sys.executable, script, COMFYUI, base / "models"], check=True, capture_output=True)
    with ComfyHost(base, log=base / "server.log") as host:
        yield host
