"""Clips that no model was trained on: scenes, textures and camera paths of seeds kept for tests."""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import invert_rigid, relative_to, rotation_angle_deg
from ..errors import PostCamError
from ..geometry import SceneGeometry
from ..synthetic import FIRST_HELD_OUT_SEED, render_rig
from ..trajectory import model_scale
from ..warp import Guide, render_guide


@dataclass(frozen=True, kw_only=True)
class HeldOutSet:
    """Which clips, and how they are rendered.

    Args:
        num_clips: Seeds from ``first_seed`` on.
        height: Of the frames, in pixels.
        width: Of the frames, in pixels.
        num_frames: Of each clip.
        samples_per_axis: See :func:`postcam_core.synthetic.render_clip`; as in training.
        first_seed: Not below ``FIRST_HELD_OUT_SEED``.

    Raises:
        PostCamError: If there are no clips or a seed may have been trained on.
    """

    num_clips: int = 50
    height: int = 96
    width: int = 160
    num_frames: int = 41
    samples_per_axis: int = 1
    first_seed: int = FIRST_HELD_OUT_SEED

    def __post_init__(self) -> None:
        if self.num_clips < 1 or self.first_seed < FIRST_HELD_OUT_SEED:
            raise PostCamError(
                "held-out clips",
                expected=f"at least one clip, seeds from {FIRST_HELD_OUT_SEED} on",
                got=f"{self.num_clips} from seed {self.first_seed} on",
                todo="Smaller seeds are for training.",
            )

    @property
    def seeds(self) -> range:
        """Of the clips' scenes and cameras."""
        return range(self.first_seed, self.first_seed + self.num_clips)

    def clip(self, seed: int) -> "HeldOutClip":
        """Render a clip: camera 0 of the scene's rig films the source, camera 1 is the commanded one."""
        source, target = render_rig(
            seed,
            num_frames=self.num_frames,
            num_cameras=2,
            height=self.height,
            width=self.width,
            samples_per_axis=self.samples_per_axis,
        )
        return HeldOutClip(
            seed=seed,
            source=source.video.clamp(-1, 1),
            geometry=source.geometry,
            truth=target.video.clamp(-1, 1),
            target_w2c=invert_rigid(target.c2w),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class HeldOutClip:
    """A source, the commanded camera, and what it really sees.

    Attributes:
        seed: Of the scene and its cameras.
        source: What is given, in [-1, 1].
        geometry: Exact depth and cameras of the source, in the unit of the scene.
        truth: What the commanded camera films.
        target_w2c: The commanded camera, in the world of the geometry.
    """

    seed: int
    source: Float[Tensor, "frame 3 height width"]
    geometry: SceneGeometry
    truth: Float[Tensor, "frame 3 height width"]
    target_w2c: Float[Tensor, "frame 4 4"]

    @cached_property
    def guide(self) -> Guide:
        """The source warped to the commanded camera."""
        return render_guide(
            self.source,
            self.geometry.depth,
            K=self.geometry.K,
            source_w2c=self.geometry.w2c,
            target_w2c=self.target_w2c,
        )

    def camera_w2c(self, stride: int) -> Float[Tensor, "pose 4 4"]:
        """The commanded camera as the model takes it: every so many frames, relative to the first, in its unit."""
        c2w = invert_rigid(self.target_w2c)
        c2w[:, :3, 3] *= model_scale(self.geometry.nearest_depth())
        return invert_rigid(relative_to(c2w, c2w[0]))[::stride].float()

    @property
    def turned_deg(self) -> float:
        """How far the commanded camera is turned from the source's, median over the frames."""
        between = rotation_angle_deg(self.target_w2c[:, :3, :3], self.geometry.w2c[:, :3, :3])
        return float(torch.median(between))
