// Any path as keyframes.

import { nearestDepthIn } from "../scene/units.mjs"
import { presetPath } from "../trajectory/presets.mjs"
import { pathUnit } from "../trajectory/path_schemas.mjs"
import { cornerTimes, jumpTimes } from "./corners.mjs"
import { fitKeyframes } from "./fit_keyframes.mjs"
import { samplePath } from "./path_at.mjs"

/** How far keyframes may stay off the path they stand for: nearest depths, degrees, share of the focal length. */
export const BAKE_TOLERANCE = Object.freeze({ length: 1e-3, angleDeg: 0.1, focal: 1e-3 })

/** As many keys as a path gets at most: more would be no help to whoever edits them. */
export const MAX_BAKED_KEYS = 200

// Between two of these times no path of ours does anything unexpected; 41, 61 and 81 frames fall on them.
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
  const corners = cornerTimes(path)
  const tolerance = toleranceFor(path)
  const jumps = jumpTimes(path, corners, tolerance)
  const times = timesToMeet(corners, jumps)
  const indexOf = new Map(times.map((time, i) => [time, i]))
  const indices = (wanted) => wanted.map((time) => indexOf.get(time)).filter((index) => index > 0)
  const target = { times, ...samplePath(path, times) }
  const limit = Math.min(Math.max(Math.floor(maxKeys), 2), 1000)
  const options = { tolerance, maxKeys: limit, corners: indices(corners), jumps: indices(jumps) }
  const keyframes = fitKeyframes(target, options)
  if (path.kind === "keyframes" && keyframes.length >= path.keyframes.length) return path
  return { kind: "keyframes", unit: pathUnit(path), keyframes }
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

/** A fine grid, the corners with something between them, and the last moment before each jump. */
function timesToMeet(corners, jumps) {
  const grid = Array.from({ length: NUM_STEPS + 1 }, (_, i) => i / NUM_STEPS)
  const marks = [0, ...corners, 1]
  const between = marks.slice(1).map((mark, i) => (mark + marks[i]) / 2)
  const times = [...grid, ...corners, ...between, ...jumps].sort((a, b) => a - b)
  const distinct = times.filter((time, i) => i === 0 || time > times[i - 1])
  return jumps.reduce(withMomentBefore, distinct)
}

function withMomentBefore(times, jump) {
  const i = times.indexOf(jump)
  const moment = Math.max(jump - HOLD, (times[i - 1] + jump) / 2)
  return moment > times[i - 1] && moment < jump ? times.toSpliced(i, 0, moment) : times
}
