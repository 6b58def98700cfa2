"""Which depth image belongs to which frame."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ...errors import GeometryError


def match_depth_names(image_names: Sequence[str], depth_paths: Sequence[Path]) -> list[Path]:
    """Depth image of every frame.

    By name (``frame_001.jpg`` and ``frame_001.png``, or ``frame_001.jpg.png``) where every name agrees; in order
    where none does and there are as many.

    Args:
        image_names: Names of the frames, in order.
        depth_paths: The depth images, in order.

    Raises:
        GeometryError: If the numbers differ or only some names agree: frames would get another frame's depth.
    """
    by_stem = {path.stem: path for path in depth_paths}
    matches = []
    for name in image_names:
        file = PurePosixPath(name.replace("\\", "/"))
        matches.append(by_stem.get(file.stem) or by_stem.get(file.name))
    num_matches = sum(match is not None for match in matches)
    if len(depth_paths) == len(image_names):
        if num_matches == len(image_names) == len(set(matches)):
            return matches
        if num_matches == 0:
            return list(depth_paths)
    missing = next((name for name, match in zip(image_names, matches, strict=True) if match is None), "none")
    raise GeometryError(
        "depth images",
        expected=f"one for each of the {len(image_names)} images with a camera, of the same name",
        got=f"{len(depth_paths)} images, {num_matches} with such a name (first image without: {missing[:60]!r})",
        todo="Frames without a camera cannot be used: register every frame, and keep depth of these frames only.",
    )
