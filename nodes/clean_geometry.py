"""PostCamCleanGeometry: geometry of a clip → the same with less flicker, jitter and blur across edges."""

from comfy_api.latest import io, ui

from .backend.host import host_progress, show_text
from .sockets import CATEGORY, Geometry


class PostCamCleanGeometry(io.ComfyNode):
    """Repairs for estimated depth and cameras, each of them a switch."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamCleanGeometry",
            display_name="PostCam Clean Geometry",
            category=CATEGORY,
            description="Take flicker out of depth, pull depth off blurred edges onto surfaces, and steady the "
            "camera. For estimates and imports alike; the preview reports the result.",
            search_aliases=["postcam", "flicker", "flying pixels", "smooth depth", "stabilise", "clean up"],
            inputs=[
                io.Image.Input("images", tooltip="The frames that the geometry belongs to."),
                Geometry.Input("geometry"),
                io.Boolean.Input(
                    "snap_edges",
                    default=True,
                    tooltip="Move depth that hangs in the air between two surfaces to the one that is nearer to it.",
                ),
                io.Int.Input(
                    "depth_reach_frames",
                    default=2,
                    min=0,
                    max=20,
                    tooltip="Average depth with this many frames to either side, along the motion of the picture. "
                    "0 leaves it.",
                ),
                io.Float.Input(
                    "pose_sigma_frames",
                    default=0.0,
                    min=0.0,
                    max=50.0,
                    step=0.1,
                    tooltip="Width of the Gaussian that the camera's path is smoothed with. 0 leaves it; 2 is the "
                    "released code's. For paths that shake more than the camera did.",
                ),
                io.Combo.Input(
                    "focal",
                    options=["per frame", "first frame"],
                    tooltip="first frame gives all frames the first one's focal length, as the released code does: "
                    "for lenses that do not zoom.",
                ),
            ],
            hidden=[io.Hidden.unique_id],
            has_intermediate_output=True,
            outputs=[
                Geometry.Output(display_name="geometry"),
                io.Image.Output(
                    display_name="report", tooltip="Depth, the camera's path, field of view and warnings."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        images: io.Image.Type,
        geometry: Geometry.Type,
        snap_edges: bool,
        depth_reach_frames: int,
        pose_sigma_frames: float,
        focal: str,
    ) -> io.NodeOutput:
        """Take the chosen steps, and say what they changed."""
        from ..postcam_core.geometry.changes import describe_changes
        from ..postcam_core.geometry.cleanup import CleanUp, clean_geometry
        from ..postcam_core.geometry.report import geometry_report
        from ..postcam_core.media import video_from_image

        video = video_from_image(images[..., :3])
        steps = CleanUp(
            snap_edges=snap_edges,
            depth_reach_frames=depth_reach_frames,
            pose_sigma_frames=pose_sigma_frames,
            first_focal=focal == "first frame",
        )
        cleaned = clean_geometry(video, geometry, steps, progress=host_progress())
        changes = describe_changes(geometry, cleaned)
        show_text(changes, cls.hidden.unique_id)
        report = geometry_report(cleaned, video)[None]
        preview = ui.PreviewImage(report, cls=cls)
        return io.NodeOutput(cleaned, report, ui={**preview.as_dict(), **ui.PreviewText(changes).as_dict()})
