"""Cameras of ReCamMaster's MultiCamVideo data set, as its JSON files hold them."""

import math
import re
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import CameraError
from .se3 import invert_rigid

_CENTIMETRE = 0.01
_FRAME = re.compile(r"frame(\d{1,6})", re.ASCII)
_ROW = re.compile(r"\[([^\[\]]*)\]")


def recammaster_names(document: Any) -> list[str]:
    """Names of the cameras, as the first frame lists them.

    Args:
        document: The parsed JSON.

    Raises:
        CameraError: If it is no such document.
    """
    return list(_frames(document)[0])


def recammaster_c2w(document: Any, camera: str, *, origin: str | None = None) -> Float[Tensor, "frame 4 4"]:
    """Poses of one camera in metres and OpenCV axes; the world is the axes of a camera's first frame.

    The file holds, per frame and camera, the four rows of a row-vector matrix in Unreal Engine's axes
    (x forward, y right, z up, left-handed, centimetres). Transposed it is a camera-to-world matrix; its columns
    in the order right, down, forward are OpenCV's camera axes. The world stays left-handed until the first
    frame's pose cancels it. The poses are rigid where the file's are: that is for the caller to check.

    Args:
        document: The parsed JSON.
        camera: Which of the cameras.
        origin: The camera whose first frame is the world, so that several cameras share it; None: this one.

    Raises:
        CameraError: If it is no such document, frames are missing or the camera is unknown.

    Source:
        The data set's README and loader (KwaiVGI/ReCamMaster).
    """
    frames = _frames(document)
    first = _opencv_c2w(frames[:1], camera if origin is None else origin)[0]
    return invert_rigid(first) @ _opencv_c2w(frames, camera)


def _opencv_c2w(frames: list[dict[str, Any]], camera: str) -> Float[Tensor, "frame 4 4"]:
    """Poses in the file's own left-handed world."""
    for index, frame in enumerate(frames):
        if camera not in frame:
            raise _error(
                f"a camera named {camera[:40]!r} in frame {index}",
                f"{', '.join(list(frame)[:20])}"[:200],
                "Choose one of the cameras that the file holds.",
            )
    unreal = torch.stack([_matrix(frame[camera], index) for index, frame in enumerate(frames)])
    forward, right, up, position = unreal.unbind(-1)
    c2w = torch.stack([right, -up, forward, position], dim=-1)
    c2w[:, :3, 3] *= _CENTIMETRE
    return c2w


def _frames(document: Any) -> list[dict[str, Any]]:
    if not isinstance(document, dict) or not document:
        raise _error('a JSON object with "frame0", "frame1", …', type(document).__name__)
    for index, key in enumerate(document):
        if not _FRAME.fullmatch(key) or not isinstance(document[key], dict) or not document[key]:
            raise _error("only frames that hold cameras", f"{key[:40]!r} at place {index}")
    frames = {int(key.removeprefix("frame")): value for key, value in document.items()}
    missing = sorted(set(range(len(document))) - set(frames))
    if missing:
        raise _error(f"frame{missing[0]} among {len(document)} frames", "no such frame")
    return [frames[index] for index in range(len(frames))]


def _matrix(rows: Any, frame: int) -> Float[Tensor, "4 4"]:
    """Transpose of the four written rows."""
    expected = f"four rows [a b c d] of finite numbers in frame {frame}"
    if not isinstance(rows, str):
        raise _error(expected, type(rows).__name__)
    try:
        values = [[float(word) for word in row.split()] for row in _ROW.findall(rows)]
    except ValueError as error:
        raise _error(expected, f"{rows[:80]!r}") from error
    is_matrix = [len(row) for row in values] == [4] * 4
    if not is_matrix or not all(math.isfinite(value) for row in values for value in row):
        raise _error(expected, f"{rows[:80]!r}")
    return torch.tensor(values, dtype=torch.float64).T


def _error(
    expected: str, got: str, todo: str = "Choose a camera_extrinsics.json of MultiCamVideo."
) -> CameraError:
    return CameraError("ReCamMaster cameras", expected=expected, got=got, todo=todo)
