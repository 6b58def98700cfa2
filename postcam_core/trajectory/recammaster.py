"""Camera paths of ReCamMaster's MultiCamVideo data set."""

from collections.abc import Callable
from typing import Any, TypeVar

from ..cameras import recammaster_c2w, recammaster_names
from ..errors import CameraError, TrajectoryError
from .document import TrajectoryDocument, build_document
from .files import MAX_FILE_BYTES
from .json_text import load_json

_Read = TypeVar("_Read")


def camera_names(text: str) -> list[str]:
    """Names of the cameras in the file, as its first frame lists them.

    Raises:
        TrajectoryError: If the text is no such file.
    """
    return _read(text, recammaster_names)


def parse_recammaster(text: str, camera: str = "cam01") -> TrajectoryDocument:
    """Read one camera's path, relative to its first frame, in metres (unit "model").

    Raises:
        TrajectoryError: If the text is no such file, frames are missing, the camera is unknown, or a pose is
            not rigid.

    Source:
        :func:`postcam_core.cameras.recammaster_c2w`.
    """
    c2w = _read(text, lambda document: recammaster_c2w(document, camera))
    return build_document(
        {"kind": "poses", "unit": "model", "c2w": c2w.flatten(1).tolist()}, name=f"ReCamMaster {camera}"
    )


def _read(text: str, read: Callable[[Any], _Read]) -> _Read:
    document = load_json(text, what="ReCamMaster cameras", max_bytes=MAX_FILE_BYTES)
    try:
        return read(document)
    except CameraError as error:
        raise TrajectoryError(error.what, expected=error.expected, got=error.got, todo=error.todo) from error
