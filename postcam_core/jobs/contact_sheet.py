"""All results of a batch on one page: source, guide and result of every item, and what failed and why."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from ..whole_files import written_whole
from .plan import PlannedTask

PICTURES = "contact_sheet"
"""Folder of the page's pictures."""

_NUM_MOMENTS = 3
_MAX_WIDTH = 1200

_HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1200px; padding: 0 1rem; color: #222 }}
section {{ border-top: 1px solid #ccc; padding: 1rem 0 }}
h2 {{ font-size: 1.05rem; margin: 0 0 .4rem }}
.moments {{ display: inline-block; min-width: min(720px, 100%); max-width: 100% }}
img {{ width: 100%; display: block }}
pre {{ white-space: pre-wrap; background: #fbeaea; padding: .6rem }}
.columns {{ display: grid; grid-template-columns: repeat(3, 1fr); color: #666 }}
</style>
<h1>{title}</h1>
<p>{summary}</p>
"""


def write_contact_sheet(root: Path, items: Sequence[PlannedTask], *, name: str = "contact_sheet") -> Path:
    """Write the page, and a picture for each item that is done.

    Args:
        root: Folder of the batch.
        items: The recaptures of a batch as they are now.
        name: Of the page, without its suffix.

    Returns:
        The page.
    """
    parts = []
    for planned in sorted(items, key=lambda planned: planned.task.item.line):
        if planned.state == "done":
            _write_picture(root, planned.task.name)
        parts.append(_section(planned))
    counts = {
        state: sum(planned.state == state for planned in items) for state in ("done", "quarantined", "run")
    }
    summary = f"{counts['done']} done, {counts['quarantined']} failed, {counts['run']} still to run"
    page = root / f"{name}.html"
    with written_whole(page) as path:
        head = _HEAD.format(title=escape(f"Batch {root.name}"), summary=summary)
        path.write_text(head + "\n".join(parts) + "\n", encoding="utf-8")
    return page


def _section(planned: PlannedTask) -> str:
    item = planned.task.item
    name, clip, move = escape(item.name), escape(item.clip.name), escape(item.move)
    title = f"<h2>{name}</h2><div>{clip}, {move}, seed {item.model_options.seed}</div>"
    if planned.state == "done":
        body = (
            '<div class="moments"><div class="columns"><span>source</span><span>guide</span><span>result</span></div>'
            f'<a href="{name}/result.mp4"><img src="{PICTURES}/{name}.jpg" alt="{name}" loading="lazy"></a></div>'
        )
    elif planned.state == "quarantined":
        body = f"<pre>{escape(planned.history.error)}</pre>"
    else:
        body = "<p>still to run</p>"
    return f"<section>{title}{body}</section>"


def _write_picture(root: Path, name: str) -> None:
    """A few moments of source, guide and result below one another, unless they are there."""
    import cv2
    import numpy as np

    from ..media import probe_video, read_frames, uniform_indices

    video, picture = root / name / "side_by_side.mp4", root / PICTURES / f"{name}.jpg"
    if picture.is_file() and picture.stat().st_mtime_ns >= video.stat().st_mtime_ns:
        return
    num_frames = probe_video(video).num_frames
    moments = uniform_indices(num_frames, min(_NUM_MOMENTS, num_frames))
    rows = np.concatenate(list(read_frames(video, moments).numpy()))
    if rows.shape[1] > _MAX_WIDTH:
        height = round(rows.shape[0] * _MAX_WIDTH / rows.shape[1])
        rows = cv2.resize(rows, (_MAX_WIDTH, height), interpolation=cv2.INTER_AREA)
    with written_whole(picture) as path:
        path.write_bytes(cv2.imencode(".jpg", rows[..., ::-1])[1].tobytes())
