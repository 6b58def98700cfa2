"""PostCamGeometry: frames → depth, intrinsics and poses, by the provider chosen in the node."""

from comfy_api.latest import io, ui

from .sockets import CATEGORY, Geometry


def _ground_plane_inputs() -> list[io.Input]:
    return [
        io.Float.Input(
            "fov_deg",
            default=55.0,
            min=5.0,
            max=150.0,
            step=0.5,
            tooltip="Horizontal field of view: about 65 for a phone, 40 for a 50 mm lens.",
        ),
        io.Float.Input(
            "horizon",
            default=0.4,
            min=-1.0,
            max=2.0,
            step=0.01,
            tooltip="Where the horizon lies: 0 is the top edge of the picture, 1 the bottom edge.",
        ),
        io.Float.Input(
            "camera_height",
            default=1.6,
            min=0.01,
            max=1000.0,
            step=0.05,
            tooltip="Height of the camera above the ground, in the unit of wall_distance.",
        ),
        io.Float.Input(
            "wall_distance",
            default=10.0,
            min=0.1,
            max=10000.0,
            step=0.1,
            tooltip="Distance of the upright wall that closes the scene.",
        ),
    ]


class PostCamGeometry(io.ComfyNode):
    """Depth, intrinsics and poses of every frame."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamGeometry",
            display_name="PostCam Geometry",
            category=CATEGORY,
            description="Estimate depth and cameras of a clip. The preview shows the first frame's depth, "
            "near is bright.",
            search_aliases=["postcam", "depth", "camera pose", "estimate geometry"],
            inputs=[
                io.Image.Input("images", tooltip="The clip, from PostCam Load Video."),
                io.DynamicCombo.Input(
                    "provider",
                    options=[io.DynamicCombo.Option("ground_plane", _ground_plane_inputs())],
                    tooltip="ground_plane estimates nothing: it assumes flat ground, a far wall and a camera that "
                    "stands still. It needs no weights.",
                ),
            ],
            has_intermediate_output=True,
            outputs=[Geometry.Output(display_name="geometry")],
        )

    @classmethod
    def execute(cls, images: io.Image.Type, provider: io.DynamicCombo.Type) -> io.NodeOutput:
        """Run the chosen provider on the frames' size and count."""
        from ..postcam_core.geometry import depth_picture, ground_plane_geometry

        num_frames, height, width, _ = images.shape
        settings = {name: value for name, value in provider.items() if name != "provider"}
        geometry = ground_plane_geometry(num_frames, height, width, **settings)
        return io.NodeOutput(geometry, ui=ui.PreviewImage(depth_picture(geometry.depth[:1]), cls=cls))
