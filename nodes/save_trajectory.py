"""PostCamSaveTrajectory: a trajectory → a file in ComfyUI's output folder, for this pack or other tools."""

from pathlib import Path

from comfy_api.latest import io, ui

from .backend.folders import new_output_file
from .sockets import CATEGORY, Geometry, Trajectory

_UNITS = ["scene", "nearest_depth", "model"]


def _unit_input() -> io.Input:
    return io.Combo.Input(
        "unit",
        options=_UNITS,
        tooltip="What a length of 1 is: the unit of the geometry (metres if it is metric), the nearest depth of the "
        "first frame, or the released model's.",
    )


class PostCamSaveTrajectory(io.ComfyNode):
    """Write the camera path down."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamSaveTrajectory",
            display_name="PostCam Save Trajectory",
            category=CATEGORY,
            description="Save the camera path for another day or another tool. No file is ever overwritten.",
            search_aliases=["postcam", "export camera path", "camera file", "w2c", "extrinsics", "vista4d"],
            inputs=[
                Trajectory.Input("trajectory"),
                io.String.Input(
                    "filename_prefix",
                    default="trajectory/postcam",
                    tooltip="Folder and beginning of the name inside ComfyUI's output folder; a number follows.",
                ),
                io.DynamicCombo.Input(
                    "format",
                    options=[
                        io.DynamicCombo.Option("document", []),
                        io.DynamicCombo.Option("three lines", []),
                        io.DynamicCombo.Option("w2c text", [_unit_input()]),
                        io.DynamicCombo.Option("ReCamMaster", [io.String.Input("camera", default="cam01")]),
                        io.DynamicCombo.Option("npz", [_unit_input()]),
                    ],
                    tooltip="document: this pack's JSON. three lines: the released model's text, for orbits. w2c text: "
                    "one 4×4 matrix per line (InSpatio-World). ReCamMaster: its camera file. npz: poses and intrinsics "
                    "(Vista4D); needs geometry.",
                ),
                Geometry.Input(
                    "geometry",
                    optional=True,
                    tooltip="Of the clip: gives the scene's unit, and the intrinsics for npz.",
                ),
            ],
            is_output_node=True,
            outputs=[],
        )

    @classmethod
    def execute(
        cls,
        trajectory: Trajectory.Type,
        filename_prefix: str,
        format: io.DynamicCombo.Type,
        geometry: Geometry.Type | None = None,
    ) -> io.NodeOutput:
        """Write one file, whole or not at all."""
        from ..postcam_core.trajectory import SUFFIXES, SourceClip, save_trajectory

        source = None
        if geometry is not None:
            source = SourceClip(nearest_depth=geometry.nearest_depth(), K=geometry.K)
        path, reference = new_output_file(filename_prefix, SUFFIXES[format["format"]])
        save_trajectory(
            path,
            trajectory,
            format["format"],
            unit=format.get("unit", "scene"),
            camera=format.get("camera", "cam01"),
            source=source,
        )
        shown = ui.PreviewText(f"saved {Path(reference['subfolder'], path.name).as_posix()}")
        return io.NodeOutput(ui={"files": [reference], **shown.as_dict()})
