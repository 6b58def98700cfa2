#!/usr/bin/env bash
# Sets up, then runs every test; arguments go to pytest, for example: bash scripts/test.sh tests/warp -x
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bash "$ROOT/scripts/setup.sh"
cd "$ROOT"
# The tests, the server and the browser share the cores: threads that wait by spinning would starve the others.
export OMP_WAIT_POLICY=PASSIVE
if [ $# -gt 0 ]; then
  exec .venv/bin/python -m pytest "$@"
fi
.venv/bin/python -m pytest
# Beside ComfyUI's own modules, which have top-level names that ours must not meet.
.venv/bin/python -m pytest -c tests/host/pytest.ini tests/host
