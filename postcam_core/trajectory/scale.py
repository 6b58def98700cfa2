"""The scene scale that the released checkpoint was trained for."""

import math

from ..errors import TrajectoryError

# Length of the camera's way (metres) in the training set's 30° left arc, cam09 of its camera file.
_TRAINING_ARC_CHORD = 2.0577211958863635

MODEL_NEAREST_DEPTH = _TRAINING_ARC_CHORD / (2 * math.sin(math.radians(15)))
"""Nearest depth of the first frame in the checkpoint's unit, about 3.97521.

A 30° orbit about the nearest surface must be as long as the one in the training set: chord / (2 sin 15°).

Source:
    The scale calibration of the released inference code (zju3dv/PostCam), which measures both chords instead
    of dividing by the closed form.
"""


def model_scale(nearest_depth: float) -> float:
    """Factor from the unit of a scene to the checkpoint's unit, for depth and translations alike.

    Args:
        nearest_depth: Nearest depth of the first frame, in the scene's unit.

    Raises:
        TrajectoryError: If it is not a positive finite number.
    """
    if not (math.isfinite(nearest_depth) and nearest_depth > 0):
        raise TrajectoryError(
            "nearest depth of the first frame",
            expected="a positive finite number",
            got=f"{nearest_depth}",
            todo="Check that the first frame's depth has valid pixels.",
        )
    return MODEL_NEAREST_DEPTH / nearest_depth
