"""The folder of depth and cameras that the released PostCam inference reads."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..errors import GeometryError
from ..progress import ProgressFn, no_progress
from ..whole_files import written_whole
from .camera_arrays import w2c_per_frame
from .depth_checks import check_size
from .depth_image import read_depth_image, write_depth_png
from .files import read_text, require_folder
from .number_text import format_matrix, parse_matrix
from .scene import SceneGeometry

_DEPTH_FOLDER = "depth"
_RANGE_FILE = "metadata.txt"
_POSE_FILE = "extrinsics.txt"  # the released name; holds w2c
_K_FILE = "intrinsics.txt"
_MAX_CODE = 65535
# Depth steps above this share of the nearest depth show as terraces on near surfaces.
_COARSE_STEP = 0.01


@dataclass(frozen=True, kw_only=True)
class _DepthRange:
    nearest: float
    farthest: float

    @property
    def span(self) -> float:
        return self.farthest - self.nearest


def load_released_folder(
    path: str | Path, *, centre_principal_point: bool = True, progress: ProgressFn = no_progress
) -> SceneGeometry:
    """Read ``depth/*.png``, ``metadata.txt``, ``extrinsics.txt`` (w2c) and ``intrinsics.txt``.

    Args:
        path: The folder.
        centre_principal_point: Put cx at W/2 and cy at H/2 as the released code does, whatever the file
            says; ``False`` keeps the file's.
        progress: Called after each depth image.

    Raises:
        GeometryError: If files are missing or malformed, or depth and poses differ in number.
        CameraError: If K is no pinhole matrix or a pose is not rigid.

    Source:
        Released ``TestDataset.get_data`` and ``resize_crop``. differs: poses stay as stored
        (:meth:`SceneGeometry.anchored` re-bases them), and the matrices are parsed, not evaluated.
    """
    folder = require_folder(path)
    depth_range = _read_range(folder)
    depth = _read_depth(folder, depth_range, progress)
    num_frames, height, width = depth.shape
    K = torch.from_numpy(_read_matrices(folder, _K_FILE, 1, columns=3)[0])
    notes = _quantisation_notes(depth_range)
    if centre_principal_point:
        shift_px = max(abs(float(K[0, 2]) - width / 2), abs(float(K[1, 2]) - height / 2))
        if shift_px > 1:
            notes += (f"principal point moved to the middle, by up to {shift_px:.1f} px, as released",)
        K[0, 2], K[1, 2] = width / 2, height / 2
    poses = _read_matrices(folder, _POSE_FILE, num_frames, columns=4)
    return SceneGeometry(
        depth=depth,
        K=K.expand(num_frames, 3, 3),
        w2c=w2c_per_frame(poses, num_frames, name=_POSE_FILE),
        provider="released_folder",
        notes=notes,
    )


def save_released_folder(
    path: str | Path, geometry: SceneGeometry, *, progress: ProgressFn = no_progress
) -> Path:
    """Write a folder that the released inference reads.

    Depth is rounded to 65536 steps between the clip's nearest and farthest value: off by at most half a
    step. Confidence, notes and the unit are not kept. The released inference forces the principal point to
    the middle whatever is written here.

    Raises:
        GeometryError: If the folder exists and is not empty, or K changes during the clip, which the format
            cannot hold.
    """
    path = Path(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise GeometryError(
            f"folder {path.name!r}",
            expected="a new or empty folder",
            got="one with files in it" if path.is_dir() else "a file",
            todo="Choose another name.",
        )
    if (geometry.K - geometry.K[0]).abs().max() > 1e-6 * geometry.K[0].abs().max():
        raise GeometryError(
            "K",
            expected="the same in every frame: this format stores one",
            got="a zoom or moving crop",
            todo="Save as npz instead.",
        )
    with written_whole(path) as temporary:
        (temporary / _DEPTH_FOLDER).mkdir(parents=True)
        lowest, highest = (float(value) for value in geometry.depth.aminmax())
        _write_depth(temporary, geometry, _DepthRange(nearest=lowest, farthest=highest), progress)
        (temporary / _RANGE_FILE).write_text(f"{lowest!r} {highest!r}\n", encoding="utf-8")
        (temporary / _K_FILE).write_text(format_matrix(geometry.K[0].cpu().numpy()) + "\n", encoding="utf-8")
        poses = "".join(format_matrix(w2c[:3]) + "\n" for w2c in geometry.w2c.cpu().numpy())
        (temporary / _POSE_FILE).write_text(poses, encoding="utf-8")
    return path


def _read_range(folder: Path) -> _DepthRange:
    text = read_text(folder / _RANGE_FILE, within=folder)
    try:
        nearest, farthest = (float(word) for word in text.split("\n", 1)[0].split())
    except ValueError:
        nearest = farthest = float("nan")
    if not 0 < nearest <= farthest < float("inf"):
        raise GeometryError(
            _RANGE_FILE,
            expected="the smallest and largest depth, finite and above 0, on one line",
            got=f"{text[:60]!r}",
            todo="Write for instance: 1.25 48.0",
        )
    return _DepthRange(nearest=nearest, farthest=farthest)


def _read_depth(folder: Path, depth_range: _DepthRange, progress: ProgressFn) -> torch.Tensor:
    paths = _depth_paths(require_folder(folder / _DEPTH_FOLDER))
    depth = torch.empty(0)
    for index, path in enumerate(paths):
        codes = read_depth_image(path, within=folder)
        if index == 0:
            check_size(len(paths), *codes.shape, name=_DEPTH_FOLDER)
            depth = torch.empty(len(paths), *codes.shape)
        if codes.dtype != np.uint16 or codes.shape != tuple(depth.shape[1:]):
            raise GeometryError(
                f"depth image {path.name!r}",
                expected=f"16-bit integers, {depth.shape[2]}×{depth.shape[1]} like the first one",
                got=f"{codes.dtype}, {codes.shape[1]}×{codes.shape[0]}",
                todo="Export all frames alike.",
            )
        # In float32 and in this order, as the released code computes it.
        depth[index] = torch.from_numpy(codes.astype(np.float32)) / _MAX_CODE
        progress(index + 1, len(paths))
    return depth.mul_(depth_range.span).add_(depth_range.nearest)


def _depth_paths(folder: Path) -> list[Path]:
    """PNGs named by frame number, without a gap (a gap would shift depth against the poses)."""
    paths = [path for path in folder.iterdir() if re.fullmatch(r"[0-9]{1,9}\.png", path.name)]
    paths.sort(key=lambda path: int(path.stem))
    numbers = [int(path.stem) for path in paths]
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise GeometryError(
            f"folder {_DEPTH_FOLDER!r}",
            expected="000000.png, 000001.png, … without gaps",
            got=f"{len(paths)} such files" + (f" from {numbers[0]} to {numbers[-1]}" if paths else ""),
            todo="Export the depth of every frame.",
        )
    return paths


def _read_matrices(folder: Path, name: str, count: int, *, columns: int) -> np.ndarray:
    lines = [line for line in read_text(folder / name, within=folder).splitlines() if line.strip()]
    if len(lines) != count:
        raise GeometryError(
            name,
            expected=f"{count} lines with one 3×{columns} matrix each",
            got=f"{len(lines)} lines",
            todo="This format has one pose per depth image and a single K.",
        )
    return np.stack(
        [
            parse_matrix(line, rows=3, columns=columns, name=f"{name} line {number}")
            for number, line in enumerate(lines, start=1)
        ]
    )


def _quantisation_notes(depth_range: _DepthRange) -> tuple[str, ...]:
    step = depth_range.span / _MAX_CODE
    if step <= _COARSE_STEP * depth_range.nearest:
        return ()
    return (
        f"coarse depth: stored in steps of {step:.3g}, the nearest surface is at {depth_range.nearest:.3g}",
    )


def _write_depth(
    folder: Path, geometry: SceneGeometry, depth_range: _DepthRange, progress: ProgressFn
) -> None:
    steps_per_unit = _MAX_CODE / depth_range.span if depth_range.span > 0 else 0.0
    for index, depth in enumerate(geometry.depth):
        codes = (depth.double() - depth_range.nearest) * steps_per_unit
        # Rounded, where the released converter cuts off: half its error, read by the same formula.
        write_depth_png(
            folder / _DEPTH_FOLDER / f"{index:06d}.png", codes.round().cpu().numpy().astype(np.uint16)
        )
        progress(index + 1, geometry.num_frames)
