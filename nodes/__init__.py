"""The nodes: thin adapters that convert, call one function of postcam_core, and convert back."""

from comfy_api.latest import ComfyExtension, io

from .backend.folders import offer_mini_models, provide_sample_clip
from .backend.native import register
from .batch import PostCamBatch
from .clean_geometry import PostCamCleanGeometry
from .conditioning import PostCamConditioning
from .decode import PostCamDecode
from .geometry import PostCamGeometry
from .guide import PostCamGuide
from .import_geometry import PostCamImportGeometry
from .keep_seen import PostCamKeepSeen
from .load_model import PostCamLoadModel
from .load_trajectory import PostCamLoadTrajectory
from .load_video import PostCamLoadVideo
from .point_cloud import PostCamPointCloud
from .sampler import PostCamSampler
from .save_trajectory import PostCamSaveTrajectory
from .trajectory import PostCamTrajectory
from .wan_camera import PostCamWanCamera

NODES: list[type[io.ComfyNode]] = [
    PostCamLoadVideo,
    PostCamGeometry,
    PostCamImportGeometry,
    PostCamCleanGeometry,
    PostCamTrajectory,
    PostCamLoadTrajectory,
    PostCamSaveTrajectory,
    PostCamGuide,
    PostCamWanCamera,
    PostCamPointCloud,
    PostCamLoadModel,
    PostCamConditioning,
    PostCamSampler,
    PostCamDecode,
    PostCamKeepSeen,
    PostCamBatch,
]


class PostCamExtension(ComfyExtension):
    """What ComfyUI asks for the pack's nodes."""

    async def on_load(self) -> None:
        """Make core recognise PostCam checkpoints, and sample clip and mini model available to workflows."""
        register()
        offer_mini_models()
        provide_sample_clip()

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """All nodes of the pack."""
        return NODES


__all__ = ["NODES", "PostCamExtension"]
