"""Files that a workflow may name: those inside the folders that ComfyUI grants, and the bundled clip."""

import os
from pathlib import Path

import folder_paths

from ...postcam_core.errors import PostCamError

BUNDLED_CLIP = "PostCam sample clip"
_BUNDLED_CLIP_FILE = Path(__file__).parents[2] / "assets" / "sample.mp4"


class FolderError(PostCamError):
    """A path outside the granted folders, or one that does not exist."""


def granted_path(name: str, *, what: str) -> Path:
    """The file or folder that ``name`` means, inside ComfyUI's input, output or temp folder.

    Args:
        name: Path relative to the input folder; ``name [output]`` and ``name [temp]`` choose the others.
        what: What the caller calls it, for the message.

    Raises:
        FolderError: If it leads out of the granted folders, through ``..``, an absolute path or a link, or
            if nothing is there.
    """
    plain, base = folder_paths.annotated_filepath(name.strip())
    base = base or folder_paths.get_input_directory()
    if not plain:
        raise FolderError(
            what,
            expected="a path inside ComfyUI's input folder",
            got="an empty text",
            todo="Enter its name, for example clips/shot.npz.",
        )
    path = os.path.join(base, plain)
    if not folder_paths.is_within_directory(base, path):
        raise FolderError(
            what,
            expected="a path inside ComfyUI's input folder",
            got=repr(name),
            todo="Copy it there, or add [output] or [temp] to name a file in those folders.",
        )
    if not os.path.exists(path):
        raise FolderError(
            what,
            expected="an existing file or folder in ComfyUI's input folder",
            got=repr(name),
            todo="Check the spelling and upload or copy it there.",
        )
    return Path(path)


def video_path(name: str) -> Path:
    """The video file that the loader's menu entry means."""
    return _BUNDLED_CLIP_FILE if name == BUNDLED_CLIP else granted_path(name, what="video file")


def video_menu() -> list[str]:
    """The videos in the input folder, after the bundled clip."""
    folder = folder_paths.get_input_directory()
    files = [entry.name for entry in os.scandir(folder) if entry.is_file()]
    return [BUNDLED_CLIP, *sorted(folder_paths.filter_files_content_types(files, ["video"]))]
