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
# The page's own modules that need no page, in node's test runner.
node_version=$(node --version 2>/dev/null || echo none)
case $node_version in
  none | v[0-9].* | v1[0-9].*)
    echo "test.sh: the web tests need Node.js 20 or newer, found: $node_version. Install it and run again." >&2
    exit 1 ;;
esac
node --test tests/web/*.test.mjs
# Two processes, each with a server of its own; a file's tests stay together, and files keep their order, in which the
# longest are not last.
.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
# Beside ComfyUI's own modules, which have top-level names that ours must not meet.
.venv/bin/python -m pytest -c tests/host/pytest.ini tests/host
