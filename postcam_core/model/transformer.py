"""The PostCam transformer: from noisy target latents and conditions to a velocity."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .attention import AttentionFn, sdpa
from .block import PostCamBlock, TokenLayout
from .camera_encoder import CameraEncoder
from .conditions import Conditions, check_conditions, check_target
from .config import PostCamConfig
from .layers import Head, LayerFactory, timestep_frequencies
from .positions import TokenGrid, guide_ids, pose_ids, source_ids, target_ids
from .precision import wide_dtype
from .rope import RotaryTable, rotary_table


class PostCamTransformer(nn.Module):
    """Re-shoots a video: Wan 2.1 with the source beside the target, poses and a warped guide.

    Computes in the dtype of the target latents, positions and modulation in float32. Parameter names are the
    released checkpoint's, so that files and LoRAs for Wan 2.1 1.3 B fit.

    Args:
        config: Sizes.
        operations: Where layers come from, see :class:`.layers.LayerFactory`.
        attention: What computes attention, see :data:`.attention.AttentionFn`.
        device: Where parameters are created.
        dtype: What parameters are created in.

    Source:
        arXiv 2511.17185; ``WanModel`` of the released code. Differs: only the target's half of the result is
        computed, and nothing twice that two steps or two branches of guidance share.
    """

    def __init__(
        self,
        config: PostCamConfig,
        *,
        operations: Any = nn,
        attention: AttentionFn = sdpa,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        layers = LayerFactory(operations=operations, eps=config.eps, device=device, dtype=dtype)
        dim = config.dim
        self.patch_embedding = layers.patch_embedding(config.in_dim, dim, config.patch_size)
        self.text_embedding = nn.Sequential(
            layers.linear(config.text_dim, dim), nn.GELU(approximate="tanh"), layers.linear(dim, dim)
        )
        self.time_embedding = nn.Sequential(
            layers.linear(config.freq_dim, dim), nn.SiLU(), layers.linear(dim, dim)
        )
        self.time_projection = nn.Sequential(nn.SiLU(), layers.linear(dim, 6 * dim))
        self.cam_encoder = CameraEncoder(dim, layers=layers)
        self.blocks = nn.ModuleList(
            PostCamBlock(config, layers=layers, attention=attention) for _ in range(config.num_layers)
        )
        self.head = Head(dim, config.out_dim, config.patch_size, layers=layers)

    @property
    def dtype(self) -> torch.dtype:
        """What the weights are stored in, and latents should come in unless the host casts."""
        return self.patch_embedding.weight.dtype

    def forward(
        self,
        target_latents: Float[Tensor, "rows channel frame height width"],
        *,
        source_latents: Float[Tensor, "batch channel frame height width"],
        guide_latents: Float[Tensor, "batch channel frame guide_height guide_width"] | None = None,
        camera_w2c: Float[Tensor, "batch pose 4 4"],
        text: Float[Tensor, "rows word text_dim"],
        timestep: Float[Tensor, " times"],
    ) -> Float[Tensor, "rows out_channel frame height width"]:
        """Velocity of the target at one timestep.

        Args:
            target_latents: Noisy latents. Rows are the clips of the batch; for guidance all clips once per
                branch, branch after branch, together with ``text``.
            source_latents: The given video.
            guide_latents: The source warped to the target's cameras, at any smaller size; None to control by
                pose alone.
            camera_w2c: World-to-camera poses of the target, one per latent frame, relative to the first, in
                units in which the nearest depth of the source's first frame is 3.97521.
            text: Output of the text encoder.
            timestep: 1000 · sigma, one for all or one per clip.

        Raises:
            ShapeError: If sizes do not fit the model or each other.
        """
        conditions = self.prepare(
            source_latents=source_latents,
            guide_latents=guide_latents,
            camera_w2c=camera_w2c,
            text=text,
            dtype=target_latents.dtype,
        )
        return self.velocity(target_latents, timestep, conditions)

    def prepare(
        self,
        *,
        source_latents: Float[Tensor, "batch channel frame height width"],
        guide_latents: Float[Tensor, "batch channel frame guide_height guide_width"] | None = None,
        camera_w2c: Float[Tensor, "batch pose 4 4"],
        text: Float[Tensor, "rows word text_dim"],
        dtype: torch.dtype,
    ) -> Conditions:
        """Compute what all steps share; arguments as in :meth:`forward`, ``dtype`` to compute in.

        Raises:
            ShapeError: If sizes do not fit the model or each other.
        """
        check_conditions(
            self.config, source=source_latents, guide=guide_latents, camera_w2c=camera_w2c, text=text
        )
        grid = TokenGrid.of_size(source_latents.shape[2:], self.config.patch_size)
        num_branches = len(text) // len(source_latents)
        pose_tokens = self.cam_encoder(camera_w2c.to(dtype))
        pose_rope = self._rope(pose_ids(camera_w2c.shape[1]), pose_tokens)
        words = self.text_embedding(text.to(dtype))
        return Conditions(
            source_tokens=self._tokens(source_latents.to(dtype)),
            guide_tokens=None if guide_latents is None else self._tokens(guide_latents.to(dtype)),
            pose=tuple(
                block.cross_attn_cam.pose_keys_values(pose_tokens, pose_rope).repeated(num_branches)
                for block in self.blocks
            ),
            text=tuple(block.cross_attn.keys_values(words) for block in self.blocks),
            layout=self._layout(grid, source_latents, guide_latents, pose_tokens),
            grid=grid,
            target_shape=(len(text), *source_latents.shape[1:]),
        )

    def velocity(
        self,
        target_latents: Float[Tensor, "rows channel frame height width"],
        timestep: Float[Tensor, " times"],
        conditions: Conditions,
    ) -> Float[Tensor, "rows out_channel frame height width"]:
        """Velocity of the target at one timestep, given what all steps share.

        Raises:
            ShapeError: If the latents or the timestep do not belong to the conditions.
        """
        check_target(conditions, target_latents, timestep)
        source = conditions.source_tokens.repeat(conditions.num_branches, 1, 1)
        video = torch.cat([self._tokens(target_latents), source], dim=1)
        guide = conditions.guide_tokens
        time = self.time_embedding(timestep_frequencies(timestep, self.config.freq_dim).to(video.dtype))
        projected = self.time_projection(time).unflatten(1, (6, -1))
        for index, block in enumerate(self.blocks):
            video, guide = block(
                video,
                guide,
                time=projected,
                pose=conditions.pose[index],
                text=conditions.text[index],
                layout=conditions.layout,
                is_last=index == len(self.blocks) - 1,
            )
        return self._unpatch(self.head(video, time), conditions.grid)

    def _tokens(self, latents: Tensor) -> Tensor:
        return self.patch_embedding(latents).flatten(2).transpose(1, 2)

    def _rope(self, ids: Tensor, like: Tensor) -> RotaryTable:
        return rotary_table(ids, self.config.head_dim, device=like.device, dtype=wide_dtype(like.dtype))

    def _layout(self, grid: TokenGrid, source: Tensor, guide: Tensor | None, like: Tensor) -> TokenLayout:
        guide_rope = None
        if guide is not None:
            ids = guide_ids(
                TokenGrid.of_size(guide.shape[2:], self.config.patch_size),
                grid,
                self.config.guide_rope,
                latents_ratio=(source.shape[3] / guide.shape[3], source.shape[4] / guide.shape[4]),
            )
            guide_rope = self._rope(ids, like)
        return TokenLayout(
            num_target=grid.num_tokens,
            video_rope=self._rope(torch.cat([target_ids(grid), source_ids(grid)]), like),
            guide_rope=guide_rope,
        )

    def _unpatch(self, patches: Tensor, grid: TokenGrid) -> Tensor:
        """Put each token's patch of velocity in its place."""
        sizes = (grid.num_frames, grid.height, grid.width)
        x = patches.unflatten(2, (*self.config.patch_size, -1)).unflatten(1, sizes)
        return x.permute(0, 7, 1, 4, 2, 5, 3, 6).flatten(6, 7).flatten(4, 5).flatten(2, 3)
