"""A moving scene filmed by a moving camera, and what any other camera would truly have seen at any moment of it."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from postcam_core.cameras import focal_from_fov, intrinsics_matrix
from postcam_core.synthetic import Clip, random_camera_path, random_scene, render_clip
from postcam_core.trajectory import SourceCameras, Trajectory
from postcam_core.warp import Guide, render_scene_guide

HEIGHT, WIDTH, NUM_FRAMES = 48, 80, 9


@dataclass(frozen=True, kw_only=True)
class FilmedScene:
    """A synthetic scene and the clip that its camera took."""

    seed: int
    clip: Clip

    @property
    def cameras(self) -> SourceCameras:
        """The clip's cameras relative to its first frame."""
        c2w = torch.linalg.inv(self.clip.c2w[0]) @ self.clip.c2w
        return SourceCameras(c2w=c2w, nearest_depth=self.clip.geometry.nearest_depth())

    def truth(self, c2w: Tensor, *, shown: list[float], focal_scale: float | list[float] = 1.0) -> Clip:
        """The exact picture of cameras in scene units, relative to the source's first one.

        Args:
            c2w: One pose per picture.
            shown: Source frame whose moment each picture shows; may lie between frames.
            focal_scale: Factor on the source's focal length.
        """
        K = self.clip.K[:1].repeat(len(c2w), 1, 1)
        K[:, :2, :2] *= torch.as_tensor(focal_scale, dtype=torch.float64).expand(len(c2w))[:, None, None]
        times = torch.tensor(shown, dtype=torch.float64) / (len(self.clip.c2w) - 1)
        return _render(self.seed, self.clip.c2w[0] @ c2w, K, times)

    def guide(self, trajectory: Trajectory) -> Guide:
        """What our renderer makes of the clip."""
        return render_scene_guide(self.clip.video, self.clip.geometry, trajectory)


def filmed(
    seed: int, *, num_frames: int = NUM_FRAMES, shake: float = 1.0, travel: float = 0.6
) -> FilmedScene:
    """A scene filmed from a camera that walks and, if wished, shakes."""
    c2w = random_camera_path(seed, num_frames, travel=travel, shake=shake)
    K = intrinsics_matrix(focal_from_fov(55, WIDTH), width=WIDTH, height=HEIGHT).repeat(num_frames, 1, 1)
    return FilmedScene(seed=seed, clip=_render(seed, c2w, K, torch.linspace(0, 1, num_frames)))


def _render(seed: int, c2w: Tensor, K: Tensor, times: Tensor) -> Clip:
    return render_clip(
        random_scene(seed), c2w=c2w, K=K, times=times, height=HEIGHT, width=WIDTH, samples_per_axis=2
    )


def psnr(guide: Guide, truth: Clip) -> Tensor:
    """Of each guide frame's known pixels, in dB; below the peak of 2 between black and white."""
    error = (guide.frames - truth.video).square().mean(1)
    return torch.stack(
        [10 * torch.log10(4 / e[known].mean()) for e, known in zip(error, guide.mask, strict=True)]
    )


def place(position: tuple[float, float, float], yaw_deg: float = 0.0) -> Tensor:
    """Camera at a place, turned to its right."""
    c2w = torch.eye(4, dtype=torch.float64)
    yaw = torch.deg2rad(torch.tensor(yaw_deg, dtype=torch.float64))
    c2w[0, 0] = c2w[2, 2] = yaw.cos()
    c2w[0, 2], c2w[2, 0] = yaw.sin(), -yaw.sin()
    c2w[:3, 3] = torch.tensor(position, dtype=torch.float64)
    return c2w


def arc_left(total_deg: float, radius: float, num_frames: int) -> Tensor:
    """Around a point straight ahead, by the textbook: on a circle, looking at its centre."""
    poses = []
    for i in range(num_frames):
        yaw_deg = total_deg * i / (num_frames - 1)
        yaw = math.radians(yaw_deg)
        poses.append(place((-radius * math.sin(yaw), 0.0, radius - radius * math.cos(yaw)), yaw_deg))
    return torch.stack(poses)
