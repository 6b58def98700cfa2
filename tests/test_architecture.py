"""The rules of the layout: who may import whom, what stays out of the core, how large a file may grow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "postcam_core"
MAX_LINES = 300

# A package may import what stands on an earlier line, and itself.
LAYERS = [
    {"errors", "progress", "whole_files"},
    {"media", "cameras", "model"},
    {"trajectory", "geometry", "weights", "sampling"},
    {"warp"},
    {"pipeline"},
    {"synthetic"},
    {"evaluation"},
    {"training"},
    {"jobs"},
    {"cli"},
    {"__main__"},
]
# model, weights and sampling know nothing of cameras and warps: both halves meet in the pipeline.
MODEL_HALF = {"model", "weights", "sampling"}
GEOMETRY_HALF = {"media", "cameras", "trajectory", "geometry", "warp"}
COMFY_MODULES = {
    "comfy",
    "comfy_api",
    "comfy_execution",
    "comfy_extras",
    "folder_paths",
    "server",
    "execution",
    "nodes",
}


def _python_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def _sources() -> list[Path]:
    folders = ("postcam_core", "nodes", "tests", "benchmarks", "scripts")
    scripts = [path for folder in folders for path in _python_files(ROOT / folder)]
    web = [p for p in (ROOT / "web").rglob("*.*js") if "vendor" not in p.parts]
    return [ROOT / "__init__.py", *scripts, *web]


def _imports(path: Path) -> list[tuple[str, bool]]:
    """Absolute dotted names that a file imports, and whether at module level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top_level = {id(node) for node in tree.body}
    package = path.relative_to(ROOT).parent.parts
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = (*base, *(node.module.split(".") if node.module else ()))
            names = [".".join((*module, alias.name)) for alias in node.names]
        else:
            continue
        found += [(name, id(node) in top_level) for name in names]
    return found


def _layer(package: str) -> int:
    return next(i for i, layer in enumerate(LAYERS) if package in layer)


def _package_of(path: Path) -> str:
    first = path.relative_to(CORE).parts[0]
    return first.removesuffix(".py")


@pytest.mark.parametrize("path", _python_files(CORE), ids=lambda p: str(p.relative_to(ROOT)))
def test_core_imports_point_one_way(path: Path) -> None:
    own = _package_of(path)
    for name, _ in _imports(path):
        parts = name.split(".")
        assert parts[0] not in COMFY_MODULES, f"{name}: the core knows nothing of ComfyUI"
        if parts[0] != "postcam_core" or len(parts) < 2 or own == "__init__":
            continue
        other = parts[1]
        if other in ("__version__", own):
            continue
        assert _layer(other) < _layer(own), f"{own} may not import {other}"
        halves = {own, other}
        assert not (halves & MODEL_HALF and halves & GEOMETRY_HALF), f"{own} and {other} meet in pipeline"


def test_only_the_backend_imports_comfyui_beside_its_node_api() -> None:
    allowed = ROOT / "nodes" / "backend"
    for path in _python_files(ROOT / "nodes"):
        for name, _ in _imports(path):
            top = name.split(".")[0]
            if top in COMFY_MODULES - {"comfy_api", "nodes"}:
                assert allowed in path.parents, f"{path.name} imports {name}; only nodes/backend may"


def test_the_pack_imports_itself_relatively() -> None:
    for path in [ROOT / "__init__.py", *_python_files(ROOT / "nodes"), *_python_files(CORE)]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                assert name.split(".")[0] not in ("postcam_core", "nodes"), f"{path}: {name}"


def test_exactly_one_js_file_is_loaded_by_every_page() -> None:
    assert [p.name for p in (ROOT / "web").rglob("*.js")] == ["postcam.js"]


def test_files_stay_small() -> None:
    for path in _sources():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= MAX_LINES, f"{path.relative_to(ROOT)} has {lines} lines"


def test_every_node_has_a_help_page() -> None:
    ids = [
        keyword.value.value
        for path in _python_files(ROOT / "nodes")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "node_id" and isinstance(keyword.value, ast.Constant)
    ]
    assert ids
    for node_id in ids:
        assert (ROOT / "web" / "docs" / f"{node_id}.md").is_file(), node_id


def test_importing_the_core_loads_nothing_heavy() -> None:
    code = (
        "import sys, pkgutil, importlib, postcam_core\n"
        "for m in pkgutil.iter_modules(postcam_core.__path__):\n"
        "    if m.name not in ('__main__', 'cli'): importlib.import_module('postcam_core.' + m.name)\n"
        "heavy = 'torchvision open3d diffusers transformers accelerate cv2 av scipy ray'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ruff_is_clean() -> None:
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "."],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
