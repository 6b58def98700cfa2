"""Camera moves: the document that stores them, the curves between its keys, and poses per frame."""

from .document import (
    RelativeTo,
    TrajectoryDocument,
    build_document,
    document_schema,
    document_to_json,
    parse_document,
    preset_document,
)
from .export import camera_arrays, document_of, poses_in, recammaster_text, target_intrinsics, w2c_text
from .export_files import SUFFIXES, ExportFormat, SourceClip, save_trajectory
from .fields import Ease, Unit
from .files import read_trajectory_file
from .interpolation import interpolate_keyframes, keyframe_rotation
from .lengths import check_length
from .orbit import orbit_c2w
from .pace import Pace
from .paths import (
    AroundPath,
    Keyframe,
    KeyframePath,
    OrbitPath,
    PosesPath,
    PresetPath,
    Segment,
    SegmentsPath,
)
from .preset_names import PRESET_NAMES, PresetName
from .presets import PRESETS, Preset, preset_path
from .recammaster import camera_names, parse_recammaster
from .samples import PathSamples
from .scale import MODEL_NEAREST_DEPTH, model_scale
from .shots import (
    SHOT_NAMES,
    ShotName,
    cloned_camera,
    dolly_zoom,
    following,
    frozen,
    lens_zoom,
    reversed_in_time,
    share_of_second,
    slow_num_frames,
    stabilised,
    starting_at,
    stretched,
    with_shot,
)
from .source import SourceCameras
from .text_format import parse_text, text_from_document
from .times import sample_times
from .timing import TimingKey
from .trajectory import Trajectory, sample_trajectory

__all__ = [
    "MODEL_NEAREST_DEPTH",
    "PRESETS",
    "PRESET_NAMES",
    "SHOT_NAMES",
    "SUFFIXES",
    "AroundPath",
    "Ease",
    "ExportFormat",
    "Keyframe",
    "KeyframePath",
    "OrbitPath",
    "Pace",
    "PathSamples",
    "PosesPath",
    "Preset",
    "PresetName",
    "PresetPath",
    "RelativeTo",
    "Segment",
    "SegmentsPath",
    "ShotName",
    "SourceCameras",
    "SourceClip",
    "TimingKey",
    "Trajectory",
    "TrajectoryDocument",
    "Unit",
    "build_document",
    "camera_arrays",
    "camera_names",
    "check_length",
    "cloned_camera",
    "document_of",
    "document_schema",
    "document_to_json",
    "dolly_zoom",
    "following",
    "frozen",
    "interpolate_keyframes",
    "keyframe_rotation",
    "lens_zoom",
    "model_scale",
    "orbit_c2w",
    "parse_document",
    "parse_recammaster",
    "parse_text",
    "poses_in",
    "preset_document",
    "preset_path",
    "read_trajectory_file",
    "recammaster_text",
    "reversed_in_time",
    "sample_times",
    "sample_trajectory",
    "save_trajectory",
    "share_of_second",
    "slow_num_frames",
    "stabilised",
    "starting_at",
    "stretched",
    "target_intrinsics",
    "text_from_document",
    "w2c_text",
    "with_shot",
]
