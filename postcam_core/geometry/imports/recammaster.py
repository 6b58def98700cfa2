"""A clip of ReCamMaster's MultiCamVideo data set, with depth from a folder of images."""

from pathlib import Path

from ...cameras import focal_from_fov, intrinsics_matrix, invert_rigid, recammaster_c2w
from ...errors import GeometryError
from ...progress import ProgressFn, no_progress
from ..depth_folder import DepthKind, find_depth_images, read_depth_images
from ..files import read_json_object
from ..scene import SceneGeometry


def load_recammaster(
    cameras_json: str | Path,
    depth_folder: str | Path,
    *,
    camera: str = "cam01",
    fov_deg: float,
    depth_kind: DepthKind = "depth",
    depth_scale: float = 1.0,
    fill_missing: bool = False,
    progress: ProgressFn = no_progress,
) -> SceneGeometry:
    """Read the poses of one camera and a depth image for each of its frames, in order.

    Poses are in metres and relative to the first frame; depth has to be in metres too.

    Args:
        cameras_json: A ``camera_extrinsics.json`` of the data set.
        depth_folder: One image per frame, in the order of the numbers in their names.
        camera: Name of the clip's camera.
        fov_deg: Horizontal field of view, which the file does not hold. The data set's sensor is 23.76 mm wide:
            66.8 degrees for its 18 mm clips, 52.7 for 24 mm, 37.5 for 35 mm, 26.7 for 50 mm.
        depth_kind: As in :func:`..depth_images.load_depth_images`.
        depth_scale: As there; 0.01 for the data set's own centimetres.
        fill_missing: As there.
        progress: Called after each depth image.

    Raises:
        GeometryError: If files are missing or damaged, or poses and depth images differ in number.
        CameraError: If the camera is unknown, a pose is not rigid or the field of view impossible.
    """
    document = read_json_object(cameras_json, todo="Choose a camera_extrinsics.json of MultiCamVideo.")
    w2c = invert_rigid(recammaster_c2w(document, camera))
    depth_paths = find_depth_images(depth_folder)
    if len(depth_paths) != len(w2c):
        raise GeometryError(
            "depth images",
            expected=f"{len(w2c)}, one for each pose of {camera!r}",
            got=f"{len(depth_paths)}",
            todo="Export the depth of every frame of this camera's clip.",
        )
    filled = read_depth_images(
        depth_paths,
        within=Path(depth_folder),
        depth_kind=depth_kind,
        depth_scale=depth_scale,
        fill_missing=fill_missing,
        progress=progress,
    )
    num_frames, height, width = filled.depth.shape
    K = intrinsics_matrix(focal_from_fov(fov_deg, width), width=width, height=height)
    return SceneGeometry(
        depth=filled.depth,
        K=K.repeat(num_frames, 1, 1),
        w2c=w2c,
        confidence=filled.confidence,
        provider="recammaster",
        is_metric=True,
        notes=filled.notes,
    )
