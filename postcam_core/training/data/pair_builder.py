"""From the takes of a scene to training pairs: cameras in model units, guides, latents."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from ...cameras import invert_rigid
from ...errors import PostCamError, ShapeError
from ...pipeline.wan_vae import SPATIAL_REDUCTION, TEMPORAL_REDUCTION
from ...trajectory import model_scale
from ...warp import RELEASED_GUIDE_SCALE, render_guide, shrink_guide
from .estimated_geometry import GeometryProvider, with_estimated_geometry
from .noisy_depth import noisy_depth
from .takes import Take, TakeSource

VideoEncoder: TypeAlias = Callable[[Tensor], Tensor]
"""Frames in [-1, 1] → latents as the transformer sees them: :meth:`postcam_core.pipeline.WanVae.encode`."""

TextEncoder: TypeAlias = Callable[[str], Tensor]
"""A caption → ``[word, text_dim]``."""

STORED_DTYPE = torch.bfloat16


@dataclass(frozen=True, kw_only=True)
class PairSettings:
    """How pairs are made of takes.

    Args:
        guide_scale: Size of the guide relative to the frames.
        noisy_depth: Strength of the error that the source's depth gets before the guide is rendered; see
            :func:`.noisy_depth.noisy_depth`. Cameras stay exact.
        num_pairs: Of different cameras per scene, drawn at random; None takes all.
        num_identities: Pairs per scene whose target is the source itself (its guide is the clip).
        seed: Of the choice of pairs and of the depth's error.

    Raises:
        PostCamError: If a number of pairs is negative.
    """

    guide_scale: float = RELEASED_GUIDE_SCALE
    noisy_depth: float = 0.0
    num_pairs: int | None = None
    num_identities: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.num_pairs or 0, self.num_identities) < 0:
            raise PostCamError(
                "pairs per scene",
                expected="0 or more",
                got=f"{self.num_pairs} of different cameras, {self.num_identities} of one",
                todo="Leave num_pairs out to take all.",
            )


@dataclass(frozen=True, kw_only=True)
class PairBuilder:
    """Everything that a pair's parts are computed from; the same parts for shards and on the fly.

    Args:
        takes: The scenes.
        encode: The VAE's encoder.
        settings: How pairs are made.
        provider: Estimates depth for takes without; None leaves their pairs without guide, with cameras in the
            unit of the takes (MultiCamVideo's metre, for which the released checkpoint was trained).
        encode_text: Turns captions into embeddings; None leaves all pairs without text.

    Raises:
        ShapeError: If frames or guides of the size of the takes cannot be encoded.
    """

    takes: TakeSource
    encode: VideoEncoder
    settings: PairSettings
    provider: GeometryProvider | None = None
    encode_text: TextEncoder | None = None

    def __post_init__(self) -> None:
        height, width, scale = self.takes.height, self.takes.width, self.settings.guide_scale
        sides = (height, width, height * scale, width * scale)
        if self.takes.num_frames % TEMPORAL_REDUCTION != 1 or any(
            side % SPATIAL_REDUCTION or side <= 0 for side in sides
        ):
            raise ShapeError(
                "size of the training clips",
                expected=f"4n+1 frames, sides of clips and guides that divide by {SPATIAL_REDUCTION}",
                got=f"{self.takes.num_frames} frames of {width}×{height}, "
                f"guides of {width * scale:g}×{height * scale:g}",
                todo="Take 41 frames of 832×480 with a guide scale of 0.25, for instance.",
            )

    def pair_names(self, index: int) -> tuple[tuple[str, str], ...]:
        """Source and target of the scene's pairs, sorted; drawn by the settings' seed and the scene's name."""
        names, settings = self.takes.take_names(index), self.settings
        generator = torch.Generator().manual_seed(self._seed(index))
        different = [(source, target) for source in names for target in names if source != target]
        if settings.num_pairs is not None:
            order = torch.randperm(len(different), generator=generator).tolist()
            different = [different[i] for i in order[: settings.num_pairs]]
        order = torch.randperm(len(names), generator=generator).tolist()
        identities = [(names[i], names[i]) for i in order[: settings.num_identities]]
        return tuple(sorted(different + identities))

    def source_take(self, take: Take) -> Take:
        """The take with depth, if there is any or can be.

        Raises:
            PostCamError: If the depth cannot be estimated.
        """
        if take.geometry is None and self.provider is not None:
            return with_estimated_geometry(take, self.provider)
        return take

    def latents(self, video: Float[Tensor, "frame 3 height width"]) -> Float[Tensor, "channel latent h w"]:
        """Encoded frames, rounded as they are stored."""
        return self.encode(video).to("cpu", STORED_DTYPE)

    def camera_w2c(self, source: Take, target: Take) -> Float[Tensor, "latent 4 4"]:
        """Target cameras for the model: one per latent frame, relative to the first, in model units."""
        c2w = _scaled(target.c2w, _unit(source))[::TEMPORAL_REDUCTION]
        w2c = torch.linalg.inv(c2w) @ c2w[0]
        # Exactly, although poses from files are not quite orthonormal.
        w2c[0] = torch.eye(4)
        return w2c.float()

    def guide(
        self, index: int, source: Take, target: Take
    ) -> Float[Tensor, "channel latent guide_h guide_w"] | None:
        """Encoded guide of a pair; None without depth."""
        frames = self.guide_frames(index, source, target)
        return None if frames is None else self.latents(frames)

    def guide_frames(
        self, index: int, source: Take, target: Take
    ) -> Float[Tensor, "frame 3 guide_height guide_width"] | None:
        """What the source shows of the target's view, at the size that the model takes it."""
        if source.geometry is None:
            return None
        if source.name == target.name:
            return shrink_guide(source.video, self.settings.guide_scale)
        unit = _unit(source)
        scene = source.geometry.scaled(unit)
        guide = render_guide(
            source.video,
            noisy_depth(scene.depth, strength=self.settings.noisy_depth, seed=self._seed(index, source.name)),
            K=scene.K,
            source_w2c=scene.w2c,
            target_w2c=invert_rigid(_scaled(target.c2w, unit)),
            target_K=target.K,
        )
        return shrink_guide(guide.frames, self.settings.guide_scale)

    def text(self, source: Take) -> Float[Tensor, "word text_dim"] | None:
        """The source's caption, encoded; None without caption or encoder."""
        if self.encode_text is None or source.caption is None:
            return None
        return self.encode_text(source.caption).to("cpu", STORED_DTYPE)

    def _seed(self, index: int, camera: str = "") -> int:
        """A seed for each scene and camera; Python's own hash differs from run to run."""
        text = f"{self.settings.seed}/{self.takes.scene_name(index)}/{camera}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def _unit(source: Take) -> float:
    """Factor from the takes' unit to the model's."""
    return 1.0 if source.geometry is None else model_scale(source.geometry.nearest_depth())


def _scaled(c2w: Float[Tensor, "frame 4 4"], factor: float) -> Float[Tensor, "frame 4 4"]:
    c2w = c2w.double().clone()
    c2w[:, :3, 3] *= factor
    return c2w
