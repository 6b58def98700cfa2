"""Which parameters a recipe trains."""

from fnmatch import fnmatchcase

from ..errors import TrainingError
from ..model import PostCamTransformer
from .recipes import Recipe

# The guide's keys and values: there from the start, unused until the guide is.
_STAGE_2_ONLY = ("blocks.*.cross_attn_cam.*_render.*",)


def select_trainable(model: PostCamTransformer, recipe: Recipe) -> None:
    """Freeze all parameters but the recipe's, in place.

    Raises:
        TrainingError: If a pattern of the recipe fits no parameter.
    """
    patterns = ("*",) if recipe.trainable == "all" else recipe.trainable
    names = [name for name, _ in model.named_parameters()]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise TrainingError(
                f"recipe {recipe.name}",
                expected="patterns that each fit some parameter of the model",
                got=f"{pattern!r}",
                todo="Use names such as blocks.*.self_attn.*",
            )
    frozen = _STAGE_2_ONLY if recipe.stage == 1 else ()
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(_fits(name, patterns) and not _fits(name, frozen))


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
