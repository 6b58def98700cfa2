// Any path as keyframes.

import { nearestDepthIn } from "../scene/units.mjs"
import { MAX_KEYS, pathUnit } from "../trajectory/path_schemas.mjs"
import { presetPath } from "../trajectory/presets.mjs"
import { cornerTimes, jumpTimes } from "./corners.mjs"
import { fitKeyframes } from "./fit_keyframes.mjs"
import { samplePath } from "./path_at.mjs"

/** How far keyframes may stay off the path they stand for: nearest depths, degrees, share of the focal length. */
export const BAKE_TOLERANCE = Object.freeze({ length: 1e-3, angleDeg: 0.1, focal: 1e-3 })

/** As many keys as a path gets at most: more would be no help to whoever edits them. */
export const MAX_BAKED_KEYS = 200

// Fine enough for everything but jumps; the frames of clips of 41, 61 and 81 fall on these times.
const NUM_STEPS = 480
// A jump becomes a hold of this share of the clip at most, too short for any frame to fall into.
const HOLD = 1e-4

/**
 * Turn any path into keyframes, as few as stay within BAKE_TOLERANCE of it (in scene units: within a thousandth of the
 * path's extent). Keyframes get fewer where that is possible, and stay as they are where it is not. Pace, timing and
 * everything else stay.
 * @param {number} [maxKeys] at most so many, even if the tolerance is missed; 2 to 1000
 * @returns {(document: object) => object}
 */
export const bakeToKeyframes = (maxKeys = MAX_BAKED_KEYS) => (document) => ({
  ...document,
  path: bakedPath(document.path, maxKeys),
})

/** A document whose path is keyframes: itself, or the baked one. */
export const asKeyframes = (document) =>
  document.path.kind === "keyframes" ? document : bakeToKeyframes()(document)

/**
 * The keyframes that a preset is made of, to the last digit; baked where it is no preset of keyframes.
 * @param {object} path
 * @returns {object} of kind "keyframes"
 */
export function exactKeyframes(path) {
  const move = withoutPreset(path)
  return move.kind === "keyframes" ? move : bakedPath(move, MAX_BAKED_KEYS)
}

const withoutPreset = (path) => (path.kind === "preset" ? presetPath(path.name, path.amount) : path)

/**
 * @param {object} given path of any kind, every field filled in
 * @param {number} maxKeys
 * @returns {object} of kind "keyframes"
 */
export function bakedPath(given, maxKeys) {
  const path = withoutPreset(given)
  const numKeys = path.keyframes?.length ?? MAX_KEYS
  const keyframes = fittedKeyframes(path, Math.min(Math.max(Math.floor(maxKeys), 2), numKeys))
  // Where no fewer do, those that are there are exact.
  return keyframes.length >= path.keyframes?.length ? path : { kind: "keyframes", unit: pathUnit(path), keyframes }
}

function fittedKeyframes(path, maxKeys) {
  const corners = cornerTimes(path)
  const tolerance = toleranceFor(path)
  const jumps = jumpTimes(path, corners, tolerance).slice(0, Math.max(maxKeys / 2 - 1, 0)) // each takes two keys
  const times = timesToMeet(corners, jumps)
  const indexOf = new Map(times.map((time, i) => [time, i]))
  const indices = (wanted) => wanted.map((time) => indexOf.get(time)).filter((index) => index > 0)
  const target = { times, ...samplePath(path, times) }
  return fitKeyframes(target, { tolerance, maxKeys, corners: indices(corners), jumps: indices(jumps) })
}

function toleranceFor(path) {
  const unit = nearestDepthIn(pathUnit(path))
  return { ...BAKE_TOLERANCE, length: BAKE_TOLERANCE.length * (unit ?? extentOf(path)) }
}

/** Diagonal of the box around the path; 1 where it stays in one place. */
function extentOf(path) {
  const { c2w } = samplePath(path, Array.from({ length: 101 }, (_, i) => i / 100))
  const spans = [3, 7, 11].map((axis) => {
    const values = c2w.map((pose) => pose[axis])
    return Math.max(...values) - Math.min(...values)
  })
  return Math.hypot(...spans) || 1
}

/** A fine grid, finer beside corners, something between those, and the last moment before each jump. */
function timesToMeet(corners, jumps) {
  const grid = Array.from({ length: NUM_STEPS + 1 }, (_, i) => i / NUM_STEPS)
  const beside = corners.flatMap((corner) => [-2, -1, 1, 2].map((k) => corner + k / NUM_STEPS / 4))
  const marks = [0, ...corners, 1]
  const between = marks.slice(1).map((mark, i) => (mark + marks[i]) / 2)
  const times = [...grid, ...corners, ...beside, ...between, ...jumps].sort((a, b) => a - b)
  const distinct = times.filter((time, i) => time >= 0 && time <= 1 && !(time <= times[i - 1]))
  return jumps.reduce(withMomentBefore, distinct)
}

function withMomentBefore(times, jump) {
  const i = times.indexOf(jump)
  const moment = Math.max(jump - HOLD, (times[i - 1] + jump) / 2)
  return moment > times[i - 1] && moment < jump ? times.toSpliced(i, 0, moment) : times
}
