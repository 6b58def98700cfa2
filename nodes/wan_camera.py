"""PostCamWanCamera: a trajectory → the camera embedding of core's Wan Fun Camera nodes."""

from comfy_api.latest import io

from .backend.host import result_device
from .sockets import CATEGORY, Geometry, Trajectory


class PostCamWanCamera(io.ComfyNode):
    """Any camera path for WanCameraImageToVideo, in place of WanCameraEmbedding's nine."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamWanCamera",
            display_name="PostCam Wan Camera",
            category=CATEGORY,
            description="Turn a camera path into the embedding that Wan Fun Camera models follow. Connect it to "
            "WanCameraImageToVideo.",
            search_aliases=["postcam", "wan fun camera", "camera embedding", "plucker", "camera control"],
            inputs=[
                Trajectory.Input("trajectory"),
                Geometry.Input(
                    "geometry", tooltip="Of the clip: its field of view, and its measure of length."
                ),
                io.Int.Input("width", default=832, min=16, max=4096, step=16),
                io.Int.Input("height", default=480, min=16, max=4096, step=16),
                io.Float.Input(
                    "scale",
                    default=1.0,
                    min=0.01,
                    max=100.0,
                    step=0.01,
                    tooltip="How far the camera moves for the model: the nearest surface of the first frame lies at "
                    "this distance. More moves farther.",
                ),
            ],
            outputs=[
                io.WanCameraEmbedding.Output(display_name="camera_embedding"),
                io.Int.Output(display_name="width"),
                io.Int.Output(display_name="height"),
                io.Int.Output(display_name="length"),
            ],
        )

    @classmethod
    def execute(
        cls, trajectory: Trajectory.Type, geometry: Geometry.Type, width: int, height: int, scale: float
    ) -> io.NodeOutput:
        """Pack the cameras."""
        from ..postcam_core.pipeline.sizes import padded_num_frames
        from ..postcam_core.pipeline.wan_camera import wan_camera_of

        embedding = wan_camera_of(trajectory, geometry, width=width, height=height, scale=scale)
        return io.NodeOutput(embedding.to(result_device()), width, height, padded_num_frames(len(trajectory)))
