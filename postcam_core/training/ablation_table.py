"""The ablation's results for people: a table, the same as CSV, and bars."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev

from ..geometry.report_drawing import write_picture
from ..whole_files import written_whole
from .ablation import ARMS
from .curves import bar_chart
from .held_out import NOISE_LEVELS, HeldOutResult


def write_ablation(folder: Path, results: Mapping[str, Sequence[HeldOutResult]]) -> str:
    """Write ``ablation.md``, ``ablation.csv`` and ``ablation.png``.

    Returns:
        The table in Markdown.
    """
    header = ["arm", "loss", *(f"loss at t = {level:g}" for level in NOISE_LEVELS)]
    has_psnr = all(result.psnr_db is not None for runs in results.values() for result in runs)
    if has_psnr:
        header.append("PSNR (dB)")
    rows = []
    for arm in ARMS:
        runs = results[arm.name]
        columns = [[run.loss for run in runs], *zip(*(run.losses for run in runs), strict=True)]
        cells = [_cell(column, digits=4) for column in columns]
        if has_psnr:
            cells.append(_cell([run.psnr_db for run in runs], digits=2))
        rows.append([arm.words, *cells])
    lines = [header, ["---"] * len(header), *rows]
    count = min(len(runs) for runs in results.values())
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    pairs = next(iter(results.values()))[0].num_pairs
    table += f"\n\nMean ± standard deviation over {count} seeds; {pairs} held-out pairs.\n"
    _write_text(folder / "ablation.md", table)
    _write_text(folder / "ablation.csv", _csv(results))
    chart = bar_chart(
        [arm.words for arm in ARMS],
        [[run.loss for run in results[arm.name]] for arm in ARMS],
        title="held-out loss: bars are means, dots are seeds",
    )
    write_picture(folder / "ablation.png", chart)
    return table


def _cell(values: Sequence[float], *, digits: int) -> str:
    spread = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{mean(values):.{digits}f}{spread}"


def _csv(results: Mapping[str, Sequence[HeldOutResult]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["arm", "seed", "loss", *(f"loss_{level:g}" for level in NOISE_LEVELS), "psnr_db", "pairs"]
    )
    for name, runs in results.items():
        for seed, run in enumerate(runs):
            psnr = "" if run.psnr_db is None else run.psnr_db
            writer.writerow([name, seed, run.loss, *run.losses, psnr, run.num_pairs])
    return text.getvalue()


def _write_text(path: Path, text: str) -> None:
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
