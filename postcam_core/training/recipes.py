"""How models are trained: recipes that derive from one another."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

from ..errors import TrainingError
from ..model import PostCamConfig

Requirement: TypeAlias = Literal["backbone", "stage 1"]
Decay: TypeAlias = Literal["constant", "cosine"]
Precision: TypeAlias = Literal["fp32", "bf16"]
Weighting: TypeAlias = Literal["none", "released"]
Start: TypeAlias = Literal["random", "guide"]

# Names of parameters (shell patterns) that PostCam adds to Wan.
NEW_MODULES = ("cam_encoder.*", "blocks.*.cross_attn_cam.*", "blocks.*.projector.*")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that decides what a training run computes.

    Attributes:
        name: What it is asked for by.
        model: Sizes of the model.
        guide_scale: Height and width of the guide as a fraction of the video's.
        stage: 1 learns from poses alone, 2 adds the guide.
        trainable: ``"all"``, or shell patterns of the names of the parameters that are trained.
        requires: What the run has to start from: weights of the backbone, a checkpoint of stage 1, or None.
        start: Weights of a run without initial ones; "guide": see :func:`.guided_start.start_from_guide`.
        learning_rate: Of AdamW, at its highest.
        betas: Of AdamW.
        weight_decay: Of AdamW.
        warmup_steps: Steps over which the learning rate rises from 0.
        decay: What it does then: stays, or falls to 0 at the last step along a cosine.
        max_grad_norm: Gradients are scaled down to this norm; None leaves them.
        num_steps: Steps in all.
        batch_size: Samples per step, over all processes.
        micro_batch_size: Samples that go through the model at once, per process; None for all of its share.
        precision: What the forward pass computes in; weights, gradients and AdamW are float32 in both.
        gradient_checkpointing: Compute blocks a second time instead of keeping their insides.
        shift: Of the noise schedule, see :func:`postcam_core.sampling.flow_sigmas`.
        timestep_weighting: ``"released"`` weighs the loss by a bell over the timesteps.
        ema_decay: Of the moving average of the weights; None keeps none.
        pose_dropout: Share of samples whose poses are those of a camera that stands still.
        guide_dropout: Share of steps without a guide.
        noisy_depth: How wrong the depth is that guides are rendered from; 1 is a good estimator's error. A
            property of the data, recorded here.
        height: Of the videos in pixels.
        width: Of the videos in pixels.
        num_frames: Of the videos.
        checkpoint_every: Steps between checkpoints.
        keep_steps: Steps whose checkpoints stay; of the others only the last two do.
        sample_every: Steps between samples.
        seed: Of everything random.

    Raises:
        TrainingError: If values cannot be combined.
    """

    name: str
    model: PostCamConfig = field(default_factory=PostCamConfig)
    guide_scale: float = 0.25
    stage: Literal[1, 2] = 1
    trainable: Literal["all"] | tuple[str, ...] = "all"
    requires: Requirement | None = None
    start: Start = "random"
    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.01
    warmup_steps: int = 0
    decay: Decay = "constant"
    max_grad_norm: float | None = 1.0
    num_steps: int = 20_000
    batch_size: int = 8
    micro_batch_size: int | None = None
    precision: Precision = "bf16"
    gradient_checkpointing: bool = False
    shift: float = 5.0
    timestep_weighting: Weighting = "none"
    ema_decay: float | None = None
    pose_dropout: float = 0.0
    guide_dropout: float = 0.0
    noisy_depth: float = 0.0
    height: int = 480
    width: int = 832
    num_frames: int = 41
    checkpoint_every: int = 500
    keep_steps: tuple[int, ...] = ()
    sample_every: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        counts = (self.num_steps, self.batch_size, self.checkpoint_every, self.sample_every)
        shares = (self.pose_dropout, self.guide_dropout)
        rules = {
            "stage 1 or 2": self.stage in (1, 2),
            f"decay {_choices(Decay)}": self.decay in get_args(Decay),
            f"precision {_choices(Precision)}": self.precision in get_args(Precision),
            f"timestep_weighting {_choices(Weighting)}": self.timestep_weighting in get_args(Weighting),
            f"start {_choices(Start)}": self.start in get_args(Start),
            f"requires {_choices(Requirement)} or None": self.requires in (None, *get_args(Requirement)),
            'trainable "all" or a list of patterns': self.trainable == "all"
            or isinstance(self.trainable, tuple),
            "at least one step and sample, and a checkpoint now and then": min(counts) >= 1,
            "micro batches of at least one sample": self.micro_batch_size is None
            or self.micro_batch_size >= 1,
            "a guide_scale above 0 and at most 1": 0 < self.guide_scale <= 1,
            "betas of at least 0 and below 1": all(0 <= beta < 1 for beta in self.betas),
            "a weight_decay and noisy_depth of 0 or more": min(self.weight_decay, self.noisy_depth) >= 0,
            "a learning rate and a shift above 0": self.learning_rate > 0 and self.shift > 0,
            "a warm-up of 0 or more steps": self.warmup_steps >= 0,
            "dropout of at least 0 and below 1": all(0 <= share < 1 for share in shares),
            "an ema_decay between 0 and 1": self.ema_decay is None or 0 < self.ema_decay < 1,
            "a gradient norm above 0": self.max_grad_norm is None or self.max_grad_norm > 0,
            "sides that divide by 16 and 1 + 4 n frames": not (
                self.height % 16 or self.width % 16 or self.num_frames % 4 != 1
            ),
        }
        if broken := [rule for rule, holds in rules.items() if not holds]:
            raise TrainingError(
                f"recipe {self.name}",
                expected=broken[0],
                got=f"{self}",
                todo="Change these values of the recipe.",
            )

    @property
    def latent_size(self) -> tuple[int, int, int, int]:
        """Channels, frames, rows and columns of the latents that the recipe trains on."""
        return self.model.in_dim, 1 + (self.num_frames - 1) // 4, self.height // 8, self.width // 8


def _choices(kind: object) -> str:
    return " or ".join(get_args(kind))


def wan_1_3b_stage1() -> Recipe:
    """Stage 1 of the released model: poses alone, on Wan 2.1 T2V 1.3B.

    Source:
        arXiv 2511.17185 (what is trained); ``train_recammaster.py`` (AdamW at 1e-4, batch of 8, bf16, weighting,
        20 000 steps). Differs: gradients are clipped.
    """
    return Recipe(
        name="wan_1_3b_stage1",
        trainable=("blocks.*.self_attn.*", *NEW_MODULES),
        requires="backbone",
        micro_batch_size=1,
        gradient_checkpointing=True,
        timestep_weighting="released",
        checkpoint_every=1000,
    )


def wan_1_3b_stage2() -> Recipe:
    """Stage 2 of the released model: the guide joins; its keys and values are trained from here on."""
    return replace(wan_1_3b_stage1(), name="wan_1_3b_stage2", stage=2, requires="stage 1")


def mini_stage1() -> Recipe:
    """Stage 1 of the mini model at 96×160. It has no pretrained backbone, so everything is trained.

    A quarter of such a picture would leave one guide token by two; the guide stays whole.
    """
    return Recipe(
        name="mini_stage1",
        model=PostCamConfig(
            dim=256,
            ffn_dim=1024,
            num_heads=2,
            num_layers=8,
            text_dim=256,
            guide_rope="aligned",
        ),
        guide_scale=1.0,
        start="guide",
        learning_rate=1e-3,
        betas=(0.9, 0.99),
        warmup_steps=50,
        decay="cosine",
        num_steps=1000,
        shift=3.0,
        height=96,
        width=160,
        checkpoint_every=250,
        sample_every=250,
    )


def mini_stage2() -> Recipe:
    """Stage 2 of the mini model; steps without guide keep the poses from being forgotten."""
    return replace(mini_stage1(), name="mini_stage2", stage=2, requires="stage 1", guide_dropout=0.1)


def mini_large_stage1() -> Recipe:
    """Stage 1 of the mini model at 192×320. The guide keeps its size of 96×160, and so its number of tokens."""
    return replace(mini_stage1(), name="mini_large_stage1", guide_scale=0.5, height=192, width=320)


def mini_large_stage2() -> Recipe:
    """Stage 2 of the mini model at 192×320."""
    large = mini_large_stage1()
    return replace(
        mini_stage2(),
        name="mini_large_stage2",
        guide_scale=large.guide_scale,
        height=large.height,
        width=large.width,
    )


RECIPES: dict[str, Callable[[], Recipe]] = {
    recipe.__name__: recipe
    for recipe in (
        wan_1_3b_stage1,
        wan_1_3b_stage2,
        mini_stage1,
        mini_stage2,
        mini_large_stage1,
        mini_large_stage2,
    )
}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        TrainingError: If there is none.
    """
    if name not in RECIPES:
        raise TrainingError(
            "recipe", expected=f"one of {', '.join(RECIPES)}", got=f"{name!r}", todo="Choose one of these."
        )
    return RECIPES[name]()
