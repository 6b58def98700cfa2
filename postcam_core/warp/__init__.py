"""Guide rendering: what the source frames look like from the target cameras, with holes where nothing is known."""

from .background import BackgroundMemory
from .checks import check_same_frames
from .guide import Guide
from .keep_seen import KEEP_SEEN, keep_seen
from .model_guide import RELEASED_GUIDE_SCALE, shrink_guide
from .profiles import PROFILES, Profile, ProfiledGuide, apply_profile
from .renderer import GuideRenderer, render_guide
from .scene_guide import SceneGuideRenderer, render_scene_guide

__all__ = [
    "KEEP_SEEN",
    "PROFILES",
    "RELEASED_GUIDE_SCALE",
    "BackgroundMemory",
    "Guide",
    "GuideRenderer",
    "Profile",
    "ProfiledGuide",
    "SceneGuideRenderer",
    "apply_profile",
    "check_same_frames",
    "keep_seen",
    "render_guide",
    "render_scene_guide",
    "shrink_guide",
]
