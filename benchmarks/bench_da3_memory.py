"""Peak memory of the chunked Depth Anything 3: it follows the chunk, not the clip.

Each case runs in a process of its own, on the CPU, through ComfyUI's own loader, with a random Small whose head is
narrow; the numbers show the growth, not what the real weights take.

    python benchmarks/bench_da3_memory.py [--frames 400] [--chunk 32] [--resolution 140]
"""

import argparse
import importlib.util
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMFYUI = ROOT / ".comfyui" / "current"
HEIGHT, WIDTH = 80, 140


def measure(model: Path, *, num_frames: int, chunk: int, resolution: int) -> None:
    """Print what a clip adds to this process's peak."""
    sys.path.insert(0, str(COMFYUI))
    sys.argv = [sys.argv[0], "--cpu"]
    import comfy.options

    comfy.options.enable_args_parsing()
    import folder_paths
    import torch

    name = "/custom_nodes/ComfyUI-PostCam"
    spec = importlib.util.spec_from_file_location(
        name, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    pack = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pack)
    backend = importlib.import_module(".nodes.backend.depth_anything", name)
    folder_paths.folder_names_and_paths["geometry_estimation"][0].insert(0, str(model.parent))
    loaded = backend.load_depth_anything(model.name)
    settings = {"resolution": resolution, "overlap": 2, "pose_method": "cam_dec"}
    # Loads the weights, and allocates what the first pass alone allocates.
    backend.depth_anything_geometry(torch.rand(2, HEIGHT, WIDTH, 3), loaded, chunk=4, **settings)

    images = torch.rand(num_frames, HEIGHT, WIDTH, 3)
    before, start = _peak_mb(), time.perf_counter()
    geometry = backend.depth_anything_geometry(images, loaded, chunk=chunk, **settings)
    seconds = time.perf_counter() - start
    result_mb = (geometry.depth.nbytes + geometry.confidence.nbytes) / 2**20
    print(
        f"{num_frames:5d} frames in chunks of {min(chunk, num_frames):4d}: +{_peak_mb() - before:6.0f} MB at the peak, "
        f"of which the result {result_mb:4.0f} MB, {seconds:5.1f} s"
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """One chunk, the whole clip in chunks, and a part of the clip in one pass."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=400)
    parser.add_argument("--chunk", type=int, default=32)
    parser.add_argument("--resolution", type=int, default=140)
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        model, num_frames, chunk = options.case
        measure(Path(model), num_frames=int(num_frames), chunk=int(chunk), resolution=options.resolution)
        return
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "tiny.safetensors"
        script = ROOT / "tests" / "oracles" / "tiny_depth_anything.py"
        subprocess.run([sys.executable, script, COMFYUI, model], check=True, capture_output=True)
        unchunked = 4 * options.chunk
        cases = [(options.chunk, options.chunk), (options.frames, options.chunk), (unchunked, unchunked)]
        for num_frames, chunk in cases:
            command = [sys.executable, __file__, "--resolution", str(options.resolution)]
            subprocess.run([*command, "--case", model, str(num_frames), str(chunk)], check=True)


if __name__ == "__main__":
    main()
