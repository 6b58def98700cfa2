"""PostCamPointCloud: frames + geometry → one coloured point cloud for ComfyUI's own 3D nodes."""

from io import BytesIO

from comfy_api.latest import Types, io, ui

from .backend.host import host_progress, show_text
from .backend.viewer import first_camera
from .sockets import CATEGORY, Geometry


class PostCamPointCloud(io.ComfyNode):
    """The scene as points, to look at or to take elsewhere."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamPointCloud",
            display_name="PostCam Point Cloud",
            category=CATEGORY,
            description="Join the frames of a clip to one coloured point cloud. Look at it with Preview Point "
            "Cloud, keep it with Save Point Cloud.",
            search_aliases=["postcam", "point cloud", "ply", "3d", "geometry to points"],
            inputs=[
                io.Image.Input("images"),
                Geometry.Input("geometry"),
                io.Int.Input(
                    "stride", default=4, min=1, max=10_000, tooltip="Take every n-th frame: 1 takes them all."
                ),
                io.Int.Input(
                    "max_points",
                    default=500_000,
                    min=1000,  # the page rounds to min + n · step, which has to meet the default
                    max=20_000_000,
                    step=1000,
                    tooltip="Most points in the cloud; 500,000 make a file of 7.5 MB.",
                ),
                io.Float.Input(
                    "voxel",
                    default=0.0,
                    min=0.0,
                    max=1000.0,
                    step=0.001,
                    tooltip="Points closer together than this become one, in the unit of the geometry. 0 chooses "
                    "0.4 % of the nearest depth.",
                ),
                io.Float.Input(
                    "min_confidence",
                    default=0.05,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="Leave out pixels whose depth is less sure, if the geometry says so. Sky has 0.",
                ),
                io.Float.Input(
                    "max_depth",
                    default=10.0,
                    min=0.0,
                    max=1e6,
                    step=0.5,
                    optional=True,
                    tooltip="Leave out what is farther from its camera than this many nearest depths: a far "
                    "background makes the viewer show everything else tiny. 0 keeps all.",
                ),
            ],
            hidden=[io.Hidden.unique_id],
            has_intermediate_output=True,
            outputs=[
                io.File3DPLY.Output(display_name="point_cloud"),
                io.Load3DCamera.Output(
                    display_name="camera_info",
                    tooltip="For Preview Point Cloud: starts where the clip's first camera stood.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        images: io.Image.Type,
        geometry: Geometry.Type,
        stride: int,
        max_points: int,
        voxel: float,
        min_confidence: float,
        max_depth: float = 10.0,
    ) -> io.NodeOutput:
        """Fuse the frames and hand the file over in memory."""
        from ..postcam_core.geometry.ply import ply_bytes
        from ..postcam_core.geometry.pointcloud import fused_point_cloud
        from ..postcam_core.media import video_from_image

        cloud = fused_point_cloud(
            video_from_image(images[..., :3]),
            geometry,
            frames=range(0, len(images), stride),
            max_points=max_points,
            voxel=voxel or None,
            min_confidence=min_confidence,
            max_depth=max_depth * geometry.nearest_depth() or None,
            progress=host_progress(),
        ).in_opengl_axes()
        summary = f"{len(cloud):,} points from {len(range(0, len(images), stride))} frames"
        show_text(summary, cls.hidden.unique_id)
        file = Types.File3D(BytesIO(ply_bytes(cloud)), "ply")
        return io.NodeOutput(file, first_camera(cloud, geometry), ui=ui.PreviewText(summary))
