#!/usr/bin/env bash
# Sets up, then re-shoots a clip with the bundled mini model in a real ComfyUI and prints where the video lies.
#   bash scripts/demo.sh [--video FILE] [--preset NAME] [--ui]
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bash "$ROOT/scripts/setup.sh"
exec "$ROOT/.venv/bin/python" "$ROOT/scripts/demo.py" "$@"
