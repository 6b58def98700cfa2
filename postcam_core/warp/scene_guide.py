"""From a clip with its geometry and a trajectory to the guide: scale and cameras brought together."""

from jaxtyping import Float
from torch import Tensor

from ..cameras import invert_rigid
from ..errors import GeometryError
from ..geometry import SceneGeometry
from ..progress import ProgressFn, no_progress
from ..trajectory import Trajectory, model_scale
from .guide import Guide, render_guide


def render_scene_guide(
    video: Float[Tensor, "source 3 height width"],
    geometry: SceneGeometry,
    trajectory: Trajectory,
    *,
    nearest_percentile: float = 1.0,
    progress: ProgressFn = no_progress,
) -> Guide:
    """Render what the trajectory's cameras see of a clip.

    Geometry and trajectory are brought to the model's unit first (nearest depth of frame 0 = 3.97521), the
    world being the first source camera's axes; the guide's depth is in that unit.

    Args:
        video: Source frames in [-1, 1].
        geometry: Depth and cameras of the same frames, at the same size.
        trajectory: Target cameras; its focal scale multiplies the focal length of the frame shown.
        nearest_percentile: What counts as the nearest depth; see :meth:`SceneGeometry.nearest_depth`.
        progress: Called after each guide frame; cancels by raising.

    Raises:
        GeometryError: If geometry and frames differ in number or size, or the trajectory shows a frame that
            the clip does not have.
    """
    _check_fit(video, geometry, trajectory)
    nearest_depth = geometry.nearest_depth(nearest_percentile)
    scene = geometry.anchored().scaled(model_scale(nearest_depth))
    target_K = scene.K[trajectory.source_index]  # indexing copies
    target_K[:, :2, :2] *= trajectory.focal_scale[:, None, None]
    return render_guide(
        video,
        scene.depth.to(video.device),
        K=scene.K,
        source_w2c=scene.w2c,
        target_w2c=invert_rigid(trajectory.c2w_in_model_units(nearest_depth)),
        target_K=target_K,
        source_index=trajectory.source_index,
        progress=progress,
    )


def _check_fit(video: Tensor, geometry: SceneGeometry, trajectory: Trajectory) -> None:
    size = (len(video), *video.shape[-2:])
    if tuple(geometry.depth.shape) != size:
        raise GeometryError(
            "geometry",
            expected=f"{size[0]} frames of {size[2]}×{size[1]}, as the clip has",
            got=f"{geometry.num_frames} of {geometry.width}×{geometry.height}",
            todo="Make the geometry from these same frames.",
        )
    last = int(trajectory.source_index.max())
    if last >= len(video):
        raise GeometryError(
            "trajectory",
            expected=f"at most {len(video)} frames, as many as the clip has",
            got=f"{len(trajectory)} frames, which show source frame {last}",
            todo="Set num_frames of the trajectory to the number of frames of the clip.",
        )
