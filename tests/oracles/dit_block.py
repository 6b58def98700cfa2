"""The transformer written down plainly: every token, every branch, every step on its own; complex rotations.

Takes the weights as a dict under the released names. Slow and obvious in float64 with ``explicit_attention``;
with torch's kernel instead, the plain twin that the benchmark measures against.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from postcam_core.model import PostCamConfig

Attention = Callable[[Tensor, Tensor, Tensor, int], Tensor]


def explicit_attention(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    """softmax(q kᵀ / √d) v, one clip and one head after the other."""
    out = torch.empty_like(q)
    width = q.shape[2] // heads
    for clip in range(q.shape[0]):
        for head in range(heads):
            part = slice(head * width, (head + 1) * width)
            scores = q[clip, :, part] @ k[clip, :, part].T / width**0.5
            weights = torch.exp(scores - scores.amax(1, keepdim=True))
            out[clip, :, part] = weights / weights.sum(1, keepdim=True) @ v[clip, :, part]
    return out


def kernel_attention(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    b, _, c = q.shape
    q, k, v = (x.view(b, -1, heads, c // heads).transpose(1, 2) for x in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, -1, c)


@dataclass
class Angles:
    """Unit complex numbers per token and channel pair."""

    target: Tensor
    source: Tensor
    guide: Tensor
    pose: Tensor


def axis_rotations(positions: list[float], width: int) -> Tensor:
    rows = [[p * 10000 ** (-2 * i / width) for i in range(width // 2)] for p in positions]
    angles = torch.tensor(rows, dtype=torch.float64)
    return torch.complex(angles.cos(), angles.sin())


def grid_rotations(frames: list, rows: list, columns: list, head_dim: int) -> Tensor:
    third = head_dim // 3
    by_frame = axis_rotations(frames, head_dim - 2 * third)
    by_row, by_column = axis_rotations(rows, third), axis_rotations(columns, third)
    return torch.stack(
        [
            torch.cat([by_frame[f], by_row[r], by_column[c]])
            for f in range(len(frames))
            for r in range(len(rows))
            for c in range(len(columns))
        ]
    )


def turn(x: Tensor, rotations: Tensor, heads: int) -> Tensor:
    pairs = x.double().unflatten(2, (heads, -1, 2)).contiguous()
    turned = torch.view_as_complex(pairs) * rotations[:, None]
    return torch.view_as_real(turned).flatten(2).to(x.dtype)


class PlainModel:
    def __init__(self, weights: dict[str, Tensor], config: PostCamConfig, attention: Attention) -> None:
        self.weights, self.config, self.attention = weights, config, attention

    def linear(self, name: str, x: Tensor) -> Tensor:
        return F.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def rms(self, name: str, x: Tensor) -> Tensor:
        scale = torch.rsqrt((x * x).mean(-1, keepdim=True) + self.config.eps)
        return x * scale * self.weights[f"{name}.weight"]

    def norm(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], eps=self.config.eps)

    def self_attention(self, name: str, x: Tensor, rotations: Tensor) -> Tensor:
        heads = self.config.num_heads
        q = turn(self.rms(f"{name}.norm_q", self.linear(f"{name}.q", x)), rotations, heads)
        k = turn(self.rms(f"{name}.norm_k", self.linear(f"{name}.k", x)), rotations, heads)
        return self.linear(f"{name}.o", self.attention(q, k, self.linear(f"{name}.v", x), heads))

    def camera_attention(
        self, name: str, x: Tensor, pose: Tensor, guide: Tensor | None, at: Angles
    ) -> Tensor:
        heads = self.config.num_heads
        q = turn(self.rms(f"{name}.norm_q", self.linear(f"{name}.q", x)), at.target, heads)
        k = turn(self.rms(f"{name}.norm_k", self.linear(f"{name}.k", pose)), at.pose, heads)
        v = self.linear(f"{name}.v", pose)
        if guide is not None:
            shown = self.rms(f"{name}.norm_k", self.linear(f"{name}.k_render", guide))
            k = torch.cat([k, turn(shown, at.guide, heads)], 1)
            v = torch.cat([v, self.linear(f"{name}.v_render", guide)], 1)
        return self.linear(f"{name}.o", self.attention(q, k, v, heads))

    def text_attention(self, name: str, x: Tensor, text: Tensor) -> Tensor:
        q = self.rms(f"{name}.norm_q", self.linear(f"{name}.q", x))
        k = self.rms(f"{name}.norm_k", self.linear(f"{name}.k", text))
        v = self.linear(f"{name}.v", text)
        return self.linear(f"{name}.o", self.attention(q, k, v, self.config.num_heads))

    def ffn(self, name: str, x: Tensor) -> Tensor:
        return self.linear(f"{name}.2", F.gelu(self.linear(f"{name}.0", x), approximate="tanh"))

    def block(
        self, name: str, x: Tensor, guide: Tensor | None, pose: Tensor, text: Tensor, time: Tensor, at: Angles
    ) -> tuple[Tensor, Tensor | None]:
        shift1, scale1, gate1, shift2, scale2, gate2 = (self.weights[f"{name}.modulation"] + time).chunk(6, 1)
        x_in = self.norm(x) * (1 + scale1) + shift1
        x = x + gate1 * self.self_attention(f"{name}.self_attn", x_in, torch.cat([at.target, at.source]))
        guide_in = None
        if guide is not None:
            guide_in = self.norm(guide) * (1 + scale1) + shift1
            guide = guide + gate1 * self.self_attention(f"{name}.self_attn", guide_in, at.guide)
        half = x.shape[1] // 2
        asked = self.norm(x[:, :half]) * self.weights[f"{name}.norm3.weight"]
        asked = asked + self.weights[f"{name}.norm3.bias"]
        seen = self.camera_attention(f"{name}.cross_attn_cam", asked, pose, guide_in, at)
        read = self.text_attention(f"{name}.cross_attn", asked, text)
        x = torch.cat([x[:, :half] + self.linear(f"{name}.projector", seen) + read, x[:, half:]], 1)
        x = x + gate2 * self.ffn(f"{name}.ffn", self.norm(x) * (1 + scale2) + shift2)
        if guide is not None:
            guide = guide + gate2 * self.ffn(f"{name}.ffn", self.norm(guide) * (1 + scale2) + shift2)
        return x, guide

    def patches(self, latents: Tensor) -> Tensor:
        weight, bias = self.weights["patch_embedding.weight"], self.weights["patch_embedding.bias"]
        return F.conv3d(latents, weight, bias, stride=self.config.patch_size).flatten(2).transpose(1, 2)

    def pose_tokens(self, w2c: Tensor) -> Tensor:
        x = w2c[:, :, :3].flatten(2)
        for layer in ("cam_encoder.0", "cam_encoder.2", "cam_encoder.4"):
            x = F.gelu(self.linear(layer, x))
        x = self.norm(self.linear("cam_encoder.6", x))
        return x * self.weights["cam_encoder.7.weight"] + self.weights["cam_encoder.7.bias"]

    def time(self, timestep: Tensor) -> tuple[Tensor, Tensor]:
        half = self.config.freq_dim // 2
        frequencies = torch.tensor([10000 ** (-i / half) for i in range(half)], dtype=torch.float64)
        angles = timestep.double()[:, None] * frequencies
        waves = torch.cat([angles.cos(), angles.sin()], 1).to(self.weights["time_embedding.0.weight"].dtype)
        embedded = self.linear("time_embedding.2", F.silu(self.linear("time_embedding.0", waves)))
        return embedded, self.linear("time_projection.1", F.silu(embedded)).unflatten(1, (6, -1))

    def text(self, text: Tensor) -> Tensor:
        return self.linear(
            "text_embedding.2", F.gelu(self.linear("text_embedding.0", text), approximate="tanh")
        )

    def __call__(
        self,
        target: Tensor,
        source: Tensor,
        guide: Tensor | None,
        camera_w2c: Tensor,
        text: Tensor,
        timestep: Tensor,
        at: Angles,
    ) -> Tensor:
        _, step_h, step_w = self.config.patch_size
        x = torch.cat([self.patches(target), self.patches(source)], 1)
        guide = None if guide is None else self.patches(guide)
        pose, words = self.pose_tokens(camera_w2c), self.text(text)
        embedded, time = self.time(timestep)
        for i in range(self.config.num_layers):
            x, guide = self.block(f"blocks.{i}", x, guide, pose, words, time, at)
        shift, scale = (self.weights["head.modulation"] + embedded[:, None]).chunk(2, 1)
        out = self.linear("head.head", self.norm(x) * (1 + scale) + shift)
        frames, rows, columns = 2 * target.shape[2], target.shape[3] // step_h, target.shape[4] // step_w
        out = out.view(len(out), frames, rows, columns, step_h, step_w, -1)
        out = out.permute(0, 6, 1, 2, 4, 3, 5).reshape(len(out), -1, frames, rows * step_h, columns * step_w)
        return out[:, :, : target.shape[2]]


def released_angles(
    config: PostCamConfig, num_frames: int, size: tuple[int, int], guide_size: tuple[int, int], num_poses: int
) -> Angles:
    """Rotations for token grids of these rows and columns, with the released guide positions."""
    rows, columns = size
    guide_rows, guide_columns = guide_size
    step = min(columns // guide_rows, rows // guide_columns)
    top, left = (rows - step * guide_rows) // 2, (columns - step * guide_columns) // 2
    d = config.head_dim
    every = [list(range(n)) for n in size]
    frames = list(range(num_frames))
    later = [f + num_frames for f in frames]
    picked_rows = every[0][top::step][:guide_rows]
    picked_columns = every[1][left::step][:guide_columns]
    return Angles(
        target=grid_rotations(frames, *every, d),
        source=grid_rotations(later, *every, d),
        guide=grid_rotations(frames, picked_rows, picked_columns, d),
        pose=axis_rotations(list(range(num_poses)), d),
    )
