"""The editor calls the presets what the library calls them."""

import re
from pathlib import Path

from postcam_core.trajectory.presets import PRESETS

TEXTS = Path(__file__).parents[2] / "web" / "editor" / "texts" / "en_presets.mjs"


def test_english_names_and_sizes_are_the_library_s() -> None:
    texts = dict(re.findall(r'^  "([\w.]+)": "(.*)",$', TEXTS.read_text(encoding="utf-8"), re.MULTILINE))
    expected = {f"preset.{name}": preset.label for name, preset in PRESETS.items()}
    expected |= {f"preset.{name}.size": preset.natural_size for name, preset in PRESETS.items()}
    assert texts == expected
