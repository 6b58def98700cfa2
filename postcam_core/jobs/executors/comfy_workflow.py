"""An item of a manifest as a workflow in ComfyUI's API format."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import BatchError
from ..tasks import VIDEOS, Task

FOLDER = "postcam_batch"
"""Subfolder for our files in a server's input and output folders."""

_DISK_FULL = ("No space left", "Errno 28", "Disk quota exceeded")
_MINI, _MINI_VAE = "postcam_mini.safetensors", "postcam_mini_vae.safetensors"


@dataclass(frozen=True, kw_only=True)
class ComfyModels:
    """Models by the names under which servers list them.

    Attributes:
        model: The PostCam checkpoint.
        vae: The VAE that belongs to it.
        text_encoder: Wan's; empty for items without a prompt.
        weight_dtype: As PostCam Load Model offers it.
    """

    model: str = _MINI
    vae: str = _MINI_VAE
    text_encoder: str = ""
    weight_dtype: str = "default"

    @property
    def is_mini(self) -> bool:
        """Whether it is the model that comes with PostCam."""
        return self.model == _MINI

    def weights(self) -> dict[str, str]:
        """What identifies them in keys: names, as no server tells checksums."""
        return {"comfy": f"{self.model} {self.weight_dtype}", "vae": self.vae, "text": self.text_encoder}


def build_workflow(task: Task, models: ComfyModels, *, clip: str, geometry: str | None) -> dict[str, Any]:
    """The workflow of a recapture; nodes named as :data:`..tasks.VIDEOS` save the videos.

    Args:
        task: The recapture.
        models: The models.
        clip: Name of the clip in the server's input folder.
        geometry: Name of its geometry there; None estimates it on the server.

    Raises:
        BatchError: If there is a prompt and no text encoder.
    """
    options, sampling = task.item.clip_options, task.item.model_options
    width, height = options.size or ((160, 96) if models.is_mini else (832, 480))
    steps, cfg, shift = (1, 1.0, 3.0) if models.is_mini else (50, 5.0, 5.0)
    nodes: dict[str, Any] = {}

    def add(name: str, kind: str, **inputs: Any) -> None:
        nodes[name] = {"class_type": kind, "inputs": inputs}

    add(
        "clip",
        "PostCamLoadVideo",
        file=clip,
        width=width,
        height=height,
        num_frames=options.num_frames or 0,
        fit="cover" if options.size else "keep shape",
        selection=options.selection.replace("_", " "),
        start_s=0.0,
    )
    if geometry is None:
        add("geometry", "PostCamGeometry", images=["clip", 0], **_provider(options.provider))
    else:
        frames = "uniform" if options.selection == "uniform" else "match"
        source = {"source": "npz", "source.file": geometry}
        add("geometry", "PostCamImportGeometry", images=["clip", 0], fit="cover", frames=frames, **source)
    add(
        "trajectory",
        "PostCamTrajectory",
        preset="static",
        amount=1.0,
        num_frames=["clip", 3],
        trajectory=task.item.trajectory,
        images=["clip", 0],
        geometry=["geometry", 0],
    )
    add(
        "guide",
        "PostCamGuide",
        images=["clip", 0],
        geometry=["geometry", 0],
        trajectory=["trajectory", 0],
        nearest_depth="robust",
        background_memory=sampling.background_memory,
    )
    add("model", "PostCamLoadModel", model_name=models.model, weight_dtype=models.weight_dtype)
    add("vae", "VAELoader", vae_name=models.vae)
    add(
        "conditioning",
        "PostCamConditioning",
        guide_scale=0.25,
        vae=["vae", 0],
        source=["clip", 0],
        trajectory=["trajectory", 0],
        guide=["guide", 0],
        geometry=["geometry", 0],
        model=["model", 0],
        **_texts(add, task, models),
    )
    add(
        "sampler",
        "PostCamSampler",
        model=["model", 0],
        positive=["conditioning", 0],
        negative=["conditioning", 1],
        latent=["conditioning", 2],
        seed=sampling.seed,
        steps=steps if sampling.steps is None else sampling.steps,
        cfg=cfg if sampling.cfg is None else sampling.cfg,
        shift=shift if sampling.shift is None else sampling.shift,
        solver="euler",
        window_frames=sampling.window,
        overlap_frames=sampling.overlap,
    )
    add("frames", "PostCamDecode", vae=["vae", 0], latent=["sampler", 0])
    result = "frames"
    if sampling.keep_seen > 0:
        result = "kept"
        kept = {"guide": ["guide", 0], "holes": ["guide", 1], "share": sampling.keep_seen}
        add(result, "PostCamKeepSeen", images=["frames", 0], **kept)
    stitch = {
        "direction": "right",
        "match_image_size": True,
        "spacing_width": 0,
        "spacing_color": "white",
    }
    add("source and guide", "ImageStitch", image1=["clip", 0], image2=["guide", 0], **stitch)
    add("all three", "ImageStitch", image1=["source and guide", 0], image2=[result, 0], **stitch)
    for name, images in zip(VIDEOS, (result, "guide", "all three"), strict=True):
        # The guide has no sound, as the command line writes it.
        sound = {} if images == "guide" else {"audio": ["clip", 2]}
        add(f"{name} video", "CreateVideo", images=[images, 0], fps=["clip", 1], **sound)
        # Named by the key: the same item asked for again finds what was saved.
        prefix = f"{FOLDER}/{task.name}-{task.key[:12]}/{name.removesuffix('.mp4')}"
        add(
            name,
            "SaveVideo",
            video=[f"{name} video", 0],
            filename_prefix=prefix,
            format="mp4",
            # As good as the command line writes it; a ComfyUI that does not know the setting leaves it out.
            **{"codec": "h264", "codec.encoding": "re-encode", "codec.encoding.crf": 18.0},
        )
    return nodes


def _provider(name: str) -> dict[str, Any]:
    if name == "parallax":
        return {"provider": name, "provider.fov_deg": 0}
    settings = {"fov_deg": 55.0, "horizon": 0.4, "camera_height": 1.6, "wall_distance": 10.0}
    return {"provider": name, **{f"provider.{key}": value for key, value in settings.items()}}


def _texts(add: Any, task: Task, models: ComfyModels) -> dict[str, Any]:
    texts = {"positive": task.item.model_options.prompt, "negative": task.item.model_options.negative}
    if not models.text_encoder:
        if any(texts.values()):
            raise BatchError(
                "prompt",
                expected="a text encoder to read it",
                got="none",
                todo="Name one of the server's text encoders, or leave the prompt out.",
            )
        return {}
    add("text encoder", "CLIPLoader", clip_name=models.text_encoder, type="wan", device="default")
    for name, text in texts.items():
        add(name, "CLIPTextEncode", text=text, clip=["text encoder", 0])
    return {name: [name, 0] for name in texts}


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a workflow ended.

    Attributes:
        error: Why it failed; empty if it did not.
        videos: Where the server keeps what it saved, by our names for it.
    """

    error: str = ""
    videos: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def is_disk_full(self) -> bool:
        """Whether it failed because the server's disk is full; words are all that the server tells."""
        return any(words in self.error for words in _DISK_FULL)


def read_end(entry: dict[str, Any]) -> Ended:
    """How a workflow ended, from its entry in the history."""
    error = _failure_of(entry["status"])
    if error:
        return Ended(error=error)
    files = {name: entry["outputs"][name]["images"][0] for name in VIDEOS}
    places = ("filename", "subfolder", "type")
    return Ended(videos={name: {place: file[place] for place in places} for name, file in files.items()})


def _failure_of(status: dict[str, Any]) -> str:
    if status.get("status_str") == "success":
        return ""
    for kind, data in status.get("messages", ()):
        if kind == "execution_error":
            return f"{data['node_type']}: {data['exception_type']}: {data['exception_message']}".strip()
        if kind == "execution_interrupted":
            return f"somebody interrupted it on the server, at {data.get('node_type')}"
    return f"the server says {json.dumps(status)[:300]}"


def refusal_of(answer: dict[str, Any]) -> str:
    """Why a server refused a workflow; the answer as it is where a proxy or the like gave it."""
    try:
        return _refusal_of(answer) or json.dumps(answer)[:300]
    except (LookupError, TypeError, AttributeError):
        return json.dumps(answer)[:300]


def _refusal_of(answer: dict[str, Any]) -> str:
    error = answer.get("error") or {}
    lines = [f"{error['message']}"] if "message" in error else []
    for node in answer.get("node_errors", {}).values():
        lines += [f"{node['class_type']}: {each['message']}: {each['details']}" for each in node["errors"]]
    return "; ".join(lines)
