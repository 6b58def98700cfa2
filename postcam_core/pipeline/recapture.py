"""One recapture: a clip, its geometry and a new camera → the clip as that camera would have seen it.

Nothing but the source's bytes, the depth maps and the latents is held for the whole clip: the guide is rendered,
encoded and let go piece by piece, the model sees one window at a time, and the result is decoded piece by piece.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import GeometryError
from ..geometry import SceneGeometry
from ..progress import ProgressFn, no_progress
from ..sampling import denoise
from ..trajectory import Trajectory
from ..warp import BackgroundMemory, Guide, SceneGuideRenderer, shrink_guide
from ..warp.keep_seen import check_share
from .latent_cameras import source_cameras, target_cameras
from .models import RecaptureModels
from .sampling_settings import SamplingSettings
from .sizes import crop, pad_frames, padded_num_frames, padding_for
from .source_clip import SourceClip
from .window_plan import planned_windows


@dataclass(frozen=True, kw_only=True, eq=False)
class EncodedClip:
    """What the model is told of source and guide, one latent frame for the first frame and one for every four.

    Attributes:
        source: The frames that the trajectory shows.
        guide: The guide, at the size that the model takes it.
    """

    source: Float[Tensor, "16 latent h w"]
    guide: Float[Tensor, "16 latent guide_h guide_w"]


class Recapture:
    """The steps from frames to frames: :meth:`encode`, :meth:`sample`, :meth:`decode`.

    Clips of any size and number of frames: what the networks cannot take is padded and cut again, as
    :mod:`.sizes` says.

    Args:
        clip: The source.
        geometry: Depth and cameras of the same frames, at the same size.
        trajectory: The new camera.
        models: The networks.
        settings: Of the sampling.
        prompt: What the clip shows; needs a text encoder.
        negative: What it shall not show.
        background: Fills the guide's holes, if given.
        keep_seen: Share of the guide's own pixels in the result where it has some; see :func:`..warp.keep_seen`.

    Raises:
        GeometryError: If the geometry is not of the clip's frames and size.
        TrajectoryError: If the trajectory's length does not fit the clip's.
        ShapeError: If a window does not fit into the memory that is free, windows cannot be planned so, the model
            has no guide positions for this size, or ``keep_seen`` is no share.
        CheckpointError: If there is a prompt and no text encoder.
    """

    def __init__(
        self,
        clip: SourceClip,
        geometry: SceneGeometry,
        trajectory: Trajectory,
        models: RecaptureModels,
        settings: SamplingSettings,
        *,
        prompt: str = "",
        negative: str = "",
        background: BackgroundMemory | None = None,
        keep_seen: float = 0.0,
    ) -> None:
        _check_geometry(geometry, clip)
        check_share(keep_seen)
        self.clip, self.geometry, self.trajectory = clip, geometry, trajectory
        self.models, self.settings, self.keep_seen = models, settings, keep_seen
        self._right, self._bottom = padding_for(clip.width, clip.height, models.settings.guide_scale)
        self.windows = planned_windows(
            models, settings, num_frames=len(trajectory), width=clip.width, height=clip.height
        )
        self._guide = SceneGuideRenderer(
            clip.frame_at, geometry, trajectory, device=models.device, background=background
        )
        self._positive = models.embed(prompt)
        self._negative = None if models.text is None else models.embed(negative)

    def __len__(self) -> int:
        """Frames of the result."""
        return len(self.trajectory)

    def source_frame(self, index: int) -> Float[Tensor, "3 height width"]:
        """The frame of the source that is shown at a frame of the result."""
        return self.clip.frame_at(int(self.trajectory.source_index[index]))

    def guide_pieces(self, *, progress: ProgressFn = no_progress) -> Iterator[Guide]:
        """The guide, rendered anew: a few frames at a time, in order."""
        done = 0
        for piece in self._guide.pieces():
            yield piece
            done += len(piece.frames)
            progress(done, len(self))

    def encode(
        self, *, on_guide: Callable[[Tensor], None] = lambda frames: None, progress: ProgressFn = no_progress
    ) -> EncodedClip:
        """Render the guide; encode it, and the source.

        Args:
            on_guide: Receives the pieces of the guide as they are rendered, at the clip's size.
            progress: Called with frames done and their number, the source's and the guide's; cancels by raising.
        """
        total = 2 * len(self)

        def guide() -> Iterator[Tensor]:
            for piece in self.guide_pieces(progress=lambda done, _: progress(len(self) + done, total)):
                on_guide(piece.frames)
                yield piece.frames

        def source() -> Iterator[Tensor]:
            for index in range(len(self)):
                yield self.source_frame(index)[None]
                progress(index + 1, total)

        scale = self.models.settings.guide_scale
        return EncodedClip(
            source=self._encoded(self._padded(source())),
            guide=self._encoded(shrink_guide(piece, scale) for piece in self._padded(guide())),
        )

    def sample(
        self, encoded: EncodedClip, *, progress: ProgressFn = no_progress
    ) -> Float[Tensor, "16 latent h w"]:
        """Latents of the result.

        Args:
            encoded: From :meth:`encode`.
            progress: Called after each step; cancels by raising.
        """
        model, settings = self.models.transformer, self.settings
        target = target_cameras(self.trajectory, self.geometry)
        source = source_cameras(self.geometry, self.trajectory)
        # Drawn on the CPU, as ComfyUI does: the same seed is the same noise everywhere.
        generator = torch.Generator().manual_seed(settings.seed)
        noise = torch.randn(1, *encoded.source.shape, generator=generator)
        return denoise(
            model,
            noise.to(self.models.device),
            source_latents=encoded.source[None],
            guide_latents=encoded.guide[None],
            camera_w2c=target[None].to(self.models.device),
            source_camera_w2c=source[None].to(self.models.device),
            positive=self._positive,
            negative=self._negative,
            num_steps=settings.num_steps,
            shift=settings.shift,
            cfg_scale=settings.cfg_scale,
            solver=settings.solver,
            windows=self.windows,
            progress=progress,
        )[0]

    def decode(
        self, latents: Float[Tensor, "16 latent h w"], *, progress: ProgressFn = no_progress
    ) -> Iterator[Float[Tensor, "piece 3 height width"]]:
        """Frames of the result as they are made, at the clip's size and as many as the trajectory has."""
        done = 0
        for piece in self.models.vae.decode_stream(latents):
            piece = crop(piece[: len(self) - done], self.clip.width, self.clip.height)
            yield piece
            done += len(piece)
            progress(done, len(self))

    def _padded(self, pieces: Iterable[Tensor]) -> Iterator[Tensor]:
        """Frames of a size and number that the VAE takes: the last column, row and frame held."""
        for piece in pieces:
            piece = pad_frames(piece, self._right, self._bottom)
            yield piece
        for _ in range(padded_num_frames(len(self)) - len(self)):
            yield piece[-1:]

    def _encoded(self, pieces: Iterable[Tensor]) -> Tensor:
        return torch.cat(list(self.models.vae.encode_stream(pieces)), dim=1)


def _check_geometry(geometry: SceneGeometry, clip: SourceClip) -> None:
    found, wanted = tuple(geometry.depth.shape), tuple(clip.frames.shape[:3])
    if found != wanted:
        raise GeometryError(
            "geometry",
            expected=f"{wanted[0]} frames of {wanted[2]}×{wanted[1]}, as the clip has",
            got=f"{found[0]} of {found[2]}×{found[1]}",
            todo="Make the geometry from these same frames.",
        )
