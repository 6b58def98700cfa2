"""Geometry that other tools made: files of COLMAP, nerfstudio and ReCamMaster, sockets of ComfyUI."""

from .colmap import load_colmap
from .da3 import da3_processed_size, geometry_from_da3
from .moge import geometry_from_moge
from .nerfstudio import load_nerfstudio
from .recammaster import load_recammaster

__all__ = [
    "da3_processed_size",
    "geometry_from_da3",
    "geometry_from_moge",
    "load_colmap",
    "load_nerfstudio",
    "load_recammaster",
]
