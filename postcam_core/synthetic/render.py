"""The ray caster: frames, exact depth and masks of a scene along a camera path."""

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

# Rays cast together: few enough for the caches of a processor, enough to fill a GPU.
_RAYS_AT_ONCE = {"cpu": 2**17, "cuda": 2**22}


def render_clip(
    scene: Scene,
    *,
    c2w: Float[Tensor, "frame 4 4"],
    K: Float[Tensor, "frame 3 3"],
    times: Float[Tensor, "frame"],
    height: int,
    width: int,
    device: torch.device | str = "cpu",
    samples_per_axis: int = 1,
    progress: ProgressFn = no_progress,
) -> Clip:
    """Render a scene. Works through a few frames at a time, so memory does not grow with the rays.

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
    step = max(1, _RAYS_AT_ONCE.get(device.type, 2**17) // (height * width))
    for start in range(0, num_frames, step):
        part = slice(start, min(start + step, num_frames))
        posed = _pose_bodies(scene, times[part], device)
        camera = (c2w[part].to(device, torch.float32), K[part].double().cpu())
        directions = _ray_directions(*camera, height, width, (0.0, 0.0))
        hit_depth, hit_body = _cast(posed, camera[0], directions)
        depth[part], body_index[part] = (x.unflatten(1, (height, width)) for x in (hit_depth, hit_body))
        colour = torch.zeros(len(hit_depth), 3, height * width, device=device)
        for offset in _sample_offsets(samples_per_axis):
            if offset != (0.0, 0.0):
                directions = _ray_directions(*camera, height, width, offset)
                hit_depth, hit_body = _cast(posed, camera[0], directions)
            colour += _colours(scene, posed, camera[0], directions, hit_depth, hit_body)
        video[part] = (colour * (2 / samples_per_axis**2) - 1).unflatten(2, (height, width))
        progress(part.stop, num_frames)
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


def _pose_bodies(scene: Scene, times: Tensor, device: torch.device) -> list[PosedBody]:
    posed = []
    for body in scene.bodies:
        pose = body.body_to_world(times).to(device, torch.float32)
        half_size = torch.tensor(body.half_size, device=device)
        posed.append(
            PosedBody(body=body, half_size=half_size, rotation=pose[:, :3, :3], position=pose[:, :3, 3])
        )
    return posed


def _sample_offsets(samples_per_axis: int) -> list[tuple[float, float]]:
    """Centres of an n × n grid over the pixel, relative to its own centre, in pixels."""
    steps = [(2 * i + 1 - samples_per_axis) / (2 * samples_per_axis) for i in range(samples_per_axis)]
    offsets = [(x, y) for y in steps for x in steps]
    # The centre first: its rays have been cast for the depth already.
    return sorted(offsets, key=lambda offset: offset != (0.0, 0.0))


def _ray_directions(
    c2w: Tensor, K: Tensor, height: int, width: int, offset: tuple[float, float]
) -> Float[Tensor, "frame xyz=3 ray"]:
    """World directions whose length makes the distance along them the z-depth."""
    rows = torch.arange(height, device=c2w.device) + offset[1]
    columns = torch.arange(width, device=c2w.device) + offset[0]
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    pixels = torch.stack([x.flatten(), y.flatten(), torch.ones(height * width, device=c2w.device)])
    return c2w[:, :3, :3] @ (torch.linalg.inv(K).to(c2w) @ pixels)


def _cast(
    posed: list[PosedBody], c2w: Tensor, directions: Tensor
) -> tuple[Float[Tensor, "frame ray"], Int[Tensor, "frame ray"]]:
    """Depth of the nearest surface along each ray, and the index of the body that it belongs to."""
    depth = torch.full_like(directions[:, 0], torch.inf)
    body_index = torch.zeros_like(depth, dtype=torch.int64)
    for index, surface in enumerate(posed):
        to_body = surface.rotation.transpose(-1, -2)
        origin = to_body @ (c2w[:, :3, 3] - surface.position)[..., None]
        distance = intersect(surface.body.shape, surface.half_size, origin, to_body @ directions)
        body_index.masked_fill_(distance < depth, index)
        depth = torch.minimum(depth, distance)
    return depth, body_index


def _colours(
    scene: Scene,
    posed: list[PosedBody],
    c2w: Tensor,
    directions: Tensor,
    depth: Tensor,
    body_index: Tensor,
) -> Float[Tensor, "frame 3 ray"]:
    colour = torch.empty_like(directions)
    for index in range(len(posed)):
        frame, ray = torch.nonzero(body_index == index, as_tuple=True)
        if len(frame) == 0:
            continue
        point = c2w[:, :3, 3].T[:, frame] + depth[frame, ray] * directions[frame, :, ray].T
        colour[frame, :, ray] = shade(scene, posed, index, point, frame).T
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
