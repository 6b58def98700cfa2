"""Files that a workflow may name: those inside the folders that ComfyUI grants."""

import logging
import os
import shutil
from pathlib import Path

import folder_paths

from ...postcam_core.errors import PostCamError

SAMPLE_CLIP = "postcam_sample.mp4"
_ASSETS = Path(__file__).parents[2] / "assets"


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


def video_menu() -> list[str]:
    """The videos in the input folder."""
    return [path.name for path in videos_in(Path(folder_paths.get_input_directory()))]


def videos_in(folder: Path) -> list[Path]:
    """The videos in a folder, by name.

    Raises:
        FolderError: If it is no folder.
    """
    if not folder.is_dir():
        raise FolderError(
            "folder",
            expected="a folder",
            got=f"the file {folder.name}",
            todo="Name the folder that it is in.",
        )
    files = [entry.name for entry in os.scandir(folder) if entry.is_file()]
    return [folder / name for name in sorted(folder_paths.filter_files_content_types(files, ["video"]))]


def provide_sample_clip() -> None:
    """Put the bundled clip into the input folder unless it is there, as ComfyUI does with its example image.

    Only a file in that folder can be named by a workflow and shown by the page.
    """
    clip = Path(folder_paths.get_input_directory()) / SAMPLE_CLIP
    if clip.exists():
        return
    partial = clip.with_name(f".{SAMPLE_CLIP}.{os.getpid()}.tmp")
    try:
        shutil.copyfile(_ASSETS / "sample.mp4", partial)
        partial.replace(clip)
    except OSError as error:
        logging.getLogger(__name__).warning("PostCam: no sample clip in the input folder: %s", error)


def offer_mini_models(folder: Path = _ASSETS / "mini") -> None:
    """Make every loader list the bundled models; without them nothing is listed and nothing breaks.

    Their folders come last, so that a file of the same name in the user's own folders is the one that is loaded.

    Args:
        folder: Holds a folder for each of ComfyUI's kinds of models.
    """
    for kind in ("diffusion_models", "vae"):
        folder_paths.add_model_folder_path(kind, str(folder / kind))


def new_output_file(prefix: str, suffix: str) -> tuple[Path, dict[str, str]]:
    """A name that is free in ComfyUI's output folder, numbered as core's own saving nodes number theirs.

    Args:
        prefix: Folder and beginning of the name; %year% and the like are filled in as core does.
        suffix: End of the name, with its dot.

    Returns:
        The path, and how the page names it: file name, subfolder and type.

    Raises:
        FolderError: If it leads out of the output folder.
    """
    output = folder_paths.get_output_directory()
    name = os.path.normpath(prefix.strip() or "postcam")
    if not folder_paths.is_within_directory(output, os.path.join(output, name)):
        raise FolderError(
            "filename_prefix",
            expected="a path inside ComfyUI's output folder",
            got=repr(prefix),
            todo="Enter folder and name, for example trajectory/postcam.",
        )
    folder, stem, counter, subfolder, _ = folder_paths.get_save_image_path(name, output)
    path = Path(folder) / f"{stem}_{counter:05}_{suffix}"
    return path, {"filename": path.name, "subfolder": subfolder, "type": "output"}


def geometry_cache_folder() -> Path:
    """Where estimated geometry is kept between sessions; it may be deleted at any time."""
    return Path(folder_paths.get_user_directory()) / "postcam" / "geometry"


def scene_folder() -> Path:
    """Where scenes for the trajectory editor lie: the page may fetch what is in ComfyUI's temp folder."""
    return Path(folder_paths.get_temp_directory()) / "postcam_scene"


def temp_reference(path: Path) -> dict[str, str]:
    """How the page names something in the temp folder: the subfolder and type of its /view address."""
    return {"subfolder": path.relative_to(folder_paths.get_temp_directory()).as_posix(), "type": "temp"}


def model_file_mark(folder: str, name: str) -> str:
    """A mark of a model file that changes when another file takes its name."""
    stat = os.stat(folder_paths.get_full_path_or_raise(folder, name))
    return f"{name}:{stat.st_size}:{stat.st_mtime_ns}"
