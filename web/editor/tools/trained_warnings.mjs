// Where a move leaves the range that the model was trained in.

import { identityPose, invertPose, multiplyPoses, positionOf, rotationOf } from "../math/pose.mjs"
import { norm } from "../math/vec3.mjs"
import { pathUnit } from "../trajectory/path_schemas.mjs"
import { panTiltRollOf } from "../state/angles.mjs"
import { pathTimeAt } from "../state/clip_times.mjs"
import { samplePath, turnBetweenDeg } from "../state/path_at.mjs"
import { nearestDepthIn } from "../scene/units.mjs"
import { runs } from "./runs.mjs"
import { TRAINED_RANGE } from "./trained_range.mjs"

/**
 * The model is told poses relative to the first of them; so are these.
 * @param {object} document
 * @param {import("../trajectory/sample.mjs").Trajectory} trajectory
 * @param {number|null} unit lengths of the trajectory that make a nearest depth; null: unknown
 * @returns {import("./analysis.mjs").Warning[]}
 */
export function trainedWarnings(document, { c2w, focalScale, unit: lengthUnit }, unit) {
  const fromStart = c2w.map((pose) => multiplyPoses(invertPose(c2w[0]), pose))
  const shift = unit === null ? null : fromStart.map((pose) => norm(positionOf(pose)) / unit)
  const turn = fromStart.map(turnOf)
  const limits = TRAINED_RANGE
  return [
    ...startWarnings(document, lengthUnit, unit),
    ...over(shift, limits.shift, "trained_shift", "shift"),
    ...over(turn, limits.turn_deg, "trained_turn", "turn_deg"),
    ...turningWarnings(fromStart, shift),
    ...over(focalScale.map((factor) => Math.max(factor, 1 / factor)), limits.focal, "trained_focal", "factor"),
  ]
}

const turnOf = (pose) => turnBetweenDeg(pose, identityPose())

const over = (values, limit, code, name) => runs(values, (value) => value > limit, code, name, 1)

/** Angles are told apart only as long as the turn is not too wide for them anyway. */
function turningWarnings(fromStart, shift) {
  const angles = fromStart.map((pose) => panTiltRollOf(rotationOf(pose)).map(Math.abs))
  const isWide = angles.some(([pan, tilt]) => Math.max(pan, tilt) > TRAINED_RANGE.turn_deg)
  if (isWide) return []
  const isInPlace = shift !== null && Math.max(...shift) < TRAINED_RANGE.inPlaceShift
  const [pan, tilt, roll] = [0, 1, 2].map((axis) => angles.map((each) => each[axis]))
  return [
    ...over(isInPlace ? pan : null, TRAINED_RANGE.pan_deg, "trained_pan", "pan_deg"),
    ...over(isInPlace ? tilt : null, TRAINED_RANGE.tilt_deg, "trained_tilt", "tilt_deg"),
    ...over(roll, TRAINED_RANGE.roll_deg, "trained_roll", "roll_deg"),
  ]
}

/** The path alone: following a camera that moves is no fault of its start. */
function startWarnings(document, lengthUnit, unit) {
  const own = pathUnit(document.path)
  const length = own === lengthUnit ? unit : nearestDepthIn(own)
  const { c2w: [start] } = samplePath(document.path, [pathTimeAt(document, 0)])
  const shift = length === null ? 0 : norm(positionOf(start)) / length
  const turn_deg = turnOf(start)
  if (shift <= TRAINED_RANGE.startShift && turn_deg <= TRAINED_RANGE.startTurn_deg) return []
  return [{ code: "starts_elsewhere", frames: [0, 0], values: { shift, turn_deg } }]
}
