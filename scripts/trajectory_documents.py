"""Documents for the shared trajectory cases: of every kind, drawn with seeds, some of them wild."""

import random
from typing import Any

import torch

from postcam_core.cameras import relative_to, rigid_exp

Fields = dict[str, Any]

EASES = ("linear", "ease_in", "ease_out", "ease_in_out")
INTERPOLATIONS = ("spline", "spline", "linear", "hold")


def rounded(values: list[float], digits: int = 4) -> list[float]:
    """Numbers that are short in JSON."""
    return [round(value, digits) for value in values]


def draw_orbit(rng: random.Random) -> Fields:
    """Lines of different lengths. From four keys on a spline joins them, from five on it smooths."""

    def line(centre: float, spread: float) -> list[float]:
        num_keys = rng.choice([1, 2, 3, 4, 5, 6, 8, 12, 17, 23, 30])
        walk, values = rng.random() < 0.4, [centre]
        while len(values) < num_keys:
            values.append((values[-1] if walk else centre) + rng.gauss(0, spread))
        return rounded(values)

    return {
        "kind": "orbit",
        "pitch_deg": line(0.0, rng.choice([3, 30, 300])),
        "yaw_deg": line(0.0, rng.choice([3, 30, 3000])),
        "displacement": line(1.0, rng.choice([0.3, 5, 500])),
    }


def draw_keyframes(rng: random.Random, unit: str | None = None) -> Fields:
    """Up to seven keys; angles between neighbours stay clear of half a turn, where the side is not defined."""
    num_keys = rng.randint(1, 7)
    times = sorted(rng.sample([i / 40 for i in range(41)], num_keys))
    size = rng.choice([0.3, 1, 50])

    def key(time: float) -> Fields:
        fields: Fields = {"time": time, "position": rounded([rng.gauss(0, size) for _ in range(3)])}
        optional: Fields = {
            "pan_deg": round(rng.uniform(-70, 70), 3),
            "tilt_deg": round(rng.uniform(-20, 20), 3),
            "roll_deg": round(rng.uniform(-15, 15), 3),
            "focal_scale": round(2 ** rng.uniform(-2, 2), 4),
            "interpolation": rng.choice(INTERPOLATIONS),
        }
        return fields | {name: value for name, value in optional.items() if rng.random() < 0.8}

    return {
        "kind": "keyframes",
        "unit": unit or rng.choice(["nearest_depth", "model", "scene"]),
        "keyframes": [key(time) for time in times],
    }


def draw_around(rng: random.Random, unit: str | None = None) -> Fields:
    """An orbit about a point, at times by more than a whole turn."""
    return {
        "kind": "around",
        "unit": unit or rng.choice(["nearest_depth", "model", "scene"]),
        "pivot": rounded([rng.gauss(0, 1), rng.gauss(0, 1), rng.uniform(0.2, 5)]),
        "yaw_deg": round(rng.gauss(0, rng.choice([20, 400])), 3),
        "pitch_deg": round(rng.gauss(0, rng.choice([20, 400])), 3),
        "roll_deg": round(rng.choice([0, rng.gauss(0, 60)]), 3),
        "distance": round(2 ** rng.uniform(-3, 3), 4),
        "focal_scale": round(2 ** rng.uniform(-2, 2), 4),
    }


def draw_preset(rng: random.Random, names: tuple[str, ...]) -> Fields:
    """One of the presets, mirrored half of the time."""
    return {"kind": "preset", "name": rng.choice(names), "amount": round(rng.uniform(-3, 3), 3)}


def draw_segments(rng: random.Random, presets: tuple[str, ...]) -> Fields:
    """One to five moves of any kind in a row."""
    moves = (
        lambda: draw_preset(rng, presets),
        lambda: draw_orbit(rng),
        lambda: draw_keyframes(rng, "nearest_depth"),
        lambda: draw_around(rng, "nearest_depth"),
    )

    def segment() -> Fields:
        optional: Fields = {
            "duration": round(10 ** rng.uniform(-1, 1), 3),
            "ease": rng.choice(EASES),
            "scale": round(2 ** rng.uniform(-2, 2), 3),
        }
        return {"path": rng.choice(moves)()} | {k: v for k, v in optional.items() if rng.random() < 0.8}

    return {"kind": "segments", "segments": [segment() for _ in range(rng.randint(1, 5))]}


def draw_poses(rng: random.Random) -> Fields:
    """A wandering camera, its poses stored with six digits or with all of them."""
    num_poses = rng.choice([1, 2, 5, 9])
    c2w = torch.eye(4, dtype=torch.float64).repeat(num_poses, 1, 1)
    for i in range(1, num_poses):
        step = torch.tensor([rng.gauss(0, 0.5) for _ in range(6)], dtype=torch.float64)
        c2w[i] = c2w[i - 1] @ rigid_exp(step)
    path: Fields = {
        "kind": "poses",
        "unit": rng.choice(["nearest_depth", "model", "scene"]),
        "c2w": [rounded(pose, rng.choice([6, 12])) for pose in c2w.flatten(1).tolist()],
    }
    if rng.random() < 0.6:
        path["focal_scale"] = rounded([2 ** rng.uniform(-2, 2) for _ in range(num_poses)])
    return path


def draw_options(rng: random.Random, *, has_source: bool) -> Fields:
    """Pace, timing and relation to the source, each of them half of the time."""
    options: Fields = {}
    if rng.random() < 0.5:
        start, end = sorted(rng.sample([i / 40 for i in range(41)], 2))
        options["pace"] = {"start": start, "end": end, "ease": rng.choice(EASES)}
    if rng.random() < 0.5:
        times = sorted(rng.sample([i / 40 for i in range(41)], rng.randint(1, 5)))
        options["timing"] = [{"time": time, "source": round(rng.random(), 3)} for time in times]
    if has_source:
        options["relative_to"] = rng.choice(["first_frame", "source_camera", "smoothed_source"])
        options["smoothing_frames"] = rng.choice([0.01, 0.4, 2, 8, 30, 77.7])
    return options


def shaking_camera(num_frames: int, turn_deg: float, seed: int, digits: int) -> list[list[float]]:
    """A camera that walks ahead, turns and trembles: c2w relative to its first frame, row by row.

    Stored with few digits its rotations are a little off, as those of real files are.
    """
    generator = torch.Generator().manual_seed(seed)
    walk = torch.linspace(0, 1, num_frames, dtype=torch.float64)[:, None] * torch.tensor(
        [0.3, -0.1, 2, 0, torch.pi * turn_deg / 180, 0.1], dtype=torch.float64
    )
    shake = 0.01 * torch.randn(num_frames, 6, dtype=torch.float64, generator=generator)
    c2w = rigid_exp(walk) @ rigid_exp(shake)
    return [rounded(pose, digits) for pose in relative_to(c2w, c2w[0]).flatten(1).tolist()]
