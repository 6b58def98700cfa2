"""Write the shared trajectory cases: what Python samples, for the editor's JavaScript to agree with.

``tests/web/cases/trajectories.json`` holds documents with the poses that Python gives; ``texts.json`` holds texts
that both must refuse or accept. Run it again after a change that is meant:

    python scripts/make_trajectory_cases.py
"""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

# The script's own folder is on the path, the repository is not.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trajectory_documents import (
    Fields,
    draw_around,
    draw_keyframes,
    draw_options,
    draw_orbit,
    draw_poses,
    draw_preset,
    draw_segments,
    shaking_camera,
)
from trajectory_texts import ACCEPTED, REFUSED

from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import PRESET_NAMES, SourceCameras, build_document, sample_trajectory

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "web" / "cases"

# name: frames, turn in degrees, seed, digits, nearest depth
SOURCES = {"one": (1, 0, 0, 12, 1.0), "walk": (21, 40, 1, 6, 2.5), "spin": (41, 500, 2, 12, 0.3)}
PRESET_AMOUNTS = (-1.0, 0.0, 0.5, 2.5, 20.0)


def main() -> None:
    """Write both files and say how large they are."""
    sources = {
        name: {"nearest_depth": depth, "c2w": shaking_camera(*camera)}
        for name, (*camera, depth) in SOURCES.items()
    }
    cameras = {name: _cameras(source) for name, source in sources.items()}
    sampled = [_sampled(case, cameras) for case in _cases()]
    refused = [_refused(case, cameras) for case in _refused_cases()]
    _write("trajectories.json", sources=sources, cases=sampled, refused=refused)
    _write("texts.json", refused=_named(REFUSED), accepted=_named(ACCEPTED))


def _cases() -> Iterator[Fields]:
    """Name, document's fields, number of frames, source."""
    yield from _preset_cases()
    yield from _orbit_cases()
    rng = random.Random(2025)
    draws = {
        "keyframes": lambda: draw_keyframes(rng),
        "around": lambda: draw_around(rng),
        "segments": lambda: draw_segments(rng, PRESET_NAMES),
        "poses": lambda: draw_poses(rng),
    }
    for kind, draw in draws.items():
        for i in range(16):
            yield {"name": f"{kind} {i}", "path": draw(), "num_frames": (1, 5, 9, 41, 81)[i % 5]}
    draws |= {"orbit": lambda: draw_orbit(rng), "preset": lambda: draw_preset(rng, PRESET_NAMES)}
    for i in range(60):
        kind = list(draws)[i % len(draws)]
        source = (None, *SOURCES)[i % 4]
        yield {
            "name": f"{kind} with options {i}",
            "path": draws[kind](),
            "num_frames": (1, 5, 41, 81, 21)[i % 5],
            "source": source,
            "options": draw_options(rng, has_source=source is not None),
        }


def _preset_cases() -> Iterator[Fields]:
    for name in PRESET_NAMES:
        yield {"name": name, "path": {"kind": "preset", "name": name}, "num_frames": 41}
        for amount in PRESET_AMOUNTS if name != "static" else ():
            path = {"kind": "preset", "name": name, "amount": amount}
            yield {"name": f"{name} {amount:g}", "path": path, "num_frames": 4}


def _orbit_cases() -> Iterator[Fields]:
    rng = random.Random(1975)
    for i in range(30):
        yield {"name": f"orbit {i}", "path": draw_orbit(rng), "num_frames": (1, 7, 41, 81)[i % 4]}
    # One key count after the other, wild enough that the spline needs most of its knots.
    for num_keys in (*range(4, 31), 77, 200):
        path = {
            "kind": "orbit",
            "pitch_deg": [round(rng.gauss(0, 20), 2) for _ in range(num_keys)],
            "yaw_deg": [0],
            "displacement": [1],
        }
        yield {"name": f"pitch through {num_keys} keys", "path": path, "num_frames": 41}


def _refused_cases() -> Iterator[Fields]:
    still = {"kind": "preset", "name": "static"}
    zoom = {"kind": "around", "unit": "nearest_depth", "pivot": [0, 0, 1], "focal_scale": 1e9}
    for relation in ("source_camera", "smoothed_source"):
        yield {"name": f"{relation} without one", "path": still, "options": {"relative_to": relation}}
    yield {
        "name": "focal scales beyond all numbers",
        "path": {"kind": "segments", "segments": [{"path": zoom}] * 100},
    }
    yield {"name": "no frames", "path": still, "num_frames": 0}


def _document(case: Fields) -> Fields:
    return {"format": "postcam-trajectory", "version": 1, "path": case["path"]} | case.get("options", {})


def _sampled(case: Fields, cameras: dict[str, SourceCameras]) -> Fields:
    num_frames, source = case["num_frames"], case.get("source")
    document = build_document(case["path"], **case.get("options", {}))
    trajectory = sample_trajectory(document, num_frames, source=cameras.get(source))
    frames = _stored_frames(num_frames)
    return {
        "name": case["name"],
        "document": _document(case),
        "num_frames": num_frames,
        "source": source,
        "unit": trajectory.unit,
        "source_index": trajectory.source_index.tolist(),
        "frames": frames,
        "c2w": [_short(pose) for pose in trajectory.c2w[frames, :3].flatten(1).tolist()],
        "focal_scale": _short(trajectory.focal_scale[frames].tolist()),
    }


def _refused(case: Fields, cameras: dict[str, SourceCameras]) -> Fields:
    num_frames = case.get("num_frames", 5)
    try:
        sample_trajectory(build_document(case["path"], **case.get("options", {})), num_frames)
    except TrajectoryError:
        return {"name": case["name"], "document": _document(case), "num_frames": num_frames}
    raise SystemExit(f"{case['name']} was meant to be refused")


def _stored_frames(num_frames: int) -> list[int]:
    """A few frames of long trajectories keep the file small."""
    if num_frames <= 5:
        return list(range(num_frames))
    return sorted({0, 1, num_frames * 3 // 10, num_frames // 2, num_frames - 2, num_frames - 1})


def _short(values: list[float]) -> list[float]:
    """No digits below 1e-13; adding zero turns −0.0 into 0.0."""
    return [round(value, 13) + 0.0 for value in values]


def _cameras(source: Fields) -> SourceCameras:
    c2w = torch.tensor(source["c2w"], dtype=torch.float64).unflatten(-1, (4, 4))
    return SourceCameras(c2w=c2w, nearest_depth=source["nearest_depth"])


def _named(texts: Fields) -> list[Fields]:
    return [{"name": name, "parts": parts} for name, parts in texts.items()]


def _write(name: str, **lists: Fields | list[Fields]) -> None:
    """One entry a line, so that a change shows where it is."""
    parts = []
    for key, entries in lists.items():
        pairs = entries.items() if isinstance(entries, dict) else ((None, entry) for entry in entries)
        lines = [
            (f"{json.dumps(label)}: " if label else "") + json.dumps(entry, separators=(",", ":"))
            for label, entry in pairs
        ]
        brackets = "{}" if isinstance(entries, dict) else "[]"
        parts.append(f'"{key}": {brackets[0]}\n' + ",\n".join(lines) + f"\n{brackets[1]}")
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
