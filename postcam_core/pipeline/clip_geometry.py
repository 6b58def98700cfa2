"""Geometry for the frames of a clip: from a file, or estimated by a provider that needs no weights."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..geometry import SceneGeometry, ground_plane_geometry, load_npz, match_frames
from ..geometry.parallax import parallax_geometry
from ..media import video_from_uint8
from ..progress import ProgressFn, no_progress
from .source_clip import SourceClip


def load_clip_geometry(path: str | Path, clip: SourceClip) -> SceneGeometry:
    """Geometry from an npz, brought to the frames and the size of the clip.

    The file has one depth map for each frame of the clip, or for each of the video file that it was chosen from.
    Of a video of variable rate both can have the same number of frames, yet others: then it is taken as of the
    clip's, and a note says so.

    Raises:
        GeometryError: If the file cannot be read, or has another number of frames.
    """
    geometry = load_npz(path)
    # Not read by the guide, and as large as the depth.
    geometry = replace(geometry, confidence=None)
    if geometry.num_frames == clip.num_file_frames != len(clip):
        geometry = geometry.selected(clip.indices)
    elif geometry.num_frames == clip.num_file_frames and clip.indices != tuple(range(len(clip))):
        geometry = replace(geometry, notes=(*geometry.notes, _ambiguity(clip)))
    return match_frames(geometry, num_frames=len(clip), width=clip.width, height=clip.height)


def _ambiguity(clip: SourceClip) -> str:
    furthest = max(abs(shown - index) for index, shown in enumerate(clip.indices))
    return (
        f"its {len(clip)} depth maps are taken as of the frames that are used: the video's rate varies, so that these "
        f"are up to {furthest} frames off those of the file. If it was made from the file's frames, make the video's "
        "rate constant first"
    )


def estimate_geometry(
    clip: SourceClip, provider: str = "parallax", *, progress: ProgressFn = no_progress
) -> SceneGeometry:
    """Geometry by one of :data:`PROVIDERS`, whose needs in time and memory grow with the clip."""
    return replace(PROVIDERS[provider](clip, progress), confidence=None)


def _parallax(clip: SourceClip, progress: ProgressFn) -> SceneGeometry:
    return parallax_geometry(video_from_uint8(clip.frames), progress=progress)


def _ground_plane(clip: SourceClip, progress: ProgressFn) -> SceneGeometry:
    return ground_plane_geometry(len(clip), clip.height, clip.width)


PROVIDERS: dict[str, Callable[[SourceClip, ProgressFn], SceneGeometry]] = {
    "parallax": _parallax,
    "ground_plane": _ground_plane,
}
"""By name: depth and cameras from the camera's own movement; flat ground, a far wall and a still camera."""
