"""Geometry in one npz file: ours, and those of other tools. The keys are in docs/formats.md."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..whole_files import written_whole
from .camera_arrays import intrinsics_per_frame, number_array, w2c_per_frame
from .depth_checks import check_size
from .depth_codec import PackedDepth, fits_pack, pack_depth, unpack_depth
from .npz_reading import MAX_MAP_BYTES, NpzFile
from .scene import SceneGeometry

NPZ_FORMAT = "postcam-geometry"
NPZ_VERSION = 1
_MAX_TEXT_BYTES = 1 << 20
# What other tools call the arrays. "extrinsics" is their word for w2c (VGGT, Depth Anything 3).
_DEPTH_KEYS = ("depth", "depths")
_K_KEYS = ("K", "intrinsics")
_POSE_KEYS = ("w2c", "extrinsics", "c2w")


def save_npz(path: str | Path, geometry: SceneGeometry) -> Path:
    """Write a geometry to one compressed file; an existing file is replaced.

    Depth is stored to a relative error of at most 1e-4, or exactly as float32 if its farthest value is more
    than 430 000 times its nearest. Confidence is stored in 255 steps; cameras are exact.
    """
    path = Path(path)
    arrays: dict[str, Any] = {
        "format": np.array(NPZ_FORMAT),
        "version": np.array(NPZ_VERSION),
        "provider": np.array(geometry.provider),
        "is_metric": np.array(geometry.is_metric),
        "notes": np.array(geometry.notes, dtype=str),
        "K": geometry.K.cpu().numpy(),
        "w2c": geometry.w2c.cpu().numpy(),
    }
    depth = geometry.depth.cpu().numpy()
    if fits_pack(depth):
        packed = pack_depth(depth)
        arrays |= {
            "depth_planes": packed.planes,
            "depth_log_nearest": np.array(packed.log_nearest),
            "depth_log_step": np.array(packed.log_step),
        }
    else:
        arrays["depth"] = depth
    if geometry.confidence is not None:
        arrays["confidence"] = (geometry.confidence * 255).round().byte().cpu().numpy()
    with written_whole(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)
    return path


def load_npz(path: str | Path) -> SceneGeometry:
    """Read :func:`save_npz`'s file, or another tool's with depth, intrinsics and poses under known keys.

    Raises:
        GeometryError: If the file is missing, broken, too large, of an unknown version, or its keys are
            missing or ambiguous; names the keys that are there.
        CameraError: If K is no pinhole matrix or a pose is not rigid.
    """
    file = NpzFile(path)
    return _read_own(file) if "format" in file.headers else _read_foreign(file)


def _read_own(file: NpzFile) -> SceneGeometry:
    found = (_text(file, "format"), int(_scalar(file, "version")))
    if found != (NPZ_FORMAT, NPZ_VERSION):
        raise file.unusable(
            f"format {NPZ_FORMAT}, version {NPZ_VERSION}", f"format {found[0]}, version {found[1]}"
        )
    depth = _packed_depth(file) if "depth_planes" in file.headers else _plain_depth(file, "depth")
    num_frames = len(depth)
    return SceneGeometry(
        depth=torch.from_numpy(depth),
        K=intrinsics_per_frame(_numbers(file, "K"), num_frames),
        w2c=w2c_per_frame(_numbers(file, "w2c"), num_frames),
        confidence=_confidence(file),
        provider=_text(file, "provider"),
        is_metric=bool(_scalar(file, "is_metric")),
        notes=_texts(file, "notes"),
    )


def _read_foreign(file: NpzFile) -> SceneGeometry:
    depth_key, K_key, pose_key = (_one_of(file, keys) for keys in (_DEPTH_KEYS, _K_KEYS, _POSE_KEYS))
    depth = _plain_depth(file, depth_key)
    ignored = sorted(set(file.headers) - {depth_key, K_key, pose_key, "confidence"})
    return SceneGeometry(
        depth=torch.from_numpy(depth),
        K=intrinsics_per_frame(_numbers(file, K_key), len(depth), name=K_key),
        w2c=w2c_per_frame(_numbers(file, pose_key), len(depth), is_c2w=pose_key == "c2w", name=pose_key),
        confidence=_confidence(file),
        provider="npz",
        notes=(f"keys of the npz that were not used: {', '.join(ignored[:12])}",) if ignored else (),
    )


def _one_of(file: NpzFile, keys: tuple[str, ...]) -> str:
    found = [key for key in keys if key in file.headers]
    if len(found) != 1:
        raise file.unusable(f"exactly one of the keys {', '.join(keys)}", f"keys {sorted(file.headers)[:12]}")
    return found[0]


def _packed_depth(file: NpzFile) -> np.ndarray:
    header = file.headers["depth_planes"]
    if header.dtype != np.uint8 or len(header.shape) != 4 or header.shape[0] != 2:
        raise file.unusable(
            "depth_planes as uint8 [2, frame, height, width]", f"{header.dtype} {header.shape}"
        )
    check_size(*header.shape[1:], name="depth_planes")
    log_nearest, log_step = _scalar(file, "depth_log_nearest"), _scalar(file, "depth_log_step")
    if not (abs(log_nearest) < 80 and 0 < log_step < 1e-2):  # float32 ends at e^88
        raise file.unusable("a depth range of float32", f"log_nearest {log_nearest}, log_step {log_step}")
    planes = file.read("depth_planes", max_bytes=MAX_MAP_BYTES)
    return unpack_depth(PackedDepth(planes=planes, log_nearest=log_nearest, log_step=log_step))


def _plain_depth(file: NpzFile, key: str) -> np.ndarray:
    header = file.headers.get(key)
    if header is None or len(header.shape) != 3 or not np.issubdtype(header.dtype, np.floating):
        found = f"{header.dtype} of shape {header.shape}" if header else f"keys {sorted(file.headers)[:12]}"
        raise file.unusable(f"{key!r} as floats [frame, height, width]", found)
    check_size(*header.shape, name=key)
    return file.read(key, max_bytes=MAX_MAP_BYTES).astype(np.float32)


def _confidence(file: NpzFile) -> torch.Tensor | None:
    if "confidence" not in file.headers:
        return None
    values = file.read("confidence", max_bytes=MAX_MAP_BYTES)
    if values.dtype == np.uint8:
        return torch.from_numpy(values).float() / 255
    if not np.issubdtype(values.dtype, np.floating):
        raise file.unusable("confidence as floats in 0…1 or uint8", f"{values.dtype}")
    return torch.from_numpy(values.astype(np.float32))


def _numbers(file: NpzFile, key: str) -> np.ndarray:
    return number_array(file.read(key), name=key)


def _scalar(file: NpzFile, key: str) -> float:
    value = file.read(key)
    if value.shape != () or value.dtype.kind not in "biuf":
        raise file.unusable(f"{key!r} as one number", f"{value.dtype} of shape {value.shape}")
    return float(value)


def _text(file: NpzFile, key: str) -> str:
    return "".join(_texts(file, key))


def _texts(file: NpzFile, key: str) -> tuple[str, ...]:
    header = file.headers.get(key)
    is_text = header is not None and header.dtype.kind == "U" and len(header.shape) <= 1
    if not is_text or header.dtype.itemsize * int(np.prod(header.shape)) > _MAX_TEXT_BYTES:
        raise file.unusable(f"{key!r} as a short text", f"{header or 'nothing'}")
    return tuple(str(text) for text in np.atleast_1d(file.read(key)))
