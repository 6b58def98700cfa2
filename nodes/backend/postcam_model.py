"""What the nodes ask of a MODEL before they use it."""

from typing import Any

from ...postcam_core.errors import PostCamError
from .native import PostCamBaseModel


class ModelError(PostCamError):
    """A MODEL that is no PostCam."""


def guide_scale_of(model: Any) -> float:
    """Size at which a MODEL sees the guide, as its checkpoint says.

    Raises:
        ModelError: If the model is another one.
    """
    return checked(model).guide_scale


def checked(model: Any) -> PostCamBaseModel:
    """The PostCam inside a MODEL.

    Raises:
        ModelError: If the model is another one.
    """
    if not isinstance(model.model, PostCamBaseModel):
        raise ModelError(
            "model",
            expected="a PostCam model",
            got=type(model.model).__name__,
            todo="Load it with PostCam Load Model.",
        )
    return model.model
