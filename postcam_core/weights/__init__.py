"""Weights files: reading them, telling whose they are, converting and fetching them."""

from .architecture import check_tensors, other_architecture, require_postcam, settings_of
from .catalogue import CATALOGUE, CatalogueEntry, catalogue_entry
from .convert import ConversionReport, StorageDtype, convert_checkpoint
from .download import DownloadError, DownloadReport, download
from .files import Checkpoint, read_checkpoint
from .key_names import Naming, comfyui_names, diffusers_names, naming_of, released_names
from .load import load_transformer
from .settings import ModelSettings, settings_metadata
from .summary import CheckpointSummary, summarize_checkpoint

__all__ = [
    "CATALOGUE",
    "CatalogueEntry",
    "Checkpoint",
    "CheckpointSummary",
    "ConversionReport",
    "DownloadError",
    "DownloadReport",
    "ModelSettings",
    "Naming",
    "StorageDtype",
    "catalogue_entry",
    "check_tensors",
    "comfyui_names",
    "convert_checkpoint",
    "diffusers_names",
    "download",
    "load_transformer",
    "naming_of",
    "other_architecture",
    "read_checkpoint",
    "released_names",
    "require_postcam",
    "settings_metadata",
    "settings_of",
    "summarize_checkpoint",
]
