"""What the nodes need of the running ComfyUI: progress, cancelling and the device to work on."""

import comfy.model_management
import comfy.utils
import torch
from server import PromptServer

from ...postcam_core.progress import ProgressFn


def host_progress(node_id: str | None = None) -> ProgressFn:
    """A callback that moves the node's progress bar and stops the operation when the user cancels."""
    bar = comfy.utils.ProgressBar(1, node_id=node_id)

    def report(done: int, total: int) -> None:
        comfy.model_management.throw_exception_if_processing_interrupted()
        bar.update_absolute(done, total)

    return report


def work_device() -> torch.device:
    """Where ComfyUI wants heavy work done."""
    return comfy.model_management.get_torch_device()


def result_device() -> torch.device:
    """Where ComfyUI wants finished images to lie."""
    return comfy.model_management.intermediate_device()


def show_text(text: str, node_id: str) -> None:
    """Show a line of text on the node in the page."""
    PromptServer.instance.send_progress_text(text, node_id)
