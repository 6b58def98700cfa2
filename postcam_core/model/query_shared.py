"""The idea of the paper: one query, two witnesses, one softmax."""

from jaxtyping import Float
from torch import Tensor

from .attention import AttentionFn, KeysValues, WanAttention
from .layers import LayerFactory
from .rope import RotaryTable, rotate


class QuerySharedAttention(WanAttention):
    """Target tokens ask what the pose says and what the guide shows.

    K = [K_pose ; K_guide],  V = [V_pose ; V_guide],  out = o(softmax(Q(target) Kᵀ / √d) V)

    Source:
        arXiv 2511.17185, eqs. 4–5; ``CrossAttentionCondition`` of the released code. ``norm_k`` serves both
        witnesses. Without a guide K = K_pose: stage 1 of the paper's training.
    """

    def __init__(self, dim: int, num_heads: int, *, layers: LayerFactory, attention: AttentionFn) -> None:
        super().__init__(dim, num_heads, layers=layers, attention=attention)
        self.k_render, self.v_render = layers.linear(dim, dim), layers.linear(dim, dim)

    def pose_keys_values(self, pose: Float[Tensor, "batch pose dim"], rope: RotaryTable) -> KeysValues:
        """K_pose and V_pose; they depend on neither the noise nor the timestep."""
        keys = rotate(self.norm_k(self.k(pose)), rope, self.num_heads)
        return KeysValues(keys=keys, values=self.v(pose))

    def guide_keys_values(self, guide: Float[Tensor, "batch guide dim"], rope: RotaryTable) -> KeysValues:
        """K_guide and V_guide; they depend on the timestep, but on neither the noise nor the text."""
        keys = rotate(self.norm_k(self.k_render(guide)), rope, self.num_heads)
        return KeysValues(keys=keys, values=self.v_render(guide))

    def forward(
        self,
        target: Float[Tensor, "batch token dim"],
        rope: RotaryTable,
        *,
        pose: KeysValues,
        guide: KeysValues | None,
    ) -> Float[Tensor, "batch token dim"]:
        """Ask both witnesses with the same queries."""
        queries = rotate(self.norm_q(self.q(target)), rope, self.num_heads)
        witnesses = pose if guide is None else pose.joined(guide)
        return self.o(self.attention(queries, witnesses.keys, witnesses.values, self.num_heads))
