"""The errors that a caller may see. Each says what was expected, what came, and what to do."""


class PostCamError(ValueError):
    """Base of all errors raised for bad input.

    Args:
        what: The thing at fault, as the user knows it: ``"depth of frame 3"``.
        expected: What it should have been.
        got: What it was, with the value where it is short.
        todo: What the user can do about it, as a full sentence.
    """

    def __init__(self, what: str, *, expected: str, got: str, todo: str) -> None:
        super().__init__(f"{what}: expected {expected}, got {got}. {todo}")
        self.what, self.expected, self.got, self.todo = what, expected, got, todo


class MediaError(PostCamError):
    """A video or image file that cannot be used."""


class CameraError(PostCamError):
    """Poses or intrinsics that describe no real camera."""


class TrajectoryError(PostCamError):
    """A trajectory that cannot be read or sampled."""


class GeometryError(PostCamError):
    """Depth, poses or intrinsics that do not fit together."""


class ShapeError(PostCamError):
    """Tensors whose shapes or value ranges do not fit a function."""


class CheckpointError(PostCamError):
    """A weights file that cannot be read or belongs to another model."""


class BrokenClip(PostCamError):
    """A training clip or pair that cannot be used; training goes on with the next one and reports it."""


class TrainingError(PostCamError):
    """A recipe, start or continuation of a training run that makes no sense."""


class ManifestError(PostCamError):
    """A line of a batch manifest that describes no recapture."""


class BatchError(PostCamError):
    """A batch that cannot start or go on, or that ended with failures."""


class OperationCancelled(Exception):
    """Raised by a progress callback to stop a long operation between two steps."""
