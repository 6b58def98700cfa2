"""The report of an evaluation: tables with spread, paired differences, and where to look."""

import math
from collections.abc import Mapping, Sequence

from .recaptures import INPAINTED, INPAINTED_OVER_TIME
from .scores import Scores
from .statistics import compare, methods_of, summarize

_COLUMNS = {
    "psnr": ("PSNR (dB)", 2),
    "psnr_holes": ("in holes (dB)", 2),
    "psnr_known": ("elsewhere (dB)", 2),
    "ssim": ("SSIM", 3),
    "rotation_deg": ("camera rotation error (°)", 2),
    "translation_share": ("camera way error (share)", 3),
    "lost_share": ("frames without camera (share)", 3),
    "seconds": ("seconds", 2),
}
_COMPARED = ("psnr", "psnr_holes", "ssim")
_BASELINES = (INPAINTED, INPAINTED_OVER_TIME)
_NUM_SHOWN = 5


def sheet_name(seed: int) -> str:
    """The file of a clip's contact sheet, relative to the folder of the evaluation."""
    return f"sheets/{seed}.png"


def strongest_baseline(scores: Sequence[Scores]) -> str | None:
    """The way to fill the guide's holes that comes closest to the truth there; None if none was tried."""
    tried = [method for method in methods_of(scores) if method in _BASELINES]
    return max(tried, key=lambda method: summarize(scores, method, "psnr_holes").mean, default=None)


def report_text(scores: Sequence[Scores], facts: Mapping[str, object]) -> str:
    """The report in Markdown, about the last method."""
    methods = methods_of(scores)
    subject, num_clips = methods[-1], len({row.seed for row in scores})
    holes, turned = summarize(scores, subject, "hole_share"), summarize(scores, subject, "turned_deg")
    lines = [
        f"# {subject} on {num_clips} held-out clips",
        "",
        f"The guide leaves {_number(100 * holes.mean, 1)} ± {_number(100 * holes.spread, 1)} % of a clip to be "
        f"invented. In the median clip the commanded camera is turned by {turned.median:.1f}° from the source's; "
        "within a clip that is the median over the frames.",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        "",
        "Mean ± standard deviation over the clips (median). Where clips are missing from a mean, because a score is "
        "infinite or does not exist, their number follows; medians count infinities.",
        "",
        f"| | {' | '.join(title for title, _ in _COLUMNS.values())} |",
        f"|---|{'---|' * len(_COLUMNS)}",
        *(f"| {method} | {' | '.join(_cells(scores, method, num_clips))} |" for method in methods),
        "",
        *_differences(scores, methods, subject),
        *_sheets(scores, subject),
    ]
    return "\n".join(lines) + "\n"


def _cells(scores: Sequence[Scores], method: str, num_clips: int) -> list[str]:
    cells = []
    for name, (_, digits) in _COLUMNS.items():
        summary = summarize(scores, method, name)
        mean, spread, median = (
            _number(value, digits) for value in (summary.mean, summary.spread, summary.median)
        )
        text = f"{mean} ± {spread} ({median})"
        cells.append(text if summary.num_finite == num_clips else f"{text}, {summary.num_finite} clips")
    return cells


def _number(value: float, digits: int, *, sign: str = "") -> str:
    return "–" if math.isnan(value) else f"{value:{sign}.{digits}f}"


def _differences(scores: Sequence[Scores], methods: Sequence[str], subject: str) -> list[str]:
    if len(methods) < 2:
        return []
    lines = [
        f"{subject} minus each other method, clip by clip: mean [95 % bootstrap interval], clips in which it is "
        f"better. Strongest baseline: {strongest_baseline(scores)}.",
        "",
        f"| | {' | '.join(_COLUMNS[name][0] for name in _COMPARED)} |",
        f"|---|{'---|' * len(_COMPARED)}",
    ]
    for other in methods[:-1]:
        cells = []
        for name in _COMPARED:
            d, digits = compare(scores, subject, other, name), _COLUMNS[name][1]
            mean, low, high = (_number(value, digits, sign="+") for value in (d.mean, d.low, d.high))
            cells.append(f"{mean} [{low}, {high}], {d.num_better} of {d.num_clips}")
        lines.append(f"| {other} | {' | '.join(cells)} |")
    return [*lines, ""]


def _sheets(scores: Sequence[Scores], subject: str) -> list[str]:
    """Pictures of the worst and the best clips, then the names of all others."""
    ranked = sorted((row for row in scores if row.method == subject), key=lambda row: row.psnr)
    worst = ranked[:_NUM_SHOWN]
    best = ranked[len(worst) :][-_NUM_SHOWN:][::-1]
    rest = ranked[len(worst) : len(ranked) - len(best)]
    lines = []
    for title, rows in (("Worst", worst), ("Best", best)):
        lines += [f"## {title}", "", *(f"![{row.seed}]({sheet_name(row.seed)})" for row in rows), ""]
    links = (f"[{row.seed}]({sheet_name(row.seed)})" for row in rest)
    return [*lines, "## The rest, from worst to best", "", ", ".join(links)]
