"""How much arithmetic the transformer does: matrix products and attention, which take nearly all the time."""

import math
from dataclasses import dataclass

from .camera_encoder import CAMERA_HIDDEN_DIM
from .config import PostCamConfig
from .positions import TokenGrid


@dataclass(frozen=True, kw_only=True)
class FlopEstimate:
    """Floating-point operations, a multiplication and an addition counted as two.

    Attributes:
        prepare: Once per sampling run.
        block: One block but the last, in one step.
        last_block: The last block, in one step.
        step: One step: all blocks, embeddings and head.
    """

    prepare: int
    block: int
    last_block: int
    step: int

    def run(self, num_steps: int) -> int:
        """A whole sampling run."""
        return self.prepare + num_steps * self.step


def estimate_flops(
    config: PostCamConfig,
    *,
    num_latent_frames: int,
    height: int,
    width: int,
    guide_size: tuple[int, int] | None,
    num_poses: int | None = None,
    num_words: int = 512,
    num_branches: int = 2,
    is_shared: bool = True,
) -> FlopEstimate:
    """Count what one clip costs.

    Args:
        config: Sizes of the model.
        num_latent_frames: Frames of the target's latents (11 for 41 frames).
        height: Rows of the target's latents (60 for 480 pixels).
        width: Columns of the target's latents.
        guide_size: Rows and columns of the guide's latents; None for control by pose alone.
        num_poses: Poses; None for one per latent frame.
        num_words: Length of the text.
        num_branches: 2 with guidance, 1 without.
        is_shared: Whether steps and branches share what they can and the last block computes the target
            alone, as our model does. False counts the released code.
    """
    target = TokenGrid.of_size((num_latent_frames, height, width), config.patch_size).num_tokens
    guide = 0
    if guide_size is not None:
        guide = TokenGrid.of_size((num_latent_frames, *guide_size), config.patch_size).num_tokens
    cost = _Cost(
        config=config,
        target=target,
        guide=guide,
        poses=num_latent_frames if num_poses is None else num_poses,
        words=num_words,
    )
    return cost.shared(num_branches) if is_shared else cost.released(num_branches)


@dataclass(frozen=True, kw_only=True)
class _Cost:
    """Token counts, and what each part of the model costs on them."""

    config: PostCamConfig
    target: int
    guide: int
    poses: int
    words: int

    def shared(self, branches: int) -> FlopEstimate:
        context = self.poses_in() + branches * self.words_in()
        context += self.config.num_layers * (self.pose_keys() + branches * self.word_keys())
        block = branches * self.video(2 * self.target) + self.guide_keys() + self.guide_stream()
        last_block = branches * self.video(self.target) + self.guide_keys()
        ends = branches * (self.patches_in(self.target) + self.head(self.target)) + self.time_in()
        return FlopEstimate(
            prepare=context + self.patches_in(self.target + self.guide),
            block=block,
            last_block=last_block,
            step=(self.config.num_layers - 1) * block + last_block + ends,
        )

    def released(self, branches: int) -> FlopEstimate:
        keys = self.pose_keys() + self.word_keys() + self.guide_keys()
        block = branches * (self.video(2 * self.target) + keys + self.guide_stream())
        tokens = 2 * self.target + self.guide
        ends = self.patches_in(tokens) + self.poses_in() + self.words_in() + self.time_in()
        ends += self.head(2 * self.target)
        step = self.config.num_layers * block + branches * ends
        return FlopEstimate(prepare=0, block=block, last_block=block, step=step)

    def linear(self, tokens: int, out_features: int | None = None, in_features: int | None = None) -> int:
        return 2 * tokens * (out_features or self.config.dim) * (in_features or self.config.dim)

    def attention(self, queries: int, keys: int) -> int:
        return 4 * queries * keys * self.config.dim

    def ffn(self, tokens: int) -> int:
        return 2 * self.linear(tokens, self.config.ffn_dim)

    def video(self, kept: int) -> int:
        """Of one branch, when the first ``kept`` tokens of target and source are wanted."""
        everything = 2 * self.target
        own = 2 * self.linear(everything) + 2 * self.linear(kept) + self.attention(kept, everything)
        camera = 3 * self.linear(self.target) + self.attention(self.target, self.poses + self.guide)
        text = 2 * self.linear(self.target) + self.attention(self.target, self.words)
        return own + camera + text + self.ffn(kept)

    def guide_keys(self) -> int:
        return 2 * self.linear(self.guide)

    def guide_stream(self) -> int:
        return 4 * self.linear(self.guide) + self.attention(self.guide, self.guide) + self.ffn(self.guide)

    def pose_keys(self) -> int:
        return 2 * self.linear(self.poses)

    def word_keys(self) -> int:
        return 2 * self.linear(self.words)

    def patches_in(self, tokens: int) -> int:
        return self.linear(tokens, in_features=self.config.in_dim * math.prod(self.config.patch_size))

    def head(self, tokens: int) -> int:
        return self.linear(tokens, self.config.out_dim * math.prod(self.config.patch_size))

    def time_in(self) -> int:
        return self.linear(1, in_features=self.config.freq_dim) + 7 * self.linear(1)

    def words_in(self) -> int:
        return self.linear(self.words, in_features=self.config.text_dim) + self.linear(self.words)

    def poses_in(self) -> int:
        hidden = self.linear(self.poses, CAMERA_HIDDEN_DIM, 12 + 2 * CAMERA_HIDDEN_DIM)
        return hidden + self.linear(self.poses, in_features=CAMERA_HIDDEN_DIM)
