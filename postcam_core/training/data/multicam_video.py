"""Takes of ReCamMaster's MultiCamVideo data set, in its folders as released."""

import re
from pathlib import Path
from typing import Any

import torch

from ...cameras import (
    check_rigid,
    crop_intrinsics,
    intrinsics_matrix,
    recammaster_c2w,
    recammaster_names,
    resize_intrinsics,
)
from ...errors import GeometryError
from ...geometry.files import read_json_object, read_text
from ...media import fit_frames, plan_fit, read_frames, video_from_uint8
from .takes import Take

SENSOR_MM = 23.76
"""Width and height of the sensor that all its clips were rendered with."""

_CAMERAS = "cameras/camera_extrinsics.json"
_FOCAL = re.compile(r"f(\d{1,3})_aperture.*", re.ASCII)
_CHUNK = 4  # frames that are floats at full size at once


class MultiCamVideo:
    """Scenes ``…/f18_aperture10/scene1`` with ``videos/cam01.mp4`` … and ``cameras/camera_extrinsics.json``.

    The focal length is that of the folder's name over a sensor of 23.76 mm; poses are in metres, the world is
    the first frame of the scene's first camera. Takes are the first frames of the videos, scaled to cover
    the size and cut out of the middle; there is no depth. A caption is taken from ``captions.json`` in the
    root (path of the video below the root → text), or else from a ``.txt`` beside the video.

    Args:
        root: A folder with such scenes anywhere below it: the data set, one of its parts, or a single scene's
            focal folder.
        height: Of the takes, in pixels.
        width: Of the takes, in pixels.
        num_frames: Of the takes.

    Raises:
        GeometryError: If there is no scene below the folder, or captions.json is no object of texts.
    """

    def __init__(self, root: str | Path, *, height: int, width: int, num_frames: int) -> None:
        self.root = Path(root)
        self.height, self.width, self.num_frames = height, width, num_frames
        self.description = "MultiCamVideo, first frames, scaled to cover and cut out of the middle"
        # By their videos, so that a scene that lost its cameras is counted among the broken ones.
        self._scenes = sorted(path.parent for path in self.root.rglob("videos") if path.is_dir())
        if not self._scenes:
            raise GeometryError(
                f"{self.root}",
                expected=f"folders f18_aperture10/scene1/ … with videos/cam01.mp4 and {_CAMERAS}",
                got="no such folder",
                todo="Give the folder that MultiCamVideo was unpacked into.",
            )
        self._captions = _read_captions(self.root / "captions.json")

    def __len__(self) -> int:
        """Number of scenes."""
        return len(self._scenes)

    def scene_name(self, index: int) -> str:
        """Path of the scene below the root."""
        return self._scenes[index].relative_to(self.root).as_posix()

    def take_names(self, index: int) -> tuple[str, ...]:
        """Names of the scene's videos."""
        return tuple(sorted(path.stem for path in (self._scenes[index] / "videos").glob("*.mp4")))

    def take(self, index: int, name: str) -> Take:
        """Read one camera's clip.

        Raises:
            MediaError: If the video cannot be read or is too short.
            GeometryError: If the file of cameras cannot be read or has fewer poses than frames, or the folder's
                name tells no focal length.
            CameraError: If the cameras are damaged or this one is missing.
        """
        folder = self._scenes[index]
        path = folder / "videos" / f"{name}.mp4"
        document = read_json_object(folder / _CAMERAS, todo="Unpack the scene again.")
        c2w = recammaster_c2w(document, name, origin=recammaster_names(document)[0])
        if len(c2w) < self.num_frames:
            raise GeometryError(
                f"{folder / _CAMERAS}",
                expected=f"poses of {self.num_frames} frames",
                got=f"{len(c2w)}",
                todo="Ask for fewer frames.",
            )
        check_rigid(c2w, name=f"c2w of {name}")
        pictures = read_frames(path, range(self.num_frames))
        num_frames, rows, columns, _ = pictures.shape
        fit = plan_fit(columns, rows, width=self.width, height=self.height, mode="cover")
        video = torch.cat([fit_frames(video_from_uint8(chunk), fit) for chunk in pictures.split(_CHUNK)])
        K = intrinsics_matrix(_focal_mm(folder) / SENSOR_MM * columns, width=columns, height=rows)
        K = crop_intrinsics(
            resize_intrinsics(K, scale_x=fit.scale_x, scale_y=fit.scale_y), left=fit.left, top=fit.top
        )
        return Take(
            name=name,
            video=video,
            c2w=c2w[:num_frames],
            K=K.expand(num_frames, 3, 3),
            caption=self._caption(path),
        )

    def _caption(self, path: Path) -> str | None:
        if caption := self._captions.get(path.relative_to(self.root).as_posix()):
            return caption
        beside = path.with_suffix(".txt")
        return read_text(beside).strip() or None if beside.is_file() else None


def _read_captions(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    todo = "Write {path of the video below this folder: caption}."
    captions = read_json_object(path, todo=todo)
    if wrong := [key for key, caption in captions.items() if not isinstance(caption, str)]:
        raise GeometryError(
            f"{path}",
            expected="a text for each video",
            got=f"{type(captions[wrong[0]]).__name__} for {wrong[0][:80]!r}",
            todo=todo,
        )
    return captions


def _focal_mm(scene: Path) -> int:
    """From the nearest folder above that names it."""
    for folder in scene.resolve().parents:
        if match := _FOCAL.fullmatch(folder.name):
            return int(match[1])
    raise GeometryError(
        f"{scene}",
        expected="a folder named like f18_aperture10 above the scene",
        got=scene.parent.name,
        todo="Keep the data set's own folders: the focal length stands in their names alone.",
    )
