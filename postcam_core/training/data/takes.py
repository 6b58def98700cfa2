"""What one camera filmed of a scene, and where such takes come from."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from ...geometry import SceneGeometry


@dataclass(frozen=True, kw_only=True, eq=False)
class Take:
    """One camera's clip of a scene. All takes of a scene show the same moments, in one world and unit.

    Attributes:
        name: Of the camera, as ``"cam03"``.
        video: Frames in [-1, 1].
        c2w: Poses, float64, OpenCV axes.
        K: Intrinsics in pixels of these frames.
        geometry: Depth of the frames with these same cameras; None where nobody measured it.
        caption: What the clip shows, in words.
    """

    name: str
    video: Float[Tensor, "frame 3 height width"]
    c2w: Float[Tensor, "frame 4 4"]
    K: Float[Tensor, "frame 3 3"]
    geometry: SceneGeometry | None = None
    caption: str | None = None


@runtime_checkable
class TakeSource(Protocol):
    """Scenes, each filmed by several cameras. Takes are read or rendered one at a time, when asked for.

    Attributes:
        height: Of all frames, in pixels.
        width: Of all frames, in pixels.
        num_frames: Of all takes.
        description: Where the takes come from and how they are cut, for the records of what was made of them.
    """

    height: int
    width: int
    num_frames: int
    description: str

    def __len__(self) -> int:
        """Number of scenes."""
        ...

    def scene_name(self, index: int) -> str:
        """Unique name of a scene; may contain slashes."""
        ...

    def take_names(self, index: int) -> tuple[str, ...]:
        """Names of a scene's cameras, sorted, those of unreadable clips included."""
        ...

    def take(self, index: int, name: str) -> Take:
        """One camera's clip.

        Raises:
            PostCamError: If it cannot be used.
            OSError: If a file cannot be read.
        """
        ...
