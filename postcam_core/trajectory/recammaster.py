"""Camera files of ReCamMaster's MultiCamVideo data set."""

import math
import re
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import invert_rigid
from ..errors import TrajectoryError
from .document import TrajectoryDocument, build_document
from .files import MAX_FILE_BYTES
from .json_text import load_json

_CENTIMETRE = 0.01
_FRAME = re.compile(r"frame(\d{1,6})", re.ASCII)
_ROW = re.compile(r"\[([^\[\]]*)\]")


def camera_names(text: str) -> list[str]:
    """Names of the cameras in the file, as its first frame lists them.

    Raises:
        TrajectoryError: If the text is no such file.
    """
    return list(_frames(text)[0])


def parse_recammaster(text: str, camera: str = "cam01") -> TrajectoryDocument:
    """Read one camera's path, relative to its first frame, in metres (unit "model").

    The file holds, per frame and camera, the four rows of a row-vector matrix in Unreal Engine's axes
    (x forward, y right, z up, left-handed, centimetres). Transposed it is a camera-to-world matrix; its columns
    in the order right, down, forward are OpenCV's camera axes. The world stays left-handed until the first
    frame's pose cancels it.

    Raises:
        TrajectoryError: If the text is no such file, frames are missing, the camera is unknown, or a pose is
            not rigid.

    Source:
        The data set's README and loader (KwaiVGI/ReCamMaster).
    """
    frames = _frames(text)
    for index, frame in enumerate(frames):
        if camera not in frame:
            raise _error(
                f"a camera named {camera[:40]!r} in frame {index}",
                f"{', '.join(list(frame)[:20])}"[:200],
                "Choose one of the cameras that the file holds.",
            )
    unreal = torch.stack([_matrix(frame[camera], index) for index, frame in enumerate(frames)])
    c2w = _relative_opencv(unreal)
    return build_document(
        {"kind": "poses", "unit": "model", "c2w": c2w.flatten(1).tolist()}, name=f"ReCamMaster {camera}"
    )


def _relative_opencv(unreal_c2w: Float[Tensor, "frame 4 4"]) -> Float[Tensor, "frame 4 4"]:
    forward, right, up, position = unreal_c2w.unbind(-1)
    c2w = torch.stack([right, -up, forward, position], dim=-1)
    c2w[:, :3, 3] *= _CENTIMETRE
    return invert_rigid(c2w[0]) @ c2w


def _frames(text: str) -> list[dict[str, Any]]:
    data = load_json(text, what="ReCamMaster cameras", max_bytes=MAX_FILE_BYTES)
    if not isinstance(data, dict) or not data:
        raise _error('a JSON object with "frame0", "frame1", …', type(data).__name__)
    for index, key in enumerate(data):
        if not _FRAME.fullmatch(key) or not isinstance(data[key], dict) or not data[key]:
            raise _error("only frames that hold cameras", f"{key[:40]!r} at place {index}")
    frames = {int(key.removeprefix("frame")): value for key, value in data.items()}
    missing = sorted(set(range(len(data))) - set(frames))
    if missing:
        raise _error(f"frame{missing[0]} among {len(data)} frames", "no such frame")
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
) -> TrajectoryError:
    return TrajectoryError("ReCamMaster cameras", expected=expected, got=got, todo=todo)
