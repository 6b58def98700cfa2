"""Edge-aware smoothing and filling: what is known spreads along surfaces and stops at edges of the picture."""

import numpy as np

_NUM_ROUNDS = 4


def spread_known(
    values: np.ndarray, information: np.ndarray, guide: np.ndarray, *, strength: float, edge: float
) -> np.ndarray:
    """Values ``[frame, height, width]`` that stay near the known ones and change only where the guide does.

    Args:
        values: Whatever is to be completed; ignored where there is no information.
        information: Weight of each value, at least 0.
        guide: The pictures, uint8 ``[frame, height, width, 3]``.
        strength: Smoothness against information.
        edge: Difference of neighbouring pixels, in grey levels over the three colours, at which smoothness
            falls to 1/e.

    Source:
        Min et al., Fast Global Image Smoothing Based on Weighted Least Squares, TIP 2014: alternating exact
        solutions along rows and columns. Differs: values are weighted by their information.
    """
    weighted, weight = spread_planes(
        np.stack([values * information, information]), guide, strength=strength, edge=edge
    )
    return weighted / np.maximum(weight, 1e-20)


def spread_planes(planes: np.ndarray, guide: np.ndarray, *, strength: float, edge: float) -> np.ndarray:
    """The filter of :func:`spread_known` by itself, ``[plane, frame, height, width]``; sums are kept."""
    # Lines are solved side by side: the axis to walk along comes first.
    planes = planes.astype(np.float32)
    along_rows = _links(guide.transpose(2, 0, 1, 3), edge)
    along_columns = _links(guide.transpose(1, 0, 2, 3), edge)
    for step in range(_NUM_ROUNDS):
        # The published schedule: every round smooths a quarter as much as the one before it.
        share = strength * 1.5 * 4 ** (_NUM_ROUNDS - step - 1) / (4**_NUM_ROUNDS - 1)
        planes = _smooth(planes.transpose(3, 0, 1, 2), share * along_rows).transpose(1, 2, 3, 0)
        planes = _smooth(planes.transpose(2, 0, 1, 3), share * along_columns).transpose(1, 2, 0, 3)
    return planes


def _links(guide: np.ndarray, edge: float) -> np.ndarray:
    """How firmly neighbours along the first axis hold together, 1e-4 to 1."""
    difference = np.abs(np.diff(guide.astype(np.int16), axis=0)).sum(axis=-1)
    return np.maximum(np.exp(difference.astype(np.float32) / -edge), 1e-4)


def _smooth(values: np.ndarray, link: np.ndarray) -> np.ndarray:
    """Solve (1 + links) u = values + links · neighbours along the first axis: the Thomas algorithm."""
    length = len(values)
    solution, ratio = np.ascontiguousarray(values), np.empty_like(link)
    ratio[0] = link[0] / (1 + link[0])
    solution[0] /= 1 + link[0]
    for i in range(1, length):
        before, after = link[i - 1], link[i] if i < length - 1 else 0
        scale = 1 / (1 + before * (1 - ratio[i - 1]) + after)
        solution[i] = (solution[i] + before * solution[i - 1]) * scale
        if i < length - 1:
            ratio[i] = after * scale
    for i in range(length - 2, -1, -1):
        solution[i] += ratio[i] * solution[i + 1]
    return solution
