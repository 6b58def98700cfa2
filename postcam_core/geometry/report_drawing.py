"""Lines, text and thumbnails on a dark ground: what the report is drawn with."""

import unicodedata
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import interpolate

from ..whole_files import written_whole

BACKGROUND, PANEL = (18, 20, 24), (29, 32, 38)
BRIGHT, DIM, GRID = (232, 234, 238), (150, 156, 166), (58, 63, 72)
START, END = (88, 200, 220), (250, 150, 60)
WARNING = (245, 190, 90)
# OpenCV's own letters are ASCII.
_PLAIN = str.maketrans(
    {"°": " deg", "×": "x", "–": "-", "—": "-", "−": "-", "…": "...", "≤": "<=", "≥": ">="}
)
_PLAIN |= str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "·": "-", "ß": "ss"})


def blank(height: int, width: int, colour: tuple[int, int, int] = BACKGROUND) -> UInt8[np.ndarray, "h w 3"]:
    """An empty picture."""
    return np.full((height, width, 3), colour, np.uint8)


def plain(text: str) -> str:
    """A text in the letters that can be drawn."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    kept = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return "".join(letter if " " <= letter <= "~" else "?" for letter in kept.replace("\n", " "))


def put_text(
    image: UInt8[np.ndarray, "h w 3"],
    text: str,
    x: int,
    y: int,
    *,
    size: float = 1.0,
    colour: tuple[int, int, int] = DIM,
) -> None:
    """Write one line; ``y`` is its base line and ``size`` 1 has capitals of about 10 pixels."""
    import cv2

    cv2.putText(image, plain(text), (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.46 * size, colour, 1, cv2.LINE_AA)


def text_width(text: str, size: float = 1.0) -> int:
    """Width of a line in pixels."""
    import cv2

    return cv2.getTextSize(plain(text), cv2.FONT_HERSHEY_SIMPLEX, 0.46 * size, 1)[0][0]


def wrapped(text: str, width: int, size: float = 1.0) -> list[str]:
    """A text broken between words into lines no wider than ``width`` pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def polyline(
    image: UInt8[np.ndarray, "h w 3"], points: np.ndarray, colour: tuple[int, int, int], thickness: int = 1
) -> None:
    """Join points [n, xy] in pixels, drawn at a sixteenth of a pixel."""
    import cv2

    fixed = np.round(np.asarray(points) * 16).astype(np.int32)
    cv2.polylines(image, [fixed], False, colour, thickness, cv2.LINE_AA, shift=4)


def dot(image: UInt8[np.ndarray, "h w 3"], x: float, y: float, radius: float, colour: tuple) -> None:
    """A filled circle, drawn at a sixteenth of a pixel."""
    import cv2

    fixed = (round(x * 16), round(y * 16))
    cv2.circle(image, fixed, round(radius * 16), colour, -1, cv2.LINE_AA, shift=4)


def strip(
    images: Float[Tensor, "frame height width 3"], labels: list[str], *, width: int, gap: int
) -> UInt8[np.ndarray, "h w 3"]:
    """Pictures in [0, 1] side by side with a label in each corner."""
    num_images, height, image_width, _ = images.shape
    side = (width - gap * (num_images - 1)) // num_images
    size = (max(1, round(side * height / image_width)), side)
    small = interpolate(
        images.permute(0, 3, 1, 2).float().cpu(), size, mode="bilinear", antialias=True, align_corners=False
    )
    levels = (small.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    row = blank(size[0], width)
    for index, (picture, label) in enumerate(zip(levels, labels, strict=True)):
        left = index * (side + gap)
        row[:, left : left + side] = picture
        put_text(row, label, left + 5, size[0] - 5, size=0.85, colour=(0, 0, 0))
        put_text(row, label, left + 4, size[0] - 6, size=0.85, colour=BRIGHT)
    return row


def write_picture(path: Path, picture: UInt8[np.ndarray, "height width 3"]) -> None:
    """Write an RGB picture as PNG."""
    import cv2

    _, encoded = cv2.imencode(".png", np.ascontiguousarray(picture[:, :, ::-1]))
    with written_whole(path) as temporary:
        temporary.write_bytes(encoded.tobytes())
