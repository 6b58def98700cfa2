#!/usr/bin/env bash
# Sets up, then runs every test; arguments go to pytest, for example: bash scripts/test.sh tests/warp -x
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bash "$ROOT/scripts/setup.sh"
cd "$ROOT"
exec .venv/bin/python -m pytest "$@"
