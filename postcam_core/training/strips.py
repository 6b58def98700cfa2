"""Pictures that a run leaves in its folder."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ..whole_files import written_whole


def write_picture(path: Path, picture: UInt8[np.ndarray, "height width 3"]) -> None:
    """Write an RGB picture as PNG."""
    import cv2

    _, encoded = cv2.imencode(".png", np.ascontiguousarray(picture[:, :, ::-1]))
    with written_whole(path) as temporary:
        temporary.write_bytes(encoded.tobytes())
