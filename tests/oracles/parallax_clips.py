"""Seeded clips with known geometry for the provider ``parallax``, and how far an estimate is off."""

from dataclasses import dataclass, replace
from typing import Literal

import torch

from postcam_core.cameras import (
    align_poses,
    focal_from_fov,
    intrinsics_matrix,
    relative_to,
    rotation_angle_deg,
)
from postcam_core.geometry import SceneGeometry
from postcam_core.synthetic import (
    FIRST_HELD_OUT_SEED,
    Clip,
    Scene,
    random_camera_path,
    random_scene,
    render_clip,
)

Kind = Literal["moving", "low_texture", "rotation", "static"]

FOV_DEG = 55.0
_LOW_TEXTURE_CONTRAST = 0.3


@dataclass(frozen=True, kw_only=True)
class ClipSpec:
    """One clip of the benchmark."""

    kind: Kind
    seed: int
    height: int = 192
    width: int = 320
    num_frames: int = 41

    def render(self) -> Clip:
        """Frames and truth. Things move in all of them, in the static ones too."""
        scene = random_scene(FIRST_HELD_OUT_SEED + self.seed)
        if self.kind == "low_texture":
            scene = _faded(scene)
        travel = {"moving": 1.2, "low_texture": 1.2, "rotation": 0.0, "static": 0.0}[self.kind]
        c2w = random_camera_path(FIRST_HELD_OUT_SEED + self.seed, self.num_frames, travel=travel)
        if self.kind in ("rotation", "static"):
            c2w[:, :3, 3] = c2w[0, :3, 3]
        if self.kind == "static":
            c2w = c2w[:1].expand_as(c2w).contiguous()
        K = intrinsics_matrix(focal_from_fov(FOV_DEG, self.width), width=self.width, height=self.height)
        return render_clip(
            scene,
            c2w=c2w,
            K=K.expand(self.num_frames, 3, 3),
            times=torch.linspace(0, 1, self.num_frames),
            height=self.height,
            width=self.width,
            samples_per_axis=2,
        )


@dataclass(frozen=True, kw_only=True)
class Errors:
    """How far an estimate is off once a similarity has brought its cameras onto the true ones.

    Attributes:
        rotation_deg: Median angle over the frames, relative to frame 0's true camera.
        translation_share: Median distance of the cameras over the length of the true path.
        depth_share: Median of |estimate / truth − 1| over pixels and frames, one scale for the clip.
        focal_ratio: Estimated focal length over the true one.
    """

    rotation_deg: float
    translation_share: float
    depth_share: float
    focal_ratio: float


def measure(estimate: SceneGeometry, clip: Clip) -> Errors:
    """Compare an estimate with the truth."""
    true = relative_to(clip.c2w, clip.c2w[0])
    found = torch.linalg.inv(estimate.anchored().w2c)
    aligned = align_poses(found, true).apply_to_poses(found)
    way = true[:, :3, 3]
    length = float((way[1:] - way[:-1]).norm(dim=-1).sum())
    ratio = (estimate.depth.double() / clip.depth).log()
    return Errors(
        rotation_deg=float(rotation_angle_deg(aligned[:, :3, :3], true[:, :3, :3]).median()),
        translation_share=float((aligned[:, :3, 3] - way).norm(dim=-1).median()) / max(length, 1e-9),
        depth_share=float(((ratio - ratio.median()).exp() - 1).abs().median()),
        focal_ratio=float(estimate.K[0, 0, 0] / clip.K[0, 0, 0]),
    )


def _faded(scene: Scene) -> Scene:
    """The scene with a fraction of its contrast."""

    def fade(colours):
        middle = [(a + b) / 2 for a, b in zip(*colours, strict=True)]
        return tuple(
            tuple(m + _LOW_TEXTURE_CONTRAST * (c - m) for c, m in zip(colour, middle, strict=True))
            for colour in colours
        )

    bodies = tuple(
        replace(body, texture=replace(body.texture, colours=fade(body.texture.colours)))
        for body in scene.bodies
    )
    return replace(scene, bodies=bodies)


def benchmark_clips() -> list[ClipSpec]:
    """The twenty clips whose numbers are in docs/geometry.md."""
    moving = [ClipSpec(kind="moving", seed=seed) for seed in range(100, 110)]
    large = [ClipSpec(kind="moving", seed=seed, height=480, width=832) for seed in (110, 111)]
    rest = [("low_texture", (120, 121)), ("rotation", (130, 131, 132)), ("static", (140, 141, 142))]
    return moving + large + [ClipSpec(kind=kind, seed=seed) for kind, seeds in rest for seed in seeds]
