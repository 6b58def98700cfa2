"""What a batch consists of: items as the manifest describes them, and the tasks that workers get."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

Provider: TypeAlias = Literal["parallax", "ground_plane"]
Selection: TypeAlias = Literal["true_rate", "uniform"]


@dataclass(frozen=True, kw_only=True)
class ClipOptions:
    """How a clip is read, and where its depth comes from: what all moves of a clip may share.

    Attributes:
        size: Width and height of the result; None leaves it to the pipeline.
        num_frames: How many frames of the clip; None takes all.
        selection: Consecutive frames, or frames spread over the whole clip.
        geometry: File with depth and cameras; None estimates them.
        provider: Who estimates.
    """

    size: tuple[int, int] | None = None
    num_frames: int | None = None
    selection: Selection = "true_rate"
    geometry: Path | None = None
    provider: Provider = "parallax"


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """How the model samples; None is what the model's file says.

    Attributes:
        seed: Of the noise.
        steps: Of the solver.
        cfg: Strength of the guidance by text.
        shift: Of the schedule.
        window: Frames that the model sees at a time.
        overlap: Frames that neighbouring windows share.
        background_memory: Whether the guide shows what other frames saw of the background.
        keep_seen: Share of the guide's own pixels in the result where it has some.
        prompt: What the clip shows.
        negative: What it shall not show.
    """

    seed: int = 0
    steps: int | None = None
    cfg: float | None = None
    shift: float | None = None
    window: int = 41
    overlap: int = 12
    background_memory: bool = False
    keep_seen: float = 0.0
    prompt: str = ""
    negative: str = ""


@dataclass(frozen=True, kw_only=True)
class BatchItem:
    """One line of a manifest: a clip and a move.

    Attributes:
        name: Of the result's folder.
        line: In the manifest, from 1.
        clip: The video file.
        move: Name of the move, for people.
        trajectory: The move's document as compact JSON.
        clip_options: How the clip is read.
        model_options: How the model samples.
    """

    name: str
    line: int
    clip: Path
    move: str
    trajectory: str
    clip_options: ClipOptions = ClipOptions()
    model_options: ModelOptions = ModelOptions()


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one worker does at a time: estimate the geometry of a clip, or recapture an item.

    Attributes:
        name: Unique in the batch; an item's own, or ``geometry/<key>``.
        kind: Which of the two.
        key: Says what the result is made from: another key is another result.
        item: The item; for a geometry the first one that needs it.
        clip_key: Of the clip and how it is read: tasks that share it go to one worker where that saves time.
        geometry: File with the geometry that the item needs; None where the worker makes its own.
        needs: Name of the task that makes that file, if there is one.
    """

    name: str
    kind: Literal["geometry", "recapture"]
    key: str
    item: BatchItem
    clip_key: str
    geometry: Path | None = None
    needs: str | None = None


GEOMETRY_FILE = "geometry.npz"
"""What a geometry task leaves in its folder."""

VIDEOS = ("result.mp4", "guide.mp4", "side_by_side.mp4")
"""What a recapture leaves in its folder; a worker may add other files."""


class Runner(Protocol):
    """Does tasks, one after another, in a worker's process."""

    def __call__(self, task: Task, folder: Path) -> None:
        """Write the results of a task into an existing empty folder."""
        ...
