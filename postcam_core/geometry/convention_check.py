"""Whether depth and cameras fit each other, and if not, whether a well-known mix-up explains it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import grid_sample

from ..cameras import (
    OPENGL_FROM_OPENCV,
    invert_rigid,
    project_points,
    transform_points,
    unproject_depth,
)
from ..errors import GeometryError
from .scene import SceneGeometry
from .video_checks import check_video_fits

# Shares of the clip that lie between the two frames of a pair: near pairs see the same, far ones differ more.
_GAPS = (1 / 16, 1 / 8, 1 / 4)
_PAIRS_PER_GAP = 4
_NUM_PIXELS = 4096
# Errors are logarithms of depth ratios, or differences of colour (0 to 2). Pixels that leave the picture or end up
# behind the camera count as this much off.
_LOST = 0.5
# Estimated depth and compressed pictures are never better than this; smaller errors tell nothing.
_NOISE = 0.01
# A mix-up is believed if it leaves at most this share of the error and is better in this share of the pairs.
_REMAINING = 0.5
_AGREEING_SHARE = 0.7
_UNIT_FACTORS = tuple(math.sqrt(10) ** k for k in range(-6, 7) if k)


@dataclass(frozen=True, kw_only=True)
class _MixUp:
    """A misunderstanding: how it looks, and the relative pose that a pair has if it is one."""

    looks: str
    todo: str
    relative: Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class _View:
    """A frame: its depth and, if there is a video, its colours as further channels."""

    maps: Float[Tensor, "channel height width"]
    K: Float[Tensor, "3 3"]
    w2c: Float[Tensor, "4 4"]


def check_conventions(
    geometry: SceneGeometry, video: Float[Tensor, "frame 3 height width"] | None = None
) -> None:
    """Refuse geometry that a mix-up of conventions or units explains far better than what it says.

    Pixels of some frames are lifted by their depth, moved to the camera of a later frame and compared with its
    depth, and with its colours if the video is given. The same is done as if c2w had been mistaken for w2c,
    OpenGL's camera axes for OpenCV's, both, or the unit of depth for that of the translations. What moves in the
    scene, and noise in depth, disturb all of these alike. A camera that stands still passes: it shows nothing.

    Args:
        geometry: Depth and cameras.
        video: Frames in [-1, 1] of the same size; makes the check far more sensitive where depth is noisy.

    Raises:
        GeometryError: If a mix-up at least halves the error; says which.
    """
    if video is not None:
        check_video_fits(video, geometry)
    pairs = _pairs(geometry.num_frames)
    if not pairs:
        return
    errors = torch.stack([_pair_errors(geometry, video, pair) for pair in pairs])  # pair, hypothesis, measure
    mean = errors.mean(dim=0) + _NOISE
    is_better = (errors[:, 1:] < errors[:, :1]).float().mean(dim=0) >= _AGREEING_SHARE
    explains = is_better & (mean[1:] <= _REMAINING * mean[0])
    is_contradicted = (mean[1:] > mean[0]).any(dim=1)
    is_suspect = explains.any(dim=1) & ~is_contradicted
    if not is_suspect.any():
        return
    remaining = (mean[1:] / mean[0]).mean(dim=1).masked_fill(~is_suspect, torch.inf)
    mix_up = _MIX_UPS[int(remaining.argmin())]
    raise GeometryError(
        "geometry",
        expected="depth that neighbouring frames agree on",
        got=f"{remaining.min():.0%} of the disagreement remains if one supposes that {mix_up.looks}",
        todo=mix_up.todo,
    )


def _given(first: Tensor, second: Tensor) -> Tensor:
    return second @ invert_rigid(first)


def _inverted(first: Tensor, second: Tensor) -> Tensor:
    return invert_rigid(second) @ first


def _flipped(relative: Tensor) -> Tensor:
    flip = OPENGL_FROM_OPENCV.to(relative)
    return flip @ relative @ flip


def _unit_mix_up(factor: float) -> _MixUp:
    def relative(first: Tensor, second: Tensor) -> Tensor:
        scaled = _given(first, second)
        scaled[:3, 3] *= factor
        return scaled

    times, size = (factor, "large") if factor > 1 else (1 / factor, "small")
    return _MixUp(
        looks=f"depth is about {float(f'{times:.2g}'):g} times too {size} for the translations of the cameras",
        todo="Set the scale of the depth so that both are in one unit (0.001 reads millimetres as metres).",
        relative=relative,
    )


_MIX_UPS = (
    _MixUp(
        looks="the poses are inverted (c2w given as w2c, or the other way round)",
        todo="Store them under the other name, or invert them.",
        relative=_inverted,
    ),
    _MixUp(
        looks="the camera axes are OpenGL's (+y up, −z forward)",
        todo="Convert them to OpenCV's: c2w @ diag(1, −1, −1, 1).",
        relative=lambda first, second: _flipped(_given(first, second)),
    ),
    _MixUp(
        looks="the poses are inverted and their camera axes OpenGL's (+y up, −z forward)",
        todo="Invert them and convert them to OpenCV's axes: c2w @ diag(1, −1, −1, 1).",
        relative=lambda first, second: _flipped(_inverted(first, second)),
    ),
    *(_unit_mix_up(factor) for factor in _UNIT_FACTORS),
)
_HYPOTHESES = (_given, *(mix_up.relative for mix_up in _MIX_UPS))


def _pairs(num_frames: int) -> list[tuple[int, int]]:
    pairs = set()
    for gap in {max(1, round(share * num_frames)) for share in _GAPS}:
        last = num_frames - 1 - gap
        starts = torch.linspace(0, last, _PAIRS_PER_GAP).round().int().tolist() if last >= 0 else []
        pairs |= {(start, start + gap) for start in starts}
    return sorted(pairs)


def _pair_errors(
    geometry: SceneGeometry, video: Tensor | None, pair: tuple[int, int]
) -> Float[Tensor, "hypothesis measure"]:
    """Median error of depth, and of colour if there is a video, under every hypothesis."""
    first, second = (_view(geometry, video, frame) for frame in pair)
    step = max(1, round(math.sqrt(geometry.height * geometry.width / _NUM_PIXELS)))
    points = unproject_depth(first.maps[0], first.K)[::step, ::step].reshape(-1, 3)
    colours = first.maps[1:, ::step, ::step].flatten(1)
    return torch.stack(
        [
            _errors(transform_points(points, hypothesis(first.w2c, second.w2c)), colours, second)
            for hypothesis in _HYPOTHESES
        ]
    )


def _view(geometry: SceneGeometry, video: Tensor | None, frame: int) -> _View:
    maps = geometry.depth[frame : frame + 1].double().cpu()
    if video is not None:
        maps = torch.cat([maps, video[frame].double().cpu()])
    return _View(maps=maps, K=geometry.K[frame].cpu(), w2c=geometry.w2c[frame].cpu())


def _errors(
    points: Float[Tensor, "point 3"], colours: Float[Tensor, "channel point"], view: _View
) -> Float[Tensor, " measure"]:
    pixels, depth = project_points(points, view.K)
    size = torch.tensor([view.maps.shape[2], view.maps.shape[1]], dtype=pixels.dtype)
    grid = (2 * pixels + 1) / size - 1
    is_seen = (depth > 0) & (grid.abs() < 1).all(dim=-1)
    # Inverse depth is linear over a plane in the picture, depth is not.
    maps = torch.cat([1 / view.maps[:1], view.maps[1:]])
    seen = grid_sample(
        maps[None], grid.nan_to_num(2.0).clamp(-2, 2)[None, None], align_corners=False, padding_mode="border"
    )[0, :, 0]
    errors = [(depth * seen[0]).log().abs()]
    if len(colours):
        errors.append((seen[1:] - colours).abs().mean(dim=0))
    return torch.stack([error.clamp_max(_LOST).where(is_seen, _LOST).median() for error in errors])
