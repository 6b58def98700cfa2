"""Recaptures of held-out clips, scored clip by clip; an interrupted evaluation goes on where it stopped."""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from ..errors import PostCamError
from ..geometry.report_drawing import write_picture
from ..progress import ProgressFn, no_progress
from ..whole_files import written_whole
from .contact_sheet import contact_sheet
from .held_out import HeldOutClip, HeldOutSet
from .recaptures import SOURCE, Recapture
from .report import report_text, sheet_name
from .scores import Scores, read_scores, score, write_scores


def evaluate_held_out(
    recaptures: Mapping[str, Recapture],
    folder: Path,
    clips: HeldOutSet | None = None,
    *,
    provenance: Mapping[str, str] | None = None,
    progress: ProgressFn = no_progress,
) -> list[Scores]:
    """Score ways to recapture held-out clips.

    The folder gets ``scores.csv``, ``report.md``, a contact sheet for each clip and ``settings.json``. Clips that
    have their scores are skipped.

    Args:
        recaptures: By name; the last is the one that the report is about.
        folder: Where everything goes.
        clips: Which clips; by default fifty of 41 frames of 160×96.
        provenance: Facts that make the numbers repeatable, such as checksums of weights.
        progress: Called after each clip; cancels by raising.

    Raises:
        PostCamError: If the folder holds an evaluation of something else, or there is nothing to evaluate.
        ShapeError: If a recapture has not the size of its clip.
    """
    clips = clips or HeldOutSet()
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"methods": [*recaptures], "provenance": dict(provenance or {})}
    # The number of clips may grow: those that are there stay valid.
    settings["clips"] = {key: value for key, value in asdict(clips).items() if key != "num_clips"}
    _claim(folder, settings, has_methods=bool(recaptures))
    scores = read_scores(folder / "scores.csv")
    for done, seed in enumerate(clips.seeds, start=1):
        if all(row.seed != seed for row in scores):
            scores += _evaluate_clip(recaptures, folder, clips.clip(seed))
            # The scores last: a clip that has them is skipped, so all else must be there by then.
            _write_report(folder, scores, settings)
            write_scores(folder / "scores.csv", scores)
        progress(done, clips.num_clips)
    # Also where all clips were scored before, by a run that ended between the two or by several that shared them.
    _write_report(folder, scores, settings)
    return scores


def _evaluate_clip(recaptures: Mapping[str, Recapture], folder: Path, clip: HeldOutClip) -> list[Scores]:
    videos, scores = {"source": clip.source, "guide": clip.guide.frames}, []
    for name, recapture in recaptures.items():
        start_s = time.perf_counter()
        video = recapture(clip)
        seconds = time.perf_counter() - start_s
        scores.append(score(video, clip, method=name, seconds=seconds))
        if name != SOURCE:
            videos[name] = video
    last = scores[-1]
    holes = "no holes" if math.isnan(last.psnr_holes) else f"{last.psnr_holes:.1f} dB in holes"
    title = f"{clip.seed}: {last.method} {last.psnr:.1f} dB, {holes}, camera off by {last.rotation_deg:.2f}°"
    write_picture(folder / sheet_name(clip.seed), contact_sheet({**videos, "truth": clip.truth}, title=title))
    return scores


def _claim(folder: Path, settings: dict, *, has_methods: bool) -> None:
    """Write down what the folder is for, or refuse one that is for something else."""
    path, text = folder / "settings.json", json.dumps(settings, indent=1)
    if not has_methods:
        raise PostCamError("methods", expected="one at least", got="none", todo="Give a recapture.")
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise PostCamError(
            f"{folder}",
            expected="an empty folder, or one with the same methods, weights and kind of clips",
            got="an evaluation of something else",
            todo="Give another folder.",
        )
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _write_report(folder: Path, scores: list[Scores], settings: dict) -> None:
    with written_whole(folder / "report.md") as temporary:
        temporary.write_text(
            report_text(scores, {**settings["clips"], **settings["provenance"]}), encoding="utf-8"
        )
