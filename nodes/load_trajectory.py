"""PostCamLoadTrajectory: camera paths that already exist → POSTCAM_TRAJECTORY."""

from comfy_api.latest import io

from .backend.folders import granted_path
from .sockets import CATEGORY, Trajectory

_PATH_TIP = "Path inside ComfyUI's input folder; add [output] or [temp] to look there."


class PostCamLoadTrajectory(io.ComfyNode):
    """A camera path from text or a file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamLoadTrajectory",
            display_name="PostCam Load Trajectory",
            category=CATEGORY,
            description="Read a camera path: the released model's three lines, a PostCam document, or a "
            "ReCamMaster camera file.",
            search_aliases=["postcam", "import camera path", "camera file", "recammaster"],
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
                    ],
                ),
                io.Int.Input(
                    "num_frames",
                    default=41,
                    min=1,
                    max=10001,
                    tooltip="As many as the clip has after loading.",
                ),
            ],
            outputs=[Trajectory.Output(display_name="trajectory")],
        )

    @classmethod
    def fingerprint_inputs(cls, source: dict, num_frames: int) -> str:
        """Run again when the file was replaced under the same name."""
        if "file" not in source:
            return f"{source}{num_frames}"
        stat = granted_path(source["file"], what="trajectory file").stat()
        return f"{source}{num_frames}{stat.st_mtime_ns}{stat.st_size}"

    @classmethod
    def execute(cls, source: io.DynamicCombo.Type, num_frames: int) -> io.NodeOutput:
        """Parse into a document and sample it."""
        from ..postcam_core import trajectory

        kind = source["source"]
        if kind == "three lines":
            document = trajectory.parse_text(source["text"])
        else:
            text = trajectory.read_trajectory_file(granted_path(source["file"], what="trajectory file"))
            if kind == "ReCamMaster file":
                document = trajectory.parse_recammaster(text, source["camera"])
            else:
                parse = trajectory.parse_text if kind == "three lines file" else trajectory.parse_document
                document = parse(text)
        return io.NodeOutput(trajectory.sample_trajectory(document, num_frames))
