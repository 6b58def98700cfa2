"""One block: the video stream (target and source tokens) and the guide stream side by side."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .attention import AttentionFn, KeysValues, SelfAttention, TextAttention
from .config import PostCamConfig
from .layers import LayerFactory, Modulation, feed_forward
from .precision import wide_dtype
from .query_shared import QuerySharedAttention
from .rope import RotaryTable


@dataclass(frozen=True, kw_only=True)
class TokenLayout:
    """Which tokens of the video stream are the target's, and where all tokens are.

    Attributes:
        num_target: Tokens of the target; they stand first, the source's follow.
        video_rope: Positions of target and source.
        guide_rope: Positions of the guide, None without one.
    """

    num_target: int
    video_rope: RotaryTable
    guide_rope: RotaryTable | None


class PostCamBlock(nn.Module):
    """A Wan block with query-shared attention to pose and guide beside the attention to text.

    Video and guide pass through the same self-attention, feed-forward network and modulation, but never see
    each other there. Only target tokens ask pose, guide and text, all three from the same norm.

    Source:
        arXiv 2511.17185, section on query-shared cross-attention; ``DiTBlock`` of the released code.
    """

    def __init__(self, config: PostCamConfig, *, layers: LayerFactory, attention: AttentionFn) -> None:
        super().__init__()
        dim, heads = config.dim, config.num_heads
        self.self_attn = SelfAttention(dim, heads, layers=layers, attention=attention)
        self.cross_attn = TextAttention(dim, heads, layers=layers, attention=attention)
        self.cross_attn_cam = QuerySharedAttention(dim, heads, layers=layers, attention=attention)
        self.projector = layers.linear(dim, dim)
        self.norm1, self.norm2 = layers.layer_norm(dim), layers.layer_norm(dim)
        self.norm3 = layers.layer_norm(dim, is_affine=True)
        self.ffn = feed_forward(dim, config.ffn_dim, layers=layers)
        self.modulation = layers.parameter(1, 6, dim)

    def forward(
        self,
        video: Float[Tensor, "rows token dim"],
        guide: Float[Tensor, "batch guide dim"] | None,
        *,
        time: Float[Tensor, "time 6 dim"],
        pose: KeysValues,
        text: KeysValues,
        layout: TokenLayout,
        is_last: bool,
    ) -> tuple[Float[Tensor, "rows kept dim"], Float[Tensor, "batch guide dim"] | None]:
        """Advance both streams.

        Args:
            video: Target tokens, then source tokens. Its rows are the branches of guidance, one batch of
                clips after the other.
            guide: Guide tokens, once per clip: they are the same for every branch.
            time: Projected timestep, for all clips or for each.
            pose: K_pose and V_pose of this block, per row.
            text: Keys and values of the text, per row.
            layout: Which tokens are the target's, and all positions.
            is_last: Only target tokens are wanted: what would update source and guide is left out.

        Returns:
            The video stream (target tokens alone if ``is_last``) and the guide stream.
        """
        before_attention, before_ffn = self._modulations(time)
        guide_witness, guide = self._advance_guide(guide, before_attention, before_ffn, layout, is_last)
        video = self._attend(video, before_attention, layout, is_last)

        target, source = video[:, : layout.num_target], video[:, layout.num_target :]
        if guide_witness is not None:
            guide_witness = guide_witness.repeated(len(video) // len(guide))
        target = self._ask(target, pose, guide_witness, text, layout)
        video = torch.cat([target, source], dim=1)
        return before_ffn.add(video, self.ffn(before_ffn.apply(self.norm2(video)))), guide

    def _attend(self, video: Tensor, modulation: Modulation, layout: TokenLayout, is_last: bool) -> Tensor:
        """Target and source among themselves."""
        num_kept = layout.num_target if is_last else None
        normed = modulation.apply(self.norm1(video))
        update = self.self_attn(normed, layout.video_rope, num_queries=num_kept)
        return modulation.add(video[:, :num_kept], update)

    def _ask(
        self,
        target: Tensor,
        pose: KeysValues,
        guide: KeysValues | None,
        text: KeysValues,
        layout: TokenLayout,
    ) -> Tensor:
        """Target tokens put the same question to pose and guide, and to the text."""
        question = self.norm3(target)
        rope = layout.video_rope.first(layout.num_target)
        answer = self.projector(self.cross_attn_cam(question, rope, pose=pose, guide=guide))
        return target + answer + self.cross_attn(question, text)

    def _advance_guide(
        self,
        guide: Tensor | None,
        before_attention: Modulation,
        before_ffn: Modulation,
        layout: TokenLayout,
        is_last: bool,
    ) -> tuple[KeysValues | None, Tensor | None]:
        """K_guide and V_guide as this block's target sees them, and the guide for the next block."""
        if guide is None:
            return None, None
        normed = before_attention.apply(self.norm1(guide))
        witness = self.cross_attn_cam.guide_keys_values(normed, layout.guide_rope)
        if is_last:
            return witness, guide
        guide = before_attention.add(guide, self.self_attn(normed, layout.guide_rope))
        return witness, before_ffn.add(guide, self.ffn(before_ffn.apply(self.norm2(guide))))

    def _modulations(self, time: Tensor) -> tuple[Modulation, Modulation]:
        """Of the self-attention and of the feed-forward network."""
        wide = wide_dtype(time.dtype)
        parts = (self.modulation.to(time.device, wide) + time.to(wide)).chunk(6, dim=1)
        return (
            Modulation(shift=parts[0], scale=parts[1], gate=parts[2]),
            Modulation(shift=parts[3], scale=parts[4], gate=parts[5]),
        )
