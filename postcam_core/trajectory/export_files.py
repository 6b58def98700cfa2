"""Writing a trajectory to a file in any format."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float
from torch import Tensor

from ..errors import TrajectoryError
from ..whole_files import written_whole
from .document import document_to_json
from .export import camera_arrays, document_of, recammaster_text, w2c_text
from .fields import Unit
from .text_format import text_from_document
from .trajectory import Trajectory

ExportFormat = Literal["document", "three lines", "w2c text", "ReCamMaster", "npz"]

SUFFIXES: dict[ExportFormat, str] = {
    "document": ".json",
    "three lines": ".txt",
    "w2c text": ".txt",
    "ReCamMaster": ".json",
    "npz": ".npz",
}


@dataclass(frozen=True, kw_only=True)
class SourceClip:
    """What some formats need of the clip's geometry.

    Attributes:
        nearest_depth: Of the first frame, in the scene's unit.
        K: Intrinsics of every frame, in pixels.
    """

    nearest_depth: float
    K: Float[Tensor, "source 3 3"]


def save_trajectory(
    path: str | Path,
    trajectory: Trajectory,
    file_format: ExportFormat,
    *,
    unit: Unit = "scene",
    camera: str = "cam01",
    source: SourceClip | None = None,
) -> Path:
    """Write a file, whole or not at all; an existing one is replaced.

    Args:
        path: The file.
        trajectory: The cameras.
        file_format: One of :data:`SUFFIXES`.
        unit: Of lengths in a w2c text or npz.
        camera: Name in a ReCamMaster file.
        source: Needed by npz, and between scene units and others.

    Raises:
        TrajectoryError: If the format cannot hold the trajectory, the source is missing, or the format unknown.
    """
    path = Path(path)
    if file_format == "npz":
        arrays = camera_arrays(trajectory, _needed(source).K, unit, nearest_depth=source.nearest_depth)
        with written_whole(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **arrays)
        return path
    text = _text(trajectory, file_format, unit, camera, None if source is None else source.nearest_depth)
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return path


def _text(
    trajectory: Trajectory, file_format: ExportFormat, unit: Unit, camera: str, nearest_depth: float | None
) -> str:
    if file_format == "document":
        return document_to_json(document_of(trajectory)) + "\n"
    if file_format == "three lines":
        return text_from_document(document_of(trajectory))
    if file_format == "w2c text":
        return w2c_text(trajectory, unit, nearest_depth=nearest_depth)
    if file_format == "ReCamMaster":
        return recammaster_text(trajectory, camera, nearest_depth=nearest_depth)
    raise TrajectoryError(
        "format of the trajectory file",
        expected=f"one of {', '.join(get_args(ExportFormat))}",
        got=repr(file_format),
        todo="docs/formats.md says what each holds.",
    )


def _needed(source: SourceClip | None) -> SourceClip:
    if source is None:
        raise TrajectoryError(
            "trajectory as npz",
            expected="the geometry of the clip, for the intrinsics",
            got="none",
            todo="Give the clip's geometry, or choose a format without intrinsics.",
        )
    return source
