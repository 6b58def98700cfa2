// What to know about a move before spending time on it: speeds, nearness, holes, and warnings.

import { nearestDepthIn } from "../scene/units.mjs"
import { distanceBetween, turnBetweenDeg } from "../state/path_at.mjs"
import { clearanceOf } from "./clearance.mjs"
import { keyWarnings } from "./key_warnings.mjs"
import { runs } from "./runs.mjs"
import { TRAINED_RANGE } from "./trained_range.mjs"
import { trainedWarnings } from "./trained_warnings.mjs"

/** Nearer to the scene than this, in nearest depths, the camera is as good as in it. */
export const MIN_CLEARANCE = 0.1

/** With less of the picture known than this share the model invents most of it. */
export const MIN_KNOWN = 0.5

/**
 * @typedef {object} Warning
 * @property {string} code names its words in web/editor/texts: warning.<code>
 * @property {[number, number]} frames first and last that it is about
 * @property {Object<string, number>} values for the words' placeholders
 */

/**
 * @param {object} given
 * @param {object} given.document validated
 * @param {import("../trajectory/sample.mjs").Trajectory} given.trajectory its samples
 * @param {number|null} [given.nearestDepth] of the scene, in scene units
 * @param {ArrayLike<number>|null} [given.points] of the scene, x y z in scene units, in the axes of frame 0
 * @param {ArrayLike<number>|null} [given.known] share of each frame's picture that is known, 0 to 1; NaN where it was
 *   not looked at
 * @param {boolean} [given.isPathAlone] the store's: the cameras that the path follows are not there
 * @returns {{speed: Float64Array|null, turn_deg: Float64Array, clearance: Float64Array|null, warnings: Warning[]}} per
 *   frame: nearest depths and degrees since the frame before (0 for the first), nearest depths to the scene. null where
 *   lengths, or points, are missing
 */
export function analyse(given) {
  const { document, trajectory, nearestDepth = null, points = null, known = null, isPathAlone = false } = given
  const unit = nearestDepthIn(trajectory.unit, nearestDepth)
  const steps = trajectory.c2w.map((pose, i) => [trajectory.c2w[Math.max(i - 1, 0)], pose])
  const speed = unit === null ? null : Float64Array.from(steps, ([from, to]) => distanceBetween(from, to) / unit)
  const turn_deg = Float64Array.from(steps, ([from, to]) => turnBetweenDeg(from, to))
  const clearance = clearanceIn({ trajectory, unit, nearestDepth, points })
  const warnings = [
    ...(isPathAlone ? [{ code: "needs_geometry", frames: [0, trajectory.c2w.length - 1], values: {} }] : []),
    ...runs(clearance, (distance) => distance < MIN_CLEARANCE, "passes_through", "distance", -1),
    ...runs(speed, (each) => each > TRAINED_RANGE.shiftPerFrame, "moves_too_fast", "speed", 1),
    ...runs(turn_deg, (each) => each > TRAINED_RANGE.turnPerFrame_deg, "turns_too_fast", "turn_deg", 1),
    ...runs(percent(known), (share) => share < 100 * MIN_KNOWN, "mostly_holes", "known_percent", -1),
    ...keyWarnings(document, trajectory.c2w.length),
    ...trainedWarnings(document, trajectory, unit),
  ]
  return { speed, turn_deg, clearance, warnings }
}

const percent = (shares) => (shares === null ? null : Array.from(shares, (share) => 100 * share))

function clearanceIn({ trajectory, unit, nearestDepth, points }) {
  if (points === null || unit === null || nearestDepth === null) return null
  const inScene = nearestDepth / unit // scene units in a length of 1
  const poses = trajectory.c2w.map((pose) => pose.map((value, i) => (i % 4 === 3 && i < 12 ? value * inScene : value)))
  return clearanceOf(poses, points).map((distance) => distance / nearestDepth)
}
