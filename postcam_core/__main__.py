"""``python -m postcam_core <command>``."""

import sys

from .cli import main

sys.exit(main())
