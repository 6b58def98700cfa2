// The move backwards.

import { presetPath } from "../trajectory/presets.mjs"
import { exactKeyframes } from "./bake.mjs"
import { withPace } from "./document_edits.mjs"
import { increasing, mirroredTime } from "./key_times.mjs"
import { distanceBetween, samplePath, turnBetweenDeg } from "./path_at.mjs"

const REVERSED_EASE = { linear: "linear", ease_in: "ease_out", ease_out: "ease_in", ease_in_out: "ease_in_out" }

/**
 * The camera goes back along its path: where it was at a time t of the clip it is at 1 − t, so that it starts where it
 * ended, and a slow start becomes a slow end. Interpolations stay with the way between the same two keys; a hold waits
 * at the key that now comes first. Keyframes are met exactly; between them splines turn a little differently forwards
 * and backwards, by a degree where the turns are wide. Which source frames are shown does not change: see reverseTime.
 */
export const reverse = () => (document) => {
  const { start, end, ease } = document.pace ?? { start: 0, end: 1, ease: "linear" }
  const pace = { start: mirroredTime(end), end: mirroredTime(start), ease: REVERSED_EASE[ease] }
  const kept = pace.start < pace.end ? pace : { ...pace, start: 1 - end, end: 1 - start }
  return withPace({ ...document, path: reversedPath(document.path) }, kept)
}

function reversedPath(path) {
  const move = path.kind === "preset" && path.name !== "static" ? presetPath(path.name, path.amount) : path
  return REVERSALS[move.kind]?.(move) ?? reversedKeyframes(exactKeyframes(move))
}

/** By kind: the path backwards, or null where only keyframes can say it. */
const REVERSALS = {
  preset: (path) => path, // static
  orbit: reversedOrbit,
  poses: (path) => {
    const reversed = { ...path, c2w: path.c2w.toReversed() }
    return path.focal_scale ? { ...reversed, focal_scale: path.focal_scale.toReversed() } : reversed
  },
}

/** More than four keys go through a smoothing spline, which may treat both directions differently. */
function reversedOrbit(path) {
  const lines = ["pitch_deg", "yaw_deg", "displacement"]
  const reversed = { ...path, ...Object.fromEntries(lines.map((line) => [line, path[line].toReversed()])) }
  const times = Array.from({ length: 41 }, (_, i) => i / 40)
  const [there, back] = [samplePath(path, times.map((time) => 1 - time)), samplePath(reversed, times)]
  const isSame = there.c2w.every((pose, i) => isNear(pose, back.c2w[i]))
  return isSame ? reversed : null
}

function isNear(a, b) {
  return distanceBetween(a, b) < 1e-6 && turnBetweenDeg(a, b) < 1e-4
}

function reversedKeyframes(path) {
  const last = path.keyframes.length - 1
  const times = increasing(path.keyframes.map((key) => mirroredTime(key.time)).reverse())
  const keyframes = times.map((time, i) => {
    // From here to the next key it went from the key before to this one.
    const { interpolation } = path.keyframes[Math.max(last - i - 1, 0)]
    return { ...path.keyframes[last - i], time, interpolation }
  })
  return { ...path, keyframes }
}
