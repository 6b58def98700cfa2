"""PostCamLoadTrajectory: camera paths that already exist → POSTCAM_TRAJECTORY."""

from typing import Any

from comfy_api.latest import io

from .backend.folders import granted_path
from .sockets import CATEGORY, Geometry, Trajectory

_PATH_TIP = "Path inside ComfyUI's input folder; add [output] or [temp] to look there."


class PostCamLoadTrajectory(io.ComfyNode):
    """A camera path from text, a file or another clip."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamLoadTrajectory",
            display_name="PostCam Load Trajectory",
            category=CATEGORY,
            description="Read a camera path: the released model's three lines, a PostCam document, a ReCamMaster "
            "camera file, or the camera of another clip.",
            search_aliases=["postcam", "import camera path", "camera file", "recammaster", "clone camera"],
            inputs=[
                io.DynamicCombo.Input(
                    "source",
                    options=[
                        io.DynamicCombo.Option(
                            "three lines",
                            [
                                io.String.Input(
                                    "text",
                                    default="0 0 0 0\n0 10 20 30\n1 1 1 1",
                                    multiline=True,
                                    tooltip="Pitch in degrees (up), yaw in degrees (left), and displacement in nearest "
                                    "depths; any number of keys a line.",
                                )
                            ],
                        ),
                        io.DynamicCombo.Option(
                            "three lines file", [io.String.Input("file", tooltip=_PATH_TIP)]
                        ),
                        io.DynamicCombo.Option("document file", [io.String.Input("file", tooltip=_PATH_TIP)]),
                        io.DynamicCombo.Option(
                            "ReCamMaster file",
                            [
                                io.String.Input("file", tooltip=_PATH_TIP),
                                io.String.Input("camera", default="cam01"),
                            ],
                        ),
                        io.DynamicCombo.Option(
                            "another clip's camera",
                            [
                                Geometry.Input(
                                    "other_geometry",
                                    tooltip="Geometry of the clip whose camera is wanted. Its move is scaled by the "
                                    "nearest depths of both clips, and spread over num_frames.",
                                )
                            ],
                        ),
                        io.DynamicCombo.Option(
                            "another clip's geometry file",
                            [io.String.Input("file", tooltip=f"An npz file of geometry. {_PATH_TIP}")],
                        ),
                    ],
                ),
                io.Int.Input(
                    "num_frames",
                    default=41,
                    min=1,
                    max=10001,
                    tooltip="As many as the clip has after loading.",
                ),
                Geometry.Input(
                    "geometry",
                    optional=True,
                    tooltip="Geometry of your own clip: for documents that go along with its camera, or that show it "
                    "longer or shorter than it is.",
                ),
            ],
            outputs=[Trajectory.Output(display_name="trajectory")],
        )

    @classmethod
    def fingerprint_inputs(cls, source: dict, **others: Any) -> str:
        """Run again when the file was replaced under the same name."""
        if "file" not in source:
            return f"{source}{others}"
        stat = granted_path(source["file"], what="trajectory file").stat()
        return f"{source}{others}{stat.st_mtime_ns}{stat.st_size}"

    @classmethod
    def execute(
        cls, source: io.DynamicCombo.Type, num_frames: int, geometry: Geometry.Type | None = None
    ) -> io.NodeOutput:
        """Parse into a document and sample it."""
        from .clip_checks import sample_for_clip

        return io.NodeOutput(sample_for_clip(_document(source), num_frames, geometry=geometry))


def _document(source: dict) -> Any:
    from ..postcam_core import trajectory

    kind = source["source"]
    if kind == "three lines":
        return trajectory.parse_text(source["text"])
    if kind == "another clip's camera":
        return _cloned(source["other_geometry"])
    path = granted_path(source["file"], what="trajectory file")
    if kind == "another clip's geometry file":
        from ..postcam_core.geometry import load_npz

        return _cloned(load_npz(path))
    text = trajectory.read_trajectory_file(path)
    if kind == "ReCamMaster file":
        return trajectory.parse_recammaster(text, source["camera"])
    return trajectory.parse_text(text) if kind == "three lines file" else trajectory.parse_document(text)


def _cloned(geometry: Geometry.Type) -> Any:
    from ..postcam_core.pipeline.latent_cameras import cameras_of
    from ..postcam_core.trajectory import cloned_camera

    return cloned_camera(cameras_of(geometry), focal_px=geometry.K[:, 0, 0])
