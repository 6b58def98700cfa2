"""Sampled cameras in the formats of other tools; docs/formats.md has their layouts and units."""

import json

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import check_intrinsics, invert_rigid
from ..errors import TrajectoryError
from .document import TrajectoryDocument, build_document
from .fields import Unit
from .scale import MODEL_NEAREST_DEPTH, model_scale
from .trajectory import Trajectory

_CENTIMETRES = 100.0
# Where OpenCV's right, down and forward point in Unreal Engine's left-handed x forward, y right, z up.
_UNREAL_FROM_OPENCV = torch.tensor([[0, 0, 1], [1, 0, 0], [0, -1, 0]], dtype=torch.float64)


def poses_in(
    trajectory: Trajectory, unit: Unit, *, nearest_depth: float | None = None
) -> Float[Tensor, "frame 4 4"]:
    """Camera-to-world poses with lengths in a unit of choice; world = axes of the first source camera.

    Args:
        trajectory: In any unit.
        unit: The one wanted.
        nearest_depth: Nearest depth of the first source frame in the scene's unit; needed to go between that
            unit and another.

    Raises:
        TrajectoryError: If it is needed and missing.
    """
    if unit == trajectory.unit:
        return trajectory.c2w
    c2w = trajectory.c2w_in_model_units(nearest_depth)
    c2w[:, :3, 3] /= _in_model_units(unit, nearest_depth)
    return c2w


def w2c_text(trajectory: Trajectory, unit: Unit = "scene", *, nearest_depth: float | None = None) -> str:
    """One line per frame: the 16 numbers of the world-to-camera matrix, row by row.

    Raises:
        TrajectoryError: As :func:`poses_in` does.

    Source:
        ``target_tcw.txt`` of InSpatio-World 1.5.
    """
    w2c = invert_rigid(poses_in(trajectory, unit, nearest_depth=nearest_depth))
    return "".join(_words(pose.flatten().tolist()) + "\n" for pose in w2c)


def recammaster_text(
    trajectory: Trajectory, camera: str = "cam01", *, nearest_depth: float | None = None
) -> str:
    """A camera file as the MultiCamVideo data set has them, in centimetres of the model's training set.

    The source's first camera stands at the origin, looking along +x. Readers take paths relative to their own first
    frame, this project's too.

    Raises:
        TrajectoryError: As :func:`poses_in` does.
    """
    c2w = poses_in(trajectory, "model", nearest_depth=nearest_depth)
    right, down, forward, position = (_UNREAL_FROM_OPENCV @ c2w[:, :3]).unbind(-1)
    rows = torch.stack([forward, right, -down, _CENTIMETRES * position], dim=1)
    return json.dumps(
        {
            f"frame{frame}": {
                camera: "".join(f"[{_words([*row, w])}] " for row, w in zip(m, (0, 0, 0, 1), strict=True))
            }
            for frame, m in enumerate(rows.tolist())
        },
        indent=1,
    )


def camera_arrays(
    trajectory: Trajectory,
    source_K: Float[Tensor, "source 3 3"],
    unit: Unit = "scene",
    *,
    nearest_depth: float | None = None,
) -> dict[str, np.ndarray]:
    """Poses and intrinsics per frame, as numpy writes them to an npz file.

    Args:
        trajectory: The target cameras.
        source_K: Intrinsics of every source frame, in pixels; the focal scale multiplies those of the frame shown.
        unit: Of the poses' lengths.
        nearest_depth: As for :func:`poses_in`.

    Returns:
        ``cam_c2w`` [frame, 4, 4] and ``intrinsics`` [frame, 4], which are fx, fy, cx, cy; the corner of the first
        pixel is (0, 0), so that cx is half the width where the optical axis is in the middle.

    Raises:
        TrajectoryError: As :func:`poses_in` does, and if the source has fewer frames than are shown.
        CameraError: If K is no pinhole matrix.

    Source:
        ``save_cameras`` of Vista4D (cameras_tgt.npz).
    """
    K = target_intrinsics(trajectory, source_K)
    focal = torch.stack([K[:, 0, 0], K[:, 1, 1]], dim=-1)
    return {
        "cam_c2w": poses_in(trajectory, unit, nearest_depth=nearest_depth).numpy(),
        "intrinsics": torch.cat([focal, K[:, :2, 2] + 0.5], dim=-1).numpy(),
    }


def target_intrinsics(
    trajectory: Trajectory, source_K: Float[Tensor, "source 3 3"]
) -> Float[Tensor, "frame 3 3"]:
    """K of every target frame: that of the source frame shown, its focal length times the focal scale.

    Raises:
        TrajectoryError: If the source has fewer frames than are shown.
        CameraError: If K is no pinhole matrix.
    """
    check_intrinsics(source_K)
    last = int(trajectory.source_index.max())
    if last >= len(source_K):
        raise TrajectoryError(
            "trajectory with intrinsics",
            expected=f"only frames that the geometry has, 0 to {len(source_K) - 1}",
            got=f"frame {last}",
            todo="Give the geometry of the clip that the trajectory was made for.",
        )
    K = source_K.double().cpu()[trajectory.source_index]  # indexing copies
    K[:, :2, :2] *= trajectory.focal_scale[:, None, None]
    return K


def document_of(trajectory: Trajectory) -> TrajectoryDocument:
    """What the trajectory was sampled from; where there is none, its poses one by one."""
    if trajectory.document is not None:
        return trajectory.document
    c2w, focal_scale = trajectory.c2w.flatten(1).tolist(), trajectory.focal_scale.tolist()
    return build_document({"kind": "poses", "unit": trajectory.unit, "c2w": c2w, "focal_scale": focal_scale})


def _in_model_units(unit: Unit, nearest_depth: float | None) -> float:
    if unit == "model":
        return 1.0
    if unit == "nearest_depth":
        return MODEL_NEAREST_DEPTH
    if nearest_depth is None:
        raise TrajectoryError(
            "trajectory in scene units",
            expected="the nearest depth of the scene that is to be its measure",
            got="none",
            todo="Give the clip's geometry, or choose another unit.",
        )
    return model_scale(nearest_depth)


def _words(numbers: list[float]) -> str:
    # Adding zero turns −0.0 into 0.0.
    return " ".join(f"{number + 0.0:.12g}" for number in numbers)
