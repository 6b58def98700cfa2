"""The pack's own two socket types; everything else travels on ComfyUI's."""

from comfy_api.latest import io

# Carries postcam_core.geometry.SceneGeometry: depth, intrinsics and poses of every frame of a clip.
Geometry = io.Custom("POSTCAM_GEOMETRY")
# Carries postcam_core.trajectory.Trajectory: one camera per target frame, and the document it came from.
Trajectory = io.Custom("POSTCAM_TRAJECTORY")

CATEGORY = "PostCam"
