"""Where ComfyUI's 3D viewer has to stand to see a point cloud as the clip's first camera saw the scene."""

import math
from typing import Any

from torch import Tensor

from ...postcam_core.geometry import SceneGeometry
from ...postcam_core.geometry.pointcloud import PointCloud


def first_camera(cloud: PointCloud, geometry: SceneGeometry) -> dict[str, Any]:
    """What core calls a LOAD3D_CAMERA: at the first camera, turning around what lies ahead of it.

    The viewer moves a cloud's bounding box to the origin and scales the cloud into a sphere of radius 1; the
    camera has to follow. Viewers that do not read the field of view use 35 degrees.

    Args:
        cloud: In the axes of 3D viewers, the first camera at the origin.
        geometry: What the cloud was made of.
    """
    lowest, highest = cloud.points.aminmax(dim=0)
    centre = (lowest + highest) / 2
    radius = max(float((cloud.points - centre).norm(dim=1).max()), 1e-9)
    ahead = cloud.points.new_tensor([0.0, 0.0, -float(geometry.depth[0].median())])
    focal_px = float(geometry.K[0, 1, 1])
    return {
        "position": _xyz(-centre / radius),
        "target": _xyz((ahead - centre) / radius),
        "quaternion": {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0},
        "zoom": 1.0,
        "cameraType": "perspective",
        "fov": math.degrees(2 * math.atan(geometry.height / 2 / focal_px)),
        "aspect": geometry.width / geometry.height,
    }


def _xyz(vector: Tensor) -> dict[str, float]:
    return dict(zip("xyz", vector.tolist(), strict=True))
