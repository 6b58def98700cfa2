"""PostCamLoadVideo: a video file, a path or a VIDEO socket → frames at the model's size and count."""

from comfy_api.latest import io

from .backend.folders import SAMPLE_CLIP, FolderError, granted_path, video_menu
from .backend.host import host_progress
from .sockets import CATEGORY

KEEP_SHAPE = "keep shape"


class PostCamLoadVideo(io.ComfyNode):
    """Frames of a clip, resized and selected as the model wants them, with their rate and sound."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamLoadVideo",
            display_name="PostCam Load Video",
            category=CATEGORY,
            description="Load a clip at the size and number of frames that the model works on.",
            search_aliases=["postcam", "load clip", "video to frames", "import video"],
            inputs=[
                io.Combo.Input(
                    "file",
                    options=video_menu(),
                    default=SAMPLE_CLIP,
                    upload=io.UploadType.video,
                    tooltip="A video in ComfyUI's input folder; postcam_sample.mp4 comes with PostCam.",
                ),
                io.Int.Input(
                    "width",
                    default=832,
                    min=16,
                    max=4096,
                    step=16,
                    tooltip="The released model was trained at 832 × 480. Sides that are no multiple of 32 are padded "
                    "for the model, and cut again by PostCam Decode.",
                ),
                io.Int.Input("height", default=480, min=16, max=4096, step=16),
                io.Int.Input(
                    "num_frames",
                    default=41,
                    min=0,
                    max=10001,
                    tooltip="Any number; the released model takes 41 at once, longer clips are sampled in windows. "
                    "0 takes all frames: with true rate, all from the start time on.",
                ),
                io.Combo.Input(
                    "fit",
                    options=["cover", "stretch", KEEP_SHAPE],
                    tooltip="cover keeps the proportions and cuts the borders off; stretch keeps everything. keep "
                    "shape takes width × height as the number of pixels alone and chooses a size in the clip's own "
                    "proportions that needs no padding: for portrait and square clips.",
                ),
                io.Combo.Input(
                    "selection",
                    options=["uniform", "true rate"],
                    tooltip="uniform spreads the frames over the whole clip, as the released model does (a long "
                    "clip becomes a time-lapse). true rate takes consecutive frames from the start time on. "
                    "Either repeats the last frame when the clip is too short.",
                ),
                io.Float.Input(
                    "start_s",
                    default=0.0,
                    min=0.0,
                    max=86400.0,
                    step=0.01,
                    tooltip="Start in seconds, counted from the start of a trimmed video; used by true rate.",
                ),
                io.Video.Input("video", optional=True, tooltip="Used instead of the file when connected."),
            ],
            outputs=[
                io.Image.Output(display_name="images"),
                io.Float.Output(
                    display_name="fps",
                    tooltip="Rate at which the selected frames last as long as they did in the clip.",
                ),
                io.Audio.Output(
                    display_name="audio", tooltip="Sound of the selected stretch, if there is any."
                ),
                io.Int.Output(
                    display_name="num_frames", tooltip="For PostCam Trajectory, which needs the same."
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, file: str) -> bool | str:
        """Accept any file inside the granted folders, also one that is not in the menu."""
        try:
            _path(file)
        except FolderError as error:
            return str(error)
        return True

    @classmethod
    def fingerprint_inputs(cls, file: str, **inputs) -> str:
        """Run again when the file was replaced under the same name."""
        stat = _path(file).stat()
        return f"{file}:{stat.st_mtime_ns}:{stat.st_size}:{sorted(inputs.items(), key=str)}"

    @classmethod
    def execute(
        cls,
        file: str,
        width: int,
        height: int,
        num_frames: int,
        fit: str,
        selection: str,
        start_s: float,
        video: io.Video.Type | None = None,
    ) -> io.NodeOutput:
        """Decode, select and resize."""
        from ..postcam_core.media import image_from_video, load_clip, probe_video
        from ..postcam_core.pipeline.sizes import propose_size

        source, trim = (_path(file), None) if video is None else (video.get_stream_source(), _trim(video))
        info = probe_video(source, progress=host_progress())
        if fit == KEEP_SHAPE:
            width, height = propose_size(info.width, info.height, area=width * height)
            fit = "cover"  # the little that the grid of sizes leaves over
        clip = load_clip(
            source,
            width=width,
            height=height,
            num_frames=num_frames or None,
            fit=fit,
            selection=selection.replace(" ", "_"),
            start_s=start_s,
            trim=trim,
            info=info,
            progress=host_progress(),
        )
        audio = None
        if clip.audio is not None:
            audio = {"waveform": clip.audio.waveform[None], "sample_rate": clip.audio.sample_rate}
        return io.NodeOutput(image_from_video(clip.video), clip.frame_rate, audio, len(clip.video))


def _trim(video: io.Video.Type):
    from ..postcam_core.media import Trim

    if not hasattr(video, "get_active_trim_window"):  # older cores
        return None
    start_s, duration_s = video.get_active_trim_window()
    return Trim(start_s=start_s, duration_s=duration_s or None) if start_s or duration_s else None


def _path(file: str):
    return granted_path(file, what="video file")
