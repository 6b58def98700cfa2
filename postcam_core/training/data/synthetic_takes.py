"""Takes of procedural scenes, rendered when asked for, with exact depth."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...synthetic import render_rig
from .takes import Take


@dataclass(frozen=True, kw_only=True)
class SyntheticTakes:
    """The rigs of :func:`postcam_core.synthetic.render_rig` as takes: a scene for each seed.

    Args:
        seeds: Of the scenes. Seeds from ``FIRST_HELD_OUT_SEED`` on are for tests.
        num_cameras: Of each scene; all start at one pose.
        height: Of the frames, in pixels.
        width: Of the frames, in pixels.
        num_frames: Of each take.
        device: Where to render; takes come back on the CPU.
        samples_per_axis: See :func:`postcam_core.synthetic.render_clip`.
    """

    seeds: Sequence[int]
    num_cameras: int
    height: int
    width: int
    num_frames: int
    device: str = "cpu"
    samples_per_axis: int = 1

    @property
    def description(self) -> str:
        """How the scenes are filmed; the seeds are in their names."""
        return f"synthetic scenes, {self.num_cameras} cameras, {self.samples_per_axis}² rays per pixel"

    def __len__(self) -> int:
        """Number of scenes."""
        return len(self.seeds)

    def scene_name(self, index: int) -> str:
        """``scene_`` and the seed."""
        return f"scene_{self.seeds[index]:06d}"

    def take_names(self, index: int) -> tuple[str, ...]:
        """``cam00``, ``cam01``, …"""
        return tuple(f"cam{camera:02d}" for camera in range(self.num_cameras))

    def take(self, index: int, name: str) -> Take:
        """Render one camera's clip.

        Raises:
            PostCamError: If the seed is out of range.
        """
        (clip,) = render_rig(
            self.seeds[index],
            num_frames=self.num_frames,
            num_cameras=self.num_cameras,
            height=self.height,
            width=self.width,
            cameras=[self.take_names(index).index(name)],
            device=self.device,
            samples_per_axis=self.samples_per_axis,
        )
        return Take(name=name, video=clip.video.cpu(), c2w=clip.c2w, K=clip.K, geometry=clip.geometry)
