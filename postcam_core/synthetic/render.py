"""The ray caster: frames, exact depth and masks of a scene along a camera path."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..cameras import check_intrinsics, check_rigid
from ..errors import ShapeError
from ..progress import ProgressFn, no_progress
from .clip import Clip
from .primitives import intersect
from .scene import Scene
from .shading import PosedBody, shade

# Rays cast together, at some 150 bytes each. A processor is as fast with 2**14 as with 2**19; a GPU wants as
# many as fit.
_RAYS_AT_ONCE = {"cpu": 2**17, "cuda": 2**22}


def render_clip(
    scene: Scene,
    *,
    c2w: Float[Tensor, "frame 4 4"],
    K: Float[Tensor, "frame 3 3"],
    times: Float[Tensor, " frame"],
    height: int,
    width: int,
    device: torch.device | str = "cpu",
    samples_per_axis: int = 1,
    progress: ProgressFn = no_progress,
) -> Clip:
    """Render a scene. Works through a few frames or rows at a time, so memory stays small.

    Args:
        scene: What to render.
        c2w: Camera poses in the scene's world.
        K: Intrinsics in pixels of a height × width image.
        times: Moment of each frame; motion runs from 0 to 1.
        height: Of the frames, in pixels.
        width: Of the frames, in pixels.
        device: Where to render; video, depth and masks stay there.
        samples_per_axis: Colour is the mean of this many squared rays spread over the pixel. Depth and masks
            are always those of the ray through the pixel's centre.
        progress: Called after each group of frames with frames done and frames in all.

    Raises:
        CameraError: If poses are not rigid or intrinsics not usable.
        ShapeError: If lengths disagree or a size is not positive.
    """
    _check_request(c2w, K, times, height=height, width=width, samples_per_axis=samples_per_axis)
    device, num_frames = torch.device(device), len(times)
    video = torch.empty(num_frames, 3, height, width, device=device)
    depth = torch.empty(num_frames, height, width, device=device)
    body_index = torch.empty(num_frames, height, width, dtype=torch.int64, device=device)
    rays_at_once = _RAYS_AT_ONCE["cuda" if device.type == "cuda" else "cpu"]
    num_rows = min(height, max(1, rays_at_once // width))
    for frames in _slices(num_frames, max(1, rays_at_once // (height * width))):
        posed = _pose_bodies(scene, times[frames], device)
        position, rotation = c2w[frames, :3, 3].to(device, torch.float32), c2w[frames, :3, :3].double().cpu()
        rays_from_pixels = (rotation @ torch.linalg.inv(K[frames].double().cpu())).to(device, torch.float32)
        for rows in _slices(height, num_rows):
            block = _Block(rows=rows, width=width, position=position, rays_from_pixels=rays_from_pixels)
            centre = _cast(posed, block, (0.0, 0.0))
            colour = torch.zeros_like(centre.direction)
            for offset in _sample_offsets(samples_per_axis):
                hits = centre if offset == (0.0, 0.0) else _cast(posed, block, offset)
                colour += _colours(scene, posed, block, hits)
            shape = (rows.stop - rows.start, width)
            video[frames, :, rows] = (colour * (2 / samples_per_axis**2) - 1).unflatten(2, shape)
            depth[frames, rows] = centre.depth.unflatten(1, shape)
            body_index[frames, rows] = centre.body_index.unflatten(1, shape)
        progress(frames.stop, num_frames)
    instance = torch.tensor([body.instance for body in scene.bodies], device=device)
    is_moving = torch.tensor([body.motion is not None for body in scene.bodies], device=device)
    return Clip(
        video=video,
        depth=depth,
        K=K.double(),
        c2w=c2w.double(),
        instance=instance[body_index],
        is_moving=is_moving[body_index],
    )


@dataclass(frozen=True, kw_only=True)
class _Block:
    """The same rows of a few frames, and the cameras that see them."""

    rows: slice
    width: int
    position: Float[Tensor, "frame xyz=3"]
    rays_from_pixels: Float[Tensor, "frame 3 3"]


@dataclass(frozen=True, kw_only=True)
class _Hits:
    """Where the rays of a block end: z-depth and index of the nearest body."""

    direction: Float[Tensor, "frame xyz=3 ray"]
    depth: Float[Tensor, "frame ray"]
    body_index: Int[Tensor, "frame ray"]


def _slices(length: int, step: int) -> list[slice]:
    return [slice(start, min(start + step, length)) for start in range(0, length, step)]


def _pose_bodies(scene: Scene, times: Tensor, device: torch.device) -> list[PosedBody]:
    posed = []
    for body in scene.bodies:
        pose = body.body_to_world(times).to(device, torch.float32)
        half_size = torch.tensor(body.half_size, dtype=torch.float32, device=device)
        posed.append(
            PosedBody(body=body, half_size=half_size, rotation=pose[:, :3, :3], position=pose[:, :3, 3])
        )
    return posed


def _sample_offsets(samples_per_axis: int) -> list[tuple[float, float]]:
    """Centres of an n × n grid over the pixel, relative to its own centre, in pixels."""
    steps = [(2 * i + 1 - samples_per_axis) / (2 * samples_per_axis) for i in range(samples_per_axis)]
    return [(x, y) for y in steps for x in steps]


def _cast(posed: list[PosedBody], block: _Block, offset: tuple[float, float]) -> _Hits:
    """Send one ray through each pixel, ``offset`` from its centre. Directions are as long as to reach z = 1."""
    device = block.position.device
    rows = torch.arange(block.rows.start, block.rows.stop, device=device) + offset[1]
    y, x = torch.meshgrid(rows, torch.arange(block.width, device=device) + offset[0], indexing="ij")
    pixels = torch.stack([x.flatten(), y.flatten(), torch.ones(x.numel(), device=device)])
    direction = block.rays_from_pixels @ pixels
    depth = torch.full_like(direction[:, 0], torch.inf)
    body_index = torch.zeros_like(depth, dtype=torch.int64)
    for index, surface in enumerate(posed):
        to_body = surface.rotation.transpose(-1, -2)
        origin = to_body @ (block.position - surface.position)[..., None]
        distance = intersect(surface.body.shape, surface.half_size, origin, to_body @ direction)
        body_index.masked_fill_(distance < depth, index)
        depth = torch.minimum(depth, distance)
    return _Hits(direction=direction, depth=depth, body_index=body_index)


def _colours(
    scene: Scene, posed: list[PosedBody], block: _Block, hits: _Hits
) -> Float[Tensor, "frame rgb=3 ray"]:
    colour = torch.empty_like(hits.direction)
    for index in range(len(posed)):
        frame, ray = torch.nonzero(hits.body_index == index, as_tuple=True)
        if len(frame) == 0:
            continue
        way = hits.depth[frame, ray] * hits.direction[frame, :, ray].T
        colour[frame, :, ray] = shade(scene, posed, index, block.position.T[:, frame] + way, frame).T
    return colour


def _check_request(
    c2w: Tensor, K: Tensor, times: Tensor, *, height: int, width: int, samples_per_axis: int
) -> None:
    if not (c2w.ndim == K.ndim == 3 and times.ndim == 1 and len(c2w) == len(K) == len(times) > 0):
        raise ShapeError(
            "camera path",
            expected="c2w [frame,4,4], K [frame,3,3] and times [frame] of one length",
            got=f"{tuple(c2w.shape)}, {tuple(K.shape)} and {tuple(times.shape)}",
            todo="Repeat a constant K with K.expand(num_frames, 3, 3).",
        )
    if min(height, width, samples_per_axis) < 1:
        raise ShapeError(
            "image size",
            expected="height, width and samples_per_axis of at least 1",
            got=f"{height}, {width} and {samples_per_axis}",
            todo="Give the size in pixels.",
        )
    check_rigid(c2w, name="c2w")
    check_intrinsics(K)
