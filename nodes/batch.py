"""PostCamBatch: a folder of clips and a list of moves → lists that ComfyUI goes through."""

from pathlib import Path

from comfy_api.latest import InputImpl, io

from .backend.folders import granted_path, videos_in
from .sockets import CATEGORY


class PostCamBatch(io.ComfyNode):
    """Every clip of a folder with every move."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamBatch",
            display_name="PostCam Batch",
            category=CATEGORY,
            description="Recapture all clips of a folder along several moves in one queue. The nodes behind it run "
            "once for every clip and move.",
            search_aliases=["postcam", "batch", "queue", "many clips", "list of presets"],
            inputs=[
                io.String.Input(
                    "folder",
                    default="clips",
                    tooltip="Folder inside ComfyUI's input folder; all videos in it are taken, in the order of "
                    "their names. Add [output] or [temp] to look there.",
                ),
                io.String.Input(
                    "moves",
                    default="arc_left\narc_right\ndolly_in 0.5",
                    multiline=True,
                    tooltip="One per line: a preset, with an amount if you like, or a trajectory file inside "
                    "ComfyUI's input folder (a document or three lines).",
                ),
                io.String.Input(
                    "prefix",
                    default="PostCam/batch",
                    tooltip="The results' names begin with it; clip and move follow.",
                ),
                io.Int.Input(
                    "pairs_per_run",
                    optional=True,
                    default=0,
                    min=0,
                    max=10_000,
                    tooltip="How many clips with a move one queued run makes; 0 makes all, and holds their frames in "
                    "memory at once. With 1, queue as many runs as there are pairs: each is saved when it is made.",
                ),
                io.Int.Input(
                    "run",
                    optional=True,
                    default=0,
                    min=0,
                    max=1_000_000,
                    control_after_generate=io.ControlAfterGenerate.increment,
                    tooltip="Which run it is, from 0; counts up by itself. Without effect if one run makes all.",
                ),
            ],
            outputs=[
                io.Video.Output(
                    display_name="video", is_output_list=True, tooltip="For video of PostCam Load Video."
                ),
                io.String.Output(
                    display_name="trajectory",
                    is_output_list=True,
                    tooltip="For trajectory of PostCam Trajectory.",
                ),
                io.String.Output(
                    display_name="prefix", is_output_list=True, tooltip="For filename_prefix of Save Video."
                ),
                io.String.Output(display_name="clip", is_output_list=True, tooltip="Names of the files."),
                io.String.Output(display_name="move", is_output_list=True, tooltip="Names of the moves."),
            ],
        )

    @classmethod
    def fingerprint_inputs(
        cls, folder: str, moves: str, prefix: str, pairs_per_run: int = 0, run: int = 0
    ) -> str:
        """Run again when a file came, went or was replaced."""
        stats = [(clip.name, clip.stat().st_mtime_ns, clip.stat().st_size) for clip in _clips(folder)]
        files = [_stat_of(line) for line in moves.splitlines()]
        return f"{stats}{files}"

    @classmethod
    def execute(
        cls, folder: str, moves: str, prefix: str, pairs_per_run: int = 0, run: int = 0
    ) -> io.NodeOutput:
        """List every clip with every move, or the part of this run."""
        from ..postcam_core.errors import ManifestError
        from ..postcam_core.jobs.move_list import pair, parse_moves, part_of

        clips = _clips(folder)
        if not clips:
            raise ManifestError(
                "folder",
                expected="at least one video in it",
                got=f"none in {folder!r}",
                todo="Copy your clips there.",
            )
        pairs = part_of(pair(clips, parse_moves(moves, _trajectory_file)), pairs_per_run, run)
        return io.NodeOutput(
            [InputImpl.VideoFromFile(str(each.clip)) for each in pairs],
            [each.move.trajectory for each in pairs],
            [f"{prefix}/{each.name}" for each in pairs],
            [each.clip.name for each in pairs],
            [each.move.name for each in pairs],
        )


def _clips(folder: str) -> list[Path]:
    return videos_in(granted_path(folder, what="folder"))


def _trajectory_file(name: str) -> Path:
    return granted_path(name, what="preset or trajectory file")


def _stat_of(line: str) -> tuple[int, int] | None:
    from .backend.folders import FolderError

    try:
        stat = _trajectory_file(line).stat()
    except FolderError:  # a preset; or a fault, which execute reports
        return None
    return stat.st_mtime_ns, stat.st_size
