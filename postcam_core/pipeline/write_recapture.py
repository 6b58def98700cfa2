"""A recapture as files: the result, its guide, both beside the source, and what was done."""

import json
import platform
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from .. import __version__
from ..media import Audio, VideoWriter, video_writer
from ..warp import Guide, keep_seen
from .recapture import Recapture
from .result_folder import result_folder
from .stages import Stages

RESULT, GUIDE, SIDE_BY_SIDE, RECORD = "result.mp4", "guide.mp4", "side_by_side.mp4", "run.json"
# The record comes last: where it is, so are the videos.
FILES = (RESULT, SIDE_BY_SIDE, GUIDE, RECORD)


def write_recapture(
    recapture: Recapture,
    folder: str | Path,
    *,
    provenance: Mapping[str, Any] | None = None,
    stages: Stages | None = None,
) -> Path:
    """Compute a recapture and write it, frames as they are made.

    ``result.mp4`` and ``side_by_side.mp4`` (source, guide, result) have the clip's sound, as far as the source runs
    as it was shot: a shot that freezes, reverses or stretches time is silent. Files of these names are replaced; all
    of them appear when the work is done, and none if it fails or is cancelled.

    Args:
        recapture: What to compute.
        folder: Where to; made if needed.
        provenance: What else ``run.json`` shall say, of where the inputs came from.
        stages: Times the stages; hand in one that timed those before.

    Raises:
        MediaError: If the folder cannot be made, a name is taken by a folder, or the rate cannot be stored; after the
            work, if a file cannot be replaced. Then the new one is kept, and the error says where.
    """
    folder, stages = Path(folder), stages or Stages()
    with result_folder(folder, FILES) as unfinished:
        _write_videos(recapture, unfinished, stages)
        record = json.dumps(run_record(recapture, provenance or {}, stages), indent=1)
        (unfinished / RECORD).write_text(record, encoding="utf-8")
    return folder


def _write_videos(recapture: Recapture, folder: Path, stages: Stages) -> None:
    clip = recapture.clip
    audio = clip.audio if is_as_shot(recapture) else None
    with ExitStack() as files:

        def opened(name: str, *, num_columns: int = 1, audio: Audio | None = None) -> VideoWriter:
            size = {"width": num_columns * clip.width, "height": clip.height}
            return files.enter_context(
                video_writer(folder / name, **size, frame_rate=clip.frame_rate, audio=audio)
            )

        # All of them before the work: what cannot be stored is refused while nothing is lost.
        guide_file = opened(GUIDE)
        result = opened(RESULT, audio=audio)
        beside = opened(SIDE_BY_SIDE, num_columns=3, audio=audio)
        with stages.stage("guide and encoding") as progress:
            encoded = recapture.encode(on_guide=guide_file.write, progress=progress)
        with stages.stage("sampling") as progress:
            latents = recapture.sample(encoded, progress=progress)
        with stages.stage("decoding") as progress:
            guide = _single(recapture.guide_pieces())
            for piece in recapture.decode(latents, progress=progress):
                for frame in piece.split(1):
                    warped, seen = (values.to(frame.device) for values in next(guide))
                    frame = keep_seen(frame, warped, seen, share=recapture.keep_seen)
                    result.write(frame)
                    source = recapture.source_frame(beside.num_frames)[None].to(frame.device)
                    beside.write(torch.cat([source, warped, frame], dim=-1))


def is_as_shot(recapture: Recapture) -> bool:
    """Whether frame after frame of the source is shown, at its own speed."""
    index = recapture.trajectory.source_index
    return len(index) == len(recapture.clip) and index.equal(torch.arange(len(index)))


def run_record(recapture: Recapture, provenance: Mapping[str, Any], stages: Stages) -> dict[str, Any]:
    """What was done, as plain values."""
    clip, trajectory, models = recapture.clip, recapture.trajectory, recapture.models
    document = trajectory.document
    return {
        **provenance,
        "source": {
            "frames": len(clip),
            "width": clip.width,
            "height": clip.height,
            "frame_rate": clip.frame_rate,
            "has_sound": clip.audio is not None,
        },
        "geometry": {"provider": recapture.geometry.provider, "notes": list(recapture.geometry.notes)},
        "trajectory": None if document is None else document.model_dump(mode="json", exclude_none=True),
        "result": {"frames": len(recapture), "has_sound": clip.audio is not None and is_as_shot(recapture)},
        "sampling": asdict(recapture.settings),
        "keep_seen": recapture.keep_seen,
        "windows": [[window.start, window.stop] for window in recapture.windows],
        "model": asdict(models.settings) | {"has_text": models.text is not None},
        "device": f"{models.device}",
        "dtype": f"{models.transformer.dtype}".removeprefix("torch."),
        "versions": {
            "postcam": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "diffusers", "av")},
        },
        "stages": [asdict(cost) for cost in stages.costs],
        "seconds": round(sum(cost.seconds for cost in stages.costs), 3),
    }


def _single(pieces: Iterator[Guide]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Frames and masks, one by one."""
    for piece in pieces:
        yield from zip(piece.frames.split(1), piece.mask.split(1), strict=True)
