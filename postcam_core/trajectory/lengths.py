"""Whether a trajectory and a clip belong together: one rule for guide, conditioning and command line."""

from ..errors import TrajectoryError
from .trajectory import Trajectory


def check_length(trajectory: Trajectory, num_source: int) -> None:
    """Refuse a trajectory that does not fit a clip.

    The new clip has as many frames as the source, unless the trajectory's document has a timing: that says which
    moment of the source each frame shows, whatever the two lengths are. The timing must have been laid over this clip.

    Args:
        trajectory: One made without a document is only kept from showing frames that are not there.
        num_source: Frames of the clip.

    Raises:
        TrajectoryError: With the numbers of frames and what to do.
    """
    document = trajectory.document
    if document is not None and document.timing is None and len(trajectory) != num_source:
        raise _error(
            expected=f"{num_source}, as many frames as the clip has",
            got=f"{len(trajectory)}",
            todo="Set num_frames to the number of frames of the clip. A longer or shorter shot needs a timing, "
            'e.g. the shot "slow down" of PostCam Trajectory; see docs/shots.md.',
        )
    if trajectory.num_source not in (None, num_source):
        raise _error(
            expected=f"a timing over the {num_source} frames of the clip",
            got=f"one over {trajectory.num_source}",
            todo="Connect the clip's images or geometry to the node that makes the trajectory.",
        )
    last = int(trajectory.source_index.max())
    if last >= num_source:
        raise _error(
            expected=f"at most {num_source} frames, as many as the clip has",
            got=f"{len(trajectory)} frames, which show source frame {last}",
            todo="Show frames of the clip alone: the last one is "
            f"{num_source - 1}. Set num_frames to the number of frames of the clip.",
        )


def _error(*, expected: str, got: str, todo: str) -> TrajectoryError:
    return TrajectoryError("num_frames of the trajectory", expected=expected, got=got, todo=todo)
