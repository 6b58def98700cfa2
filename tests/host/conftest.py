"""ComfyUI's own modules in this process, and the pack loaded the way ComfyUI loads it."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).parents[2]
COMFYUI = ROOT / ".comfyui" / "current"
GOLDENS = ROOT / "tests" / "parity"

sys.path.insert(0, str(COMFYUI))

import comfy.options  # noqa: E402

comfy.options.enable_args_parsing(False)

import comfy.cli_args  # noqa: E402

comfy.cli_args.args.cpu = not torch.cuda.is_available()


def _load_pack() -> ModuleType:
    # ComfyUI derives such a name from the pack's path; a plain one would hide mistakes in relative imports.
    name = "/custom_nodes/ComfyUI-PostCam"
    spec = importlib.util.spec_from_file_location(
        name, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


PACK = _load_pack()
native = importlib.import_module(".nodes.backend.native", PACK.__name__)  # also tests relative imports
native.register()


class Pack:
    """The pack's modules under the name that ComfyUI gives it."""

    @staticmethod
    def import_module(name: str) -> ModuleType:
        """A module of the pack by its relative name."""
        return importlib.import_module(name, PACK.__name__)


@pytest.fixture(scope="session")
def pack() -> Pack:
    """Access to the pack's modules."""
    return Pack()


@pytest.fixture(scope="session")
def backend() -> ModuleType:
    """The pack's nodes/backend/native.py, registered."""
    return native


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny recorded checkpoint with the metadata by which core recognises it."""
    source = GOLDENS / "tiny_postcam.safetensors"
    with safe_open(source, "pt") as file:
        config = json.loads(file.metadata()["config"])
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    metadata = {"config": json.dumps({"transformer": {"model_type": "postcam", **config}})}
    save_file(load_file(source), path, metadata)
    return path


@pytest.fixture
def model(checkpoint: Path):
    """The checkpoint through core's own Load Diffusion Model."""
    import comfy.sd

    return comfy.sd.load_diffusion_model(str(checkpoint), {"dtype": torch.float32})


class Recorded:
    """A recorded sampling run, its tensors as ComfyUI's nodes hand them around."""

    def __init__(self, model) -> None:
        data = load_file(GOLDENS / "sampling.safetensors")
        self.data, self._out = data, model.model.process_latent_out
        self.latents = {"samples": torch.zeros_like(data["noise"])}

    def conditioning(self, text: str = "context", **changes) -> list:
        """Conditioning as PostCamConditioning makes it, with changes by key."""
        values = {
            native.SOURCE: self._out(self.data["source"]),
            native.GUIDE: self._out(self.data["render"]),
            native.CAMERA: self.data["cam"],
        }
        return [[self.data[text], {**values, **changes}]]

    def sample(self, model, *, steps=10, cfg=5.0, positive=None, negative=None, latents=None) -> torch.Tensor:
        """Latents from core's own KSampler: euler, simple, seed 0."""
        import nodes as comfy_nodes

        positive = positive or self.conditioning()
        negative = negative or self.conditioning("negative")
        settings = (model, 0, steps, cfg, "euler", "simple", positive, negative, latents or self.latents)
        return comfy_nodes.KSampler().sample(*settings)[0]["samples"]

    def expected(self, name: str) -> torch.Tensor:
        """Recorded latents in the scale of a LATENT."""
        return self._out(self.data[name])


@pytest.fixture
def recorded(model) -> Recorded:
    """The recorded run for this model."""
    return Recorded(model)


@pytest.fixture
def count_passes(model):
    """Calls of the hook: the size of what the first block gets, once per pass that is really computed."""

    def count(model=model) -> list:
        sizes = []
        model.model.diffusion_model.blocks[0].register_forward_pre_hook(
            lambda module, arguments, keywords: sizes.append(arguments[0].shape), with_kwargs=True
        )
        return sizes

    return count
