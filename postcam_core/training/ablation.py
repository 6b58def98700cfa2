"""Is the design worth it? Models that differ in one thing each, trained alike and measured on held-out pairs."""

import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from jaxtyping import Float
from torch import Tensor, nn

from ..errors import OperationCancelled, TrainingError
from ..model import KeysValues, PostCamConfig, PostCamTransformer, sdpa
from ..model.attention import AttentionFn
from ..model.layers import LayerFactory
from ..model.query_shared import QuerySharedAttention
from ..model.rope import RotaryTable, rotate
from ..progress import ProgressFn, no_progress
from ..whole_files import written_whole
from .checkpoints import recipe_values, weights_of
from .data.pairs import PairDataset
from .held_out import HeldOutResult, measure
from .loop import FINISHED, train
from .recipes import Recipe
from .sample_pair import DecodeFn
from .start import starting_model


class GuideOnlyAttention(QuerySharedAttention):
    """Hears the guide alone."""

    def forward(
        self,
        target: Float[Tensor, "batch token dim"],
        rope: RotaryTable,
        *,
        pose: KeysValues,
        guide: KeysValues | None,
    ) -> Float[Tensor, "batch token dim"]:
        """Ask the guide in the pose's place."""
        return super().forward(target, rope, pose=guide, guide=None)


class SeparateAttention(QuerySharedAttention):
    """Two attentions, each with its own query, softmax and output, whose answers are added."""

    def __init__(self, dim: int, num_heads: int, *, layers: LayerFactory, attention: AttentionFn) -> None:
        super().__init__(dim, num_heads, layers=layers, attention=attention)
        self.q_render, self.o_render = layers.linear(dim, dim), layers.linear(dim, dim)
        self.norm_q_render, self.norm_k_render = layers.rms_norm(dim), layers.rms_norm(dim)

    def guide_keys_values(self, guide: Float[Tensor, "batch guide dim"], rope: RotaryTable) -> KeysValues:
        """Keys with a norm of their own."""
        keys = rotate(self.norm_k_render(self.k_render(guide)), rope, self.num_heads)
        return KeysValues(keys=keys, values=self.v_render(guide))

    def forward(
        self,
        target: Float[Tensor, "batch token dim"],
        rope: RotaryTable,
        *,
        pose: KeysValues,
        guide: KeysValues | None,
    ) -> Float[Tensor, "batch token dim"]:
        """Ask the pose, ask the guide, add."""
        answer = super().forward(target, rope, pose=pose, guide=None)
        if guide is None:
            return answer
        queries = rotate(self.norm_q_render(self.q_render(target)), rope, self.num_heads)
        return answer + self.o_render(self.attention(queries, guide.keys, guide.values, self.num_heads))


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One of the models that are compared.

    Attributes:
        name: For folders and tables.
        words: For people.
        stages: What it is trained in, with equal shares of the steps.
        attention: What hears pose and guide.
    """

    name: str
    words: str
    stages: tuple[int, ...]
    attention: type[QuerySharedAttention] = QuerySharedAttention

    def build(self, config: PostCamConfig) -> PostCamTransformer:
        """The model with this attention in every block."""
        model = PostCamTransformer(config)
        layers = LayerFactory(operations=nn, eps=config.eps, device=None, dtype=None)
        for block in model.blocks:
            block.cross_attn_cam = self.attention(config.dim, config.num_heads, layers=layers, attention=sdpa)
        return model

    def recipes(self, stage_1: Recipe, stage_2: Recipe, *, num_steps: int, seed: int) -> list[Recipe]:
        """What to train in turn, ``num_steps`` steps in all, from random weights.

        The guided start is made for one shared query; it would be a lead for that alone.
        """
        chosen = [
            replace({1: stage_1, 2: stage_2}[stage], seed=seed, start="random") for stage in self.stages
        ]
        shares = [num_steps // len(chosen)] * len(chosen)
        shares[-1] = num_steps - sum(shares[:-1])
        recipes = [replace(x, num_steps=share) for x, share in zip(chosen, shares, strict=True)]
        recipes[0] = replace(recipes[0], requires=None)
        if self.attention is GuideOnlyAttention:
            recipes = [replace(recipe, guide_dropout=0.0) for recipe in recipes]
        return recipes


ARMS = (
    Arm(name="pose_only", words="pose only", stages=(1,)),
    Arm(name="guide_only", words="guide only", stages=(2,), attention=GuideOnlyAttention),
    Arm(name="shared_query", words="pose + guide, one shared query and softmax", stages=(1, 2)),
    Arm(
        name="separate",
        words="pose + guide, two attentions added",
        stages=(1, 2),
        attention=SeparateAttention,
    ),
    Arm(name="stage_2_from_scratch", words="shared query, stage 2 from scratch", stages=(2,)),
)


def ablate(
    stage_1: Recipe,
    stage_2: Recipe,
    train_pairs: PairDataset,
    held_out: PairDataset,
    folder: Path,
    *,
    num_steps: int,
    num_seeds: int = 3,
    decode: DecodeFn | None = None,
    progress: ProgressFn = no_progress,
) -> dict[str, list[HeldOutResult]]:
    """Train and measure every arm with every seed. What the folder already holds is not done again.

    Args:
        stage_1: Recipe of the stage without guide.
        stage_2: Recipe of the stage with it.
        train_pairs: To learn from.
        held_out: To measure with; of other scenes.
        folder: Of the results: one folder per arm and seed with the runs, ``result.json`` and the weights.
        num_steps: Of every arm, over all its stages.
        num_seeds: Of how many runs the spread is taken.
        decode: Also compare sampled videos, see :func:`.held_out.measure`.
        progress: Called after each step with ``(done, total)`` over all arms and seeds.

    Returns:
        The results by the arm's name, one per seed.

    Raises:
        TrainingError: If there is nothing to train, or results in the folder are of other recipes.
        OperationCancelled: If a signal asked to stop; call again to go on.
    """
    if num_seeds < 1:
        raise TrainingError("seeds", expected="1 at least", got=f"{num_seeds}", todo="Three show a spread.")
    total = len(ARMS) * num_seeds * num_steps
    results: dict[str, list[HeldOutResult]] = {arm.name: [] for arm in ARMS}
    done = 0
    # Seeds outside, so that a first comparison of all arms is there early.
    for seed in range(num_seeds):
        for arm in ARMS:
            recipes = arm.recipes(stage_1, stage_2, num_steps=num_steps, seed=seed)
            place = folder / arm.name / f"seed_{seed}"
            result = _earlier_result(place / "result.json", recipes)
            if result is None:
                report = _shifted(progress, done, total)
                weights = _train_in_turn(arm, recipes, train_pairs, place, report)
                model = starting_model(replace(recipes[-1], requires=None), weights, arm.build)
                result = measure(model, held_out, recipes[-1], decode=decode)
                _finish(place, recipes, result, weights)
            results[arm.name].append(result)
            done += num_steps
            progress(done, total)
    return results


def _train_in_turn(
    arm: Arm, recipes: list[Recipe], pairs: PairDataset, place: Path, progress: ProgressFn
) -> Path:
    """The weights after the last stage."""
    weights, done = None, 0
    for recipe in recipes:
        outcome = train(
            recipe,
            pairs,
            place / f"stage_{recipe.stage}",
            initial=weights,
            progress=_shifted(progress, done, 0),
            build=arm.build,
        )
        if outcome.why != FINISHED:
            raise OperationCancelled
        weights = weights_of(outcome.checkpoint)
        done += recipe.num_steps
    return weights


def _shifted(progress: ProgressFn, before: int, total: int) -> ProgressFn:
    return lambda done, _: progress(before + done, total)


def _earlier_result(path: Path, recipes: list[Recipe]) -> HeldOutResult | None:
    if not path.is_file():
        return None
    values = json.loads(path.read_text(encoding="utf-8"))
    if values["recipes"] != [recipe_values(recipe) for recipe in recipes]:
        raise TrainingError(
            f"{path}",
            expected="a result of these recipes",
            got="one of others",
            todo="Use another folder, or the same steps and settings as before.",
        )
    result = values["result"]
    return HeldOutResult(**{**result, "losses": tuple(result["losses"])})


def _finish(place: Path, recipes: list[Recipe], result: HeldOutResult, weights: Path) -> None:
    """Keep the weights, write the result, and make room: a run's optimizer is of no use any more."""
    shutil.copyfile(weights, place / "model.safetensors")
    values = {"recipes": [recipe_values(recipe) for recipe in recipes], "result": asdict(result)}
    with written_whole(place / "result.json") as path:
        path.write_text(json.dumps(values, indent=1), encoding="utf-8")
    for checkpoints in place.glob("stage_*/checkpoints"):
        shutil.rmtree(checkpoints)
