"""The numbers of one recapture of one clip, and the table that they are kept in."""

import csv
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from ..errors import PostCamError, ShapeError
from ..whole_files import written_whole
from .camera_following import camera_errors, find_cameras
from .held_out import HeldOutClip
from .quality import psnr_db, ssim

# Cameras are looked for in every so many frames.
_CAMERA_STRIDE = 4


@dataclass(frozen=True, kw_only=True)
class Scores:
    """How good a recapture of a clip is.

    Attributes:
        method: Who made it.
        seed: Of the clip.
        psnr: Against the truth, over the whole clip, in dB.
        psnr_holes: The same where the guide shows nothing; NaN for a guide without holes.
        psnr_known: The same where it does.
        ssim: Mean over the clip.
        rotation_deg: Median angle between the camera found in the video and the commanded one; infinite if it was
            lost in most frames.
        translation_share: Median distance likewise, over the length of the commanded path; NaN if there is none.
        lost_share: Share of frames in which no camera was found.
        hole_share: Share of the clip that the guide does not show.
        turned_deg: Median angle between the source's camera and the commanded one.
        seconds: That the recapture took.
    """

    method: str
    seed: int
    psnr: float
    psnr_holes: float
    psnr_known: float
    ssim: float
    rotation_deg: float
    translation_share: float
    lost_share: float
    hole_share: float
    turned_deg: float
    seconds: float


def score(
    video: Float[Tensor, "frame 3 height width"], clip: HeldOutClip, *, method: str, seconds: float = math.nan
) -> Scores:
    """Measure a recapture of a clip.

    Raises:
        ShapeError: If the video has not the size of the clip, or holds NaN.
    """
    _check(video, clip, method)
    shown = range(0, len(clip.source), _CAMERA_STRIDE)
    commanded = clip.target_w2c[shown]
    found = find_cameras(video[shown], clip.source[shown], clip.geometry.selected(shown), [commanded])
    cameras = camera_errors(found, commanded)
    return Scores(
        method=method,
        seed=clip.seed,
        psnr=psnr_db(video, clip.truth),
        psnr_holes=psnr_db(video, clip.truth, ~clip.guide.mask),
        psnr_known=psnr_db(video, clip.truth, clip.guide.mask),
        ssim=ssim(video, clip.truth),
        rotation_deg=cameras.rotation_deg,
        translation_share=cameras.translation_share,
        lost_share=cameras.lost_share,
        hole_share=1 - float(clip.guide.coverage.mean()),
        turned_deg=clip.turned_deg,
        seconds=seconds,
    )


def _check(video: Tensor, clip: HeldOutClip, method: str) -> None:
    is_finite = bool(video.isfinite().all())
    if video.shape != clip.truth.shape or not is_finite:
        raise ShapeError(
            f"{method} of clip {clip.seed}",
            expected=f"finite frames of shape {list(clip.truth.shape)}",
            got=f"shape {list(video.shape)}" if is_finite else "NaN or infinity",
            todo="A model that returns NaN was trained or cast badly; nothing of this clip is counted.",
        )


def write_scores(path: Path, scores: Sequence[Scores]) -> None:
    """Write a CSV file, one line for each recapture of each clip."""
    with written_whole(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Scores)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in scores)


def read_scores(path: Path) -> list[Scores]:
    """Read what :func:`write_scores` wrote; nothing if there is no file.

    Raises:
        PostCamError: If the file is another's.
    """
    if not path.exists():
        return []
    kinds = {field.name: field.type for field in fields(Scores)}
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        try:
            return [Scores(**{name: kinds[name](text) for name, text in row.items()}) for row in reader]
        except (KeyError, TypeError, ValueError) as error:
            raise PostCamError(
                f"{path}",
                expected=f"the columns {', '.join(kinds)}",
                got=f"{', '.join(reader.fieldnames or ['nothing'])}",
                todo="Give another folder, or move the file away.",
            ) from error
