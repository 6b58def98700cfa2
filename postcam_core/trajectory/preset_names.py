"""Names of the presets, in the order in which lists show them. They are stored in workflows and never change."""

from typing import Literal, get_args

PresetName = Literal[
    "static",
    "x_down_30", "x_up_30", "y_left_30", "y_right_30", "zoom_in", "zoom_out",
    "pan_left", "pan_right", "tilt_up", "tilt_down", "roll_left", "roll_right",
    "truck_left", "truck_right", "pedestal_up", "pedestal_down", "dolly_in", "dolly_out",
    "arc_left", "arc_right", "arc_up", "arc_down", "crane_up", "crane_down",
    "spiral", "figure_eight", "handheld", "dolly_zoom",
    "lens_zoom_in", "lens_zoom_out",
]  # fmt: skip

PRESET_NAMES: tuple[str, ...] = get_args(PresetName)
