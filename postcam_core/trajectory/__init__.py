"""Camera moves: the document that stores them, the curves between its keys, and poses per frame."""

from .document import (
    Keyframe,
    KeyframePath,
    OrbitPath,
    PosesPath,
    PresetPath,
    TrajectoryDocument,
    Unit,
    build_document,
    document_schema,
    document_to_json,
    parse_document,
    preset_document,
)
from .files import read_trajectory_file
from .interpolation import KeyframeSamples, interpolate_keyframes, keyframe_rotation
from .orbit import orbit_c2w
from .preset_names import PRESET_NAMES, PresetName
from .presets import PRESETS, Preset, preset_path
from .recammaster import camera_names, parse_recammaster
from .scale import MODEL_NEAREST_DEPTH, model_scale
from .text_format import parse_text, text_from_document
from .times import sample_times
from .trajectory import Trajectory, sample_trajectory

__all__ = [
    "MODEL_NEAREST_DEPTH",
    "PRESETS",
    "PRESET_NAMES",
    "Keyframe",
    "KeyframePath",
    "KeyframeSamples",
    "OrbitPath",
    "PosesPath",
    "Preset",
    "PresetName",
    "PresetPath",
    "Trajectory",
    "TrajectoryDocument",
    "Unit",
    "build_document",
    "camera_names",
    "document_schema",
    "document_to_json",
    "interpolate_keyframes",
    "keyframe_rotation",
    "model_scale",
    "orbit_c2w",
    "parse_document",
    "parse_recammaster",
    "parse_text",
    "preset_document",
    "preset_path",
    "read_trajectory_file",
    "sample_times",
    "sample_trajectory",
    "text_from_document",
]
