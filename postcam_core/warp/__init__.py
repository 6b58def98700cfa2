"""Guide rendering: what the source frames look like from the target cameras, with holes where nothing is known."""

from .guide import Guide
from .model_guide import RELEASED_GUIDE_SCALE, shrink_guide
from .renderer import GuideRenderer, render_guide
from .scene_guide import SceneGuideRenderer, render_scene_guide

__all__ = [
    "RELEASED_GUIDE_SCALE",
    "Guide",
    "GuideRenderer",
    "SceneGuideRenderer",
    "render_guide",
    "render_scene_guide",
    "shrink_guide",
]
