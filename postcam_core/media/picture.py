"""From a decoded frame to the picture a player shows: upright, with square pixels, 8-bit RGB."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

from ..errors import MediaError

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.stream import VideoStream

# libswscale's SWS_BILINEAR | SWS_FULL_CHR_H_INT | SWS_ACCURATE_RND. Its default darkens the picture by half
# a level (8-bit sources) to one and a half levels (10-bit ones); with these flags the mean error is 0.
SWS_UNBIASED = 0x2 | 0x2000 | 0x40000

_PQ, _HLG = 16, 18  # transfer characteristics of ITU-T H.273, as FFmpeg numbers them


@dataclass(frozen=True, kw_only=True)
class Display:
    """How the frames of a stream are shown.

    The picture is stretched to ``coded_width`` × ``coded_height`` square pixels, then transposed, then
    flipped.
    """

    coded_width: int
    coded_height: int
    rotation_deg: int
    is_transposed: bool
    is_flipped_x: bool
    is_flipped_y: bool

    @property
    def width(self) -> int:
        """Columns of the upright picture."""
        return self.coded_height if self.is_transposed else self.coded_width

    @property
    def height(self) -> int:
        """Rows of the upright picture."""
        return self.coded_width if self.is_transposed else self.coded_height


def read_display(stream: "VideoStream", frame: "VideoFrame", *, name: str) -> Display:
    """Read how a stream is shown off one of its frames.

    Raises:
        MediaError: If it is turned by something else than quarter turns and mirrors.
    """
    pixel_aspect = stream.sample_aspect_ratio or Fraction(1)
    right_x, right_y, down_x, down_y = _display_matrix(frame)
    is_transposed = right_x == 0
    diagonal = (right_y, down_x) if is_transposed else (right_x, down_y)
    off_diagonal = (right_x, down_y) if is_transposed else (right_y, down_x)
    if any(off_diagonal) or not all(abs(value) == 1 for value in diagonal):
        raise MediaError(
            name,
            expected="a picture turned by 0, 90, 180 or 270 degrees",
            got=f"the display matrix {(right_x, right_y, down_x, down_y)}",
            todo="Re-encode the video upright.",
        )
    return Display(
        coded_width=max(1, round(frame.width * pixel_aspect)),
        coded_height=frame.height,
        rotation_deg=round(math.degrees(math.atan2(right_y, right_x))) % 360,
        is_transposed=is_transposed,
        is_flipped_x=(down_x if is_transposed else right_x) < 0,
        is_flipped_y=(right_y if is_transposed else down_y) < 0,
    )


def _display_matrix(frame: "VideoFrame") -> tuple[float, float, float, float]:
    """Where the display puts the frame's right (x, y) and down (x, y), as unit vectors."""
    from av.sidedata.sidedata import Type

    for side_data in frame.side_data:
        if side_data.type == Type.DISPLAYMATRIX:
            values = np.frombuffer(bytes(side_data), dtype=np.int32)[[0, 1, 3, 4]] / 65536
            if values.any():  # some cameras write zeros, which players read as upright
                return tuple(np.round(values, 2).tolist())
    return 1.0, 0.0, 0.0, 1.0


def check_standard_range(stream: "VideoStream", *, name: str) -> None:
    """Refuse high dynamic range, whose pixel values mean something else.

    Raises:
        MediaError: If the transfer characteristic is PQ or HLG.
    """
    transfer = stream.codec_context.color_trc
    if transfer in (_PQ, _HLG):
        raise MediaError(
            name,
            expected="standard dynamic range",
            got="HDR video (PQ)" if transfer == _PQ else "HDR video (HLG)",
            todo="Tone-map it to BT.709 in a video editor first.",
        )


def to_picture(frame: "VideoFrame", display: Display) -> UInt8[np.ndarray, "height width 3"]:
    """Convert a frame to upright RGB; colours by the matrix and range the file names (BT.601 if none)."""
    picture = frame.to_ndarray(
        format="rgb24",
        width=display.coded_width,
        height=display.coded_height,
        dst_color_range="JPEG",  # the full range; PyAV before 17 mixes the colour matrices without it
        interpolation=SWS_UNBIASED,
    )
    if display.is_transposed:
        picture = picture.transpose(1, 0, 2)
    if display.is_flipped_x:
        picture = picture[:, ::-1]
    if display.is_flipped_y:
        picture = picture[::-1]
    return picture
