"""What there is to download: files, where they come from, under which licence, and how to check them.

Sizes and checksums are given where at least two independent public sources agree; where none or only one
is known they are None, and a download says that it could not be verified.
"""

from dataclasses import dataclass

from ..errors import CheckpointError

_HUB = "https://huggingface.co"
_WAN = f"{_HUB}/Comfy-Org/Wan_2.1_ComfyUI_repackaged/resolve/main/split_files"
_DA3_COMFYUI = f"{_HUB}/Comfy-Org/Depth-Anything-3/resolve/main/geometry_estimation"
_DA3 = f"{_HUB}/depth-anything"
_APACHE = "Apache-2.0"
_NON_COMMERCIAL = "CC BY-NC 4.0"
_NOT_FOR_COMFYUI = "In its authors' format, not for ComfyUI's own Depth Anything 3 nodes."


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """One file to download.

    Attributes:
        name: What it is asked for by.
        purpose: What it is for.
        url: Where it comes from.
        file_name: What it is saved as.
        folder: Folder below ComfyUI's ``models`` that it belongs into.
        licence: Licence of the weights.
        is_non_commercial: Whether the licence forbids commercial use.
        num_bytes: Size, None where not known.
        sha256: Checksum, None where not known.
        note: What else one should know before downloading.
    """

    name: str
    purpose: str
    url: str
    file_name: str
    folder: str
    licence: str
    is_non_commercial: bool = False
    num_bytes: int | None = None
    sha256: str | None = None
    note: str = ""


CATALOGUE = (
    CatalogueEntry(
        name="postcam",
        purpose="the PostCam transformer, as released",
        url=f"{_HUB}/CCQAQ/PostCam/resolve/main/postcam.ckpt",
        file_name="postcam.ckpt",
        folder="diffusion_models",
        licence=f"not known (the code is {_APACHE})",
        note="Then: python -m postcam_core convert postcam.ckpt postcam.safetensors",
    ),
    CatalogueEntry(
        name="wan-vae",
        purpose="Wan 2.1 VAE: videos to latents and back",
        url=f"{_WAN}/vae/wan_2.1_vae.safetensors",
        file_name="wan_2.1_vae.safetensors",
        folder="vae",
        licence=_APACHE,
        num_bytes=253_815_318,
        sha256="2fc39d31359a4b0a64f55876d8ff7fa8d780956ae2cb13463b0223e15148976b",
    ),
    CatalogueEntry(
        name="umt5-fp8",
        purpose="UMT5-XXL text encoder in 8 bits",
        url=f"{_WAN}/text_encoders/umt5_xxl_fp8_e4m3fn_scaled.safetensors",
        file_name="umt5_xxl_fp8_e4m3fn_scaled.safetensors",
        folder="text_encoders",
        licence=_APACHE,
        num_bytes=6_735_906_897,
        sha256="c3355d30191f1f066b26d93fba017ae9809dce6c627dda5f6a66eaa651204f68",
    ),
    CatalogueEntry(
        name="umt5-fp16",
        purpose="UMT5-XXL text encoder in 16 bits",
        url=f"{_WAN}/text_encoders/umt5_xxl_fp16.safetensors",
        file_name="umt5_xxl_fp16.safetensors",
        folder="text_encoders",
        licence=_APACHE,
        num_bytes=11_366_399_385,
        sha256="7b8850f1961e1cf8a77cca4c964a358d303f490833c6c087d0cff4b2f99db2af",
    ),
    CatalogueEntry(
        name="da3-base",
        purpose="Depth Anything 3 Base: depth and poses",
        url=f"{_DA3_COMFYUI}/depth_anything_3_base.safetensors",
        file_name="depth_anything_3_base.safetensors",
        folder="geometry_estimation",
        licence=_APACHE,
        num_bytes=541_524_124,
        sha256="418c0d2ea857e2d1215fa51baa46833f499a62eb2400ec63d337aa20d326414f",
    ),
    CatalogueEntry(
        name="da3-small",
        purpose="Depth Anything 3 Small: depth and poses",
        url=f"{_DA3_COMFYUI}/depth_anything_3_small.safetensors",
        file_name="depth_anything_3_small.safetensors",
        folder="geometry_estimation",
        licence=_APACHE,
    ),
    CatalogueEntry(
        name="da3-large",
        purpose="Depth Anything 3 Large 1.1: depth and poses",
        url=f"{_DA3}/DA3-LARGE-1.1/resolve/main/model.safetensors",
        file_name="da3_large_1.1.safetensors",
        folder="depth_anything_3",
        licence=_NON_COMMERCIAL,
        is_non_commercial=True,
        num_bytes=1_643_843_860,
        sha256="739905c423cf0d6ccaf9e61a8401d82ba1ac32d7f4d3ee6dca8f92b377633f64",
        note="Its page says Apache-2.0, its authors' table CC BY-NC 4.0; the stricter one counts here. "
        + _NOT_FOR_COMFYUI,
    ),
    CatalogueEntry(
        name="da3-giant",
        purpose="Depth Anything 3 Giant 1.1: depth and poses",
        url=f"{_DA3}/DA3-GIANT-1.1/resolve/main/model.safetensors",
        file_name="da3_giant_1.1.safetensors",
        folder="depth_anything_3",
        licence=_NON_COMMERCIAL,
        is_non_commercial=True,
        num_bytes=5_422_814_644,
        sha256="1e47a08338ca73a6d6a21d37fd060b26b993b672bc6ddf6295fe474df2592001",
        note=_NOT_FOR_COMFYUI,
    ),
    CatalogueEntry(
        name="da3-nested",
        purpose="Depth Anything 3 Nested Giant + Large 1.1: metric depth and poses; its first version is what "
        "the released PostCam uses",
        url=f"{_DA3}/DA3NESTED-GIANT-LARGE-1.1/resolve/main/model.safetensors",
        file_name="da3_nested_giant_large_1.1.safetensors",
        folder="depth_anything_3",
        licence=_NON_COMMERCIAL,
        is_non_commercial=True,
        num_bytes=6_759_558_100,
        sha256="8ebe871a022ed58d2fc8fdfb2ebdb31d57b60fe39611c849095851a7b7c6020c",
        note=_NOT_FOR_COMFYUI,
    ),
)


def catalogue_entry(name: str) -> CatalogueEntry:
    """The entry of that name.

    Raises:
        CheckpointError: If there is none.
    """
    for entry in CATALOGUE:
        if entry.name == name:
            return entry
    raise CheckpointError(
        "download",
        expected=f"one of {', '.join(entry.name for entry in CATALOGUE)}",
        got=f"{name!r}",
        todo="List them with: python -m postcam_core catalogue",
    )
