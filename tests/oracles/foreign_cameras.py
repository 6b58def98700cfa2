"""Geometry written the way other tools write it: what their documentation says, not what our readers expect."""

import json
import struct
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from postcam_core.geometry import SceneGeometry

CENTIMETRE = 0.01


def image_name(index: int) -> str:
    """Numbers without leading zeros: text order would put frame_10 before frame_2."""
    return f"shots/frame_{index + 1}.jpg"


def write_depth(folder: Path, geometry: SceneGeometry, *, scale: float = 1.0, name: str = "frame_{}") -> Path:
    """One npy per frame in float32, depth divided by ``scale``."""
    folder.mkdir(parents=True)
    for index, frame in enumerate(geometry.depth):
        np.save(folder / f"{name.format(index + 1)}.npy", frame.numpy() / np.float32(scale))
    return folder


def write_colmap(
    folder: Path, geometry: SceneGeometry, *, is_binary: bool, model: str = "PINHOLE", extra: tuple = ()
) -> Path:
    """``cameras`` and ``images``: pixels begin at their corner, quaternions are w x y z, w2c; images unsorted."""
    folder.mkdir(parents=True)
    cameras, images = [], []
    for index in reversed(range(geometry.num_frames)):
        K, w2c = geometry.K[index].numpy(), geometry.w2c[index].numpy()
        focal = [K[0, 0]] if model.startswith("SIMPLE") or model == "RADIAL" else [K[0, 0], K[1, 1]]
        parameters = [*focal, K[0, 2] + 0.5, K[1, 2] + 0.5, *extra]
        x, y, z, w = Rotation.from_matrix(w2c[:3, :3]).as_quat()
        cameras.append((index + 7, model, geometry.width, geometry.height, parameters))
        images.append((index + 1, (w, x, y, z, *w2c[:3, 3]), index + 7, image_name(index)))
    (_write_binary if is_binary else _write_text)(folder, cameras, images)
    return folder


def _write_text(folder: Path, cameras: list, images: list) -> None:
    lines = ["# Camera list with one line of data per camera:"]
    lines += [f"{n} {model} {w} {h} {' '.join(map(repr, map(float, p)))}" for n, model, w, h, p in cameras]
    (folder / "cameras.txt").write_text("\n".join(lines) + "\n")
    lines = ["# Image list with two lines of data per image:"]
    for number, (n, pose, camera, name) in enumerate(images):
        lines.append(f"{n} {' '.join(map(repr, map(float, pose)))} {camera} {name}")
        lines.append("" if number % 2 else "12.5 7.25 -1 3.0 4.0 17")
    (folder / "images.txt").write_text("\n".join(lines) + "\n")


def _write_binary(folder: Path, cameras: list, images: list) -> None:
    number = {"SIMPLE_PINHOLE": 0, "PINHOLE": 1, "SIMPLE_RADIAL": 2, "RADIAL": 3, "OPENCV": 4}
    number |= {"OPENCV_FISHEYE": 5}
    out = struct.pack("<Q", len(cameras))
    for n, model, w, h, p in cameras:
        out += struct.pack(f"<iiQQ{len(p)}d", n, number[model], w, h, *p)
    (folder / "cameras.bin").write_bytes(out)
    out = struct.pack("<Q", len(images))
    for n, pose, camera, name in images:
        out += struct.pack("<i7di", n, *pose, camera) + name.encode() + b"\0"
        out += struct.pack("<Q", 2) + struct.pack("<ddq", 12.5, 7.25, -1) + struct.pack("<ddq", 3.0, 4.0, 17)
    (folder / "images.bin").write_bytes(out)


def write_nerfstudio(folder: Path, geometry: SceneGeometry, **changes) -> Path:
    """``transforms.json`` with OpenGL cameras, and depth in millimetres as floats beside it."""
    write_depth(folder / "depths", geometry, scale=0.001)
    c2w = np.linalg.inv(geometry.w2c.numpy()) @ np.diag([1.0, -1.0, -1.0, 1.0])
    frames = [
        {
            "file_path": image_name(index),
            "depth_file_path": f"depths/frame_{index + 1}.npy",
            "transform_matrix": c2w[index].tolist(),
        }
        for index in reversed(range(geometry.num_frames))
    ]
    K = geometry.K[0]
    document = {"camera_model": "OPENCV", "w": geometry.width, "h": geometry.height, "frames": frames}
    document |= {"fl_x": float(K[0, 0]), "fl_y": float(K[1, 1])}
    document |= {"cx": float(K[0, 2]) + 0.5, "cy": float(K[1, 2]) + 0.5, "depth_unit_scale_factor": 0.001}
    document |= changes
    path = folder / "transforms.json"
    path.write_text(json.dumps({key: value for key, value in document.items() if value is not None}))
    return path


def write_recammaster(path: Path, geometry: SceneGeometry, *, camera: str = "cam03") -> Path:
    """Unreal's row vectors: forward, right and up axes and the place, left-handed, in centimetres."""
    document = {}
    for index, c2w in enumerate(np.linalg.inv(geometry.w2c.numpy())):
        right, down, forward, place = c2w[:3].T
        # From our axes (right, down, forward) to Unreal's (forward, right, up).
        rows = [
            [axis[2], axis[0], -axis[1]]
            for axis in (forward, right, -down, place / CENTIMETRE + (20, 30, 50))
        ]
        text = " ".join(
            f"[{a!r} {b!r} {c!r} {int(i == 3)}]" for i, (a, b, c) in enumerate(np.array(rows).tolist())
        )
        document[f"frame{index}"] = {"cam01": text.replace("0.", "0.0"), camera: text}
    path.write_text(json.dumps(document))
    return path
