"""Between the layouts of a clip.

=======  ====================  ==========  =================
name     shape                 range       used by
=======  ====================  ==========  =================
video    frame 3 height width  [-1, 1]     this library
image    frame height width 3  [0, 1]      ComfyUI (IMAGE)
uint8    frame height width 3  0 to 255    files
=======  ====================  ==========  =================
"""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..errors import ShapeError


def video_from_image(image: Float[Tensor, "frame height width 3"]) -> Float[Tensor, "frame 3 height width"]:
    """Convert ComfyUI's layout to the library's.

    Raises:
        ShapeError: If it is not [frame, height, width, 3] with at least one frame and pixel.
    """
    _check_channels_last(image, "image")
    return (image * 2).sub_(1).permute(0, 3, 1, 2).contiguous()


def image_from_video(video: Float[Tensor, "frame 3 height width"]) -> Float[Tensor, "frame height width 3"]:
    """Convert the library's layout to ComfyUI's; values beyond [-1, 1], as decoders give them, are clipped.

    Raises:
        ShapeError: If it is not [frame, 3, height, width] with at least one frame and pixel.
    """
    check_video(video)
    return ((video + 1) / 2).clamp_(0, 1).permute(0, 2, 3, 1).contiguous()


def video_from_uint8(frames: UInt8[Tensor, "frame height width 3"]) -> Float[Tensor, "frame 3 height width"]:
    """Convert frames as files hold them; bit for bit ``(frames / 255 - 0.5) / 0.5``.

    Raises:
        ShapeError: If it is not uint8 [frame, height, width, 3] with at least one frame and pixel.
    """
    if frames.dtype != torch.uint8:
        raise ShapeError(
            "frames", expected="uint8", got=f"{frames.dtype}", todo="Floats go through video_from_image."
        )
    _check_channels_last(frames, "frames")
    video = frames.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format)
    return video.div_(255).mul_(2).sub_(1)


def uint8_from_video(video: Float[Tensor, "frame 3 height width"]) -> UInt8[Tensor, "frame height width 3"]:
    """Convert to frames as files hold them, rounded; values beyond [-1, 1] are clipped.

    Raises:
        ShapeError: If it is not [frame, 3, height, width] with at least one frame and pixel.
    """
    check_video(video)
    levels = ((video.detach().float() + 1) * 127.5).clamp_(0, 255).round_().byte()
    return levels.permute(0, 2, 3, 1).contiguous()


def check_video(video: Tensor) -> None:
    """Refuse what is not [frame, 3, height, width] with at least one frame and pixel.

    Raises:
        ShapeError: With the shape that came.
    """
    if video.ndim != 4 or video.shape[1] != 3 or 0 in video.shape:
        raise ShapeError(
            "video",
            expected="shape [frame, 3, height, width], none of them 0",
            got=f"{list(video.shape)}",
            todo="Images with channels last go through video_from_image.",
        )


def _check_channels_last(images: Tensor, name: str) -> None:
    if images.ndim != 4 or images.shape[-1] != 3 or 0 in images.shape:
        raise ShapeError(
            name,
            expected="shape [frame, height, width, 3], none of them 0",
            got=f"{list(images.shape)}",
            todo="Drop an alpha channel, add the frame dimension, or load at least one frame.",
        )
