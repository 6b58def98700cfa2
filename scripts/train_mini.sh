#!/usr/bin/env bash
# Trains the bundled mini model from nothing: VAE, data, stage 1, stage 2, evaluation.
#
#   bash scripts/train_mini.sh cpu [FOLDER]     96×160, some three hours on two cores: how assets/mini was made
#   bash scripts/train_mini.sh gpu [FOLDER]     then goes on to 192×320; written for one card of 80 GB
#   bash scripts/train_mini.sh smoke [FOLDER]   every part for a few steps, to see that it runs
#
# Every part is skipped when it is done and goes on where it stopped: run the same command again.
# The results are FOLDER/postcam_mini.safetensors, FOLDER/postcam_mini_vae.safetensors and FOLDER/held_out,
# and of the larger size FOLDER/postcam_mini_large.safetensors and FOLDER/held_out_large.
set -euo pipefail
case ${1:-} in
  cpu)
    DEVICE=cpu WORKERS=2 BATCH=4 RATE=1e-3
    VAE=(--height 96 --width 160 --skeleton-steps 600)
    SCENES=0-572 STEPS_1=220 STEPS_2=1110 SCENES_LARGE= ;;
  gpu)
    DEVICE=cuda WORKERS=0 BATCH=64 RATE=1e-3
    VAE=(--height 192 --width 320 --skeleton-steps 2000 --steps 30000 --batch 16 --learning-rate 2e-4)
    SCENES=0-3999 STEPS_1=3000 STEPS_2=8000 SCENES_LARGE=4000-6999 STEPS_LARGE=10000 BATCH_LARGE=16 ;;
  smoke)
    DEVICE=cpu WORKERS=0 BATCH=2 RATE=1e-3
    VAE=(--height 96 --width 160 --skeleton-steps 2 --steps 1)
    SCENES=0-0 STEPS_1=2 STEPS_2=2 SCENES_LARGE=1-1 STEPS_LARGE=1 BATCH_LARGE=1 CLIPS=1 ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
CLIPS=${CLIPS:-50}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
OUT=$(realpath -m "${2:-$ROOT/output/train_mini}")
bash "$ROOT/scripts/setup.sh"
cd "$ROOT"
.venv/bin/python -c "import sys, torch; sys.exit('$DEVICE' == 'cuda' and not torch.cuda.is_available())" || {
  echo "train_mini: .venv/ has a PyTorch that sees no GPU; install one for your driver into it and run again" >&2
  exit 1
}
mkdir -p "$OUT"
postcam() { echo "train_mini: $1 ${*: -1}" >&2; .venv/bin/python -m postcam_core "$@"; }
last() { ls -d "$1"/checkpoints/step_* | sort | tail -1; }

[ -f "$OUT/postcam_mini_vae.safetensors" ] ||
  postcam train-vae "${VAE[@]}" --device $DEVICE --out "$OUT/postcam_mini_vae.safetensors"

precompute() { # scenes, height, width, guide scale, folder
  postcam precompute --synthetic "$1" --height "$2" --width "$3" --guide-scale "$4" \
    --vae "$OUT/postcam_mini_vae.safetensors" --device $DEVICE --workers $WORKERS --out "$5"
}
finish() { # run, weights to write, folder of the evaluation, more for it
  # Not written twice: the evaluation goes on with the very file that it began with.
  [ -f "$2" ] || postcam convert "$(last "$1")/model.safetensors" "$2" --dtype bf16
  postcam evaluate --model "$2" --vae "$OUT/postcam_mini_vae.safetensors" --clips "$CLIPS" --device $DEVICE \
    "${@:4}" --out "$3"
}
precompute $SCENES 96 160 1.0 "$OUT/shards"
postcam train mini_stage1 --data "$OUT/shards" --steps $STEPS_1 \
  --set batch_size=$BATCH --set learning_rate=$RATE --out "$OUT/stage1"
postcam train mini_stage2 --data "$OUT/shards" --steps $STEPS_2 \
  --initial "$(last "$OUT/stage1")/model.safetensors" \
  --set batch_size=$BATCH --set learning_rate=$RATE --out "$OUT/stage2"
finish "$OUT/stage2" "$OUT/postcam_mini.safetensors" "$OUT/held_out" \
  --stage1 "$(last "$OUT/stage1")/model.safetensors"
if [ -n "$SCENES_LARGE" ]; then
  precompute $SCENES_LARGE 192 320 0.5 "$OUT/shards_large"
  postcam train mini_large_stage2 --data "$OUT/shards_large" --steps $STEPS_LARGE \
    --initial "$(last "$OUT/stage2")/model.safetensors" --set batch_size=$BATCH_LARGE --out "$OUT/stage2_large"
  finish "$OUT/stage2_large" "$OUT/postcam_mini_large.safetensors" "$OUT/held_out_large" --height 192 --width 320
fi
