"""Video files, exactly: frames, times and sound in and out, and the layouts between."""

from .audio import Audio, read_audio
from .clip import ChosenFrames, LoadedClip, choose_frames, load_clip, read_sound_of
from .fit import Fit, fit_frames, plan_fit
from .frames import image_from_video, uint8_from_video, video_from_image, video_from_uint8
from .probe import VideoInfo, probe_video
from .read import read_frames
from .selection import Window, constant_rate_indices, true_rate_windows, uniform_indices
from .trim import Trim
from .write import VideoWriter, check_frame_rate, video_writer, write_video

__all__ = [
    "Audio",
    "ChosenFrames",
    "Fit",
    "LoadedClip",
    "Trim",
    "VideoInfo",
    "VideoWriter",
    "Window",
    "check_frame_rate",
    "choose_frames",
    "constant_rate_indices",
    "fit_frames",
    "image_from_video",
    "load_clip",
    "plan_fit",
    "probe_video",
    "read_audio",
    "read_frames",
    "read_sound_of",
    "true_rate_windows",
    "uint8_from_video",
    "uniform_indices",
    "video_from_image",
    "video_from_uint8",
    "video_writer",
    "write_video",
]
