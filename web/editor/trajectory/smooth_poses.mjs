// Poses without the shake of the hand: the twin of postcam_core/cameras/smoothing.py.

import { poseFrom, positionOf, rotationOf } from "../math/pose.mjs"
import { quaternionOf, rotationOfQuaternion } from "../math/rotation.mjs"
import { TrajectoryError } from "./errors.mjs"

// The Gaussian is cut off at so many σ.
const REACH = 4
// Quaternions that cancel each other out leave a direction made of rounding errors.
const SHORTEST_MEAN = 1e-6

/**
 * Gaussian average over time of where the camera stands and how it is turned; the ends are reflected.
 * @param {Float64Array[]} c2w rigid poses
 * @param {number} sigmaFrames standard deviation, 0.01 or more
 * @returns {Float64Array[]}
 * @throws {TrajectoryError} if the camera turns so far within the Gaussian that its directions cancel each other out
 */
export function smoothPoses(c2w, sigmaFrames) {
  const quaternions = withoutJumps(c2w.map((pose) => quaternionOf(rotationOf(pose))))
  const channels = [0, 1, 2, 3].map((part) => quaternions.map((quaternion) => quaternion[part]))
  const places = [0, 1, 2].map((axis) => c2w.map((pose) => positionOf(pose)[axis]))
  const smooth = [...channels, ...places].map((values) => gaussian(values, sigmaFrames))
  return c2w.map((_, i) => {
    const [w, x, y, z, ...position] = smooth.map((values) => values[i])
    const length = Math.hypot(w, x, y, z)
    if (!(length >= SHORTEST_MEAN)) throw tooMuchTurn(i, sigmaFrames)
    return poseFrom(rotationOfQuaternion([w, x, y, z].map((part) => part / length)), position)
  })
}

/** Of the two signs of each quaternion, the one nearer to the quaternion before. */
function withoutJumps(quaternions) {
  let before = quaternions[0]
  return quaternions.map((quaternion) => {
    const product = quaternion.reduce((sum, part, i) => sum + part * before[i], 0)
    return (before = product < 0 ? quaternion.map((part) => -part) : quaternion)
  })
}

function gaussian(values, sigma) {
  const reach = Math.floor(REACH * sigma + 0.5)
  const weights = Array.from({ length: reach + 1 }, (_, k) => Math.exp((-0.5 / (sigma * sigma)) * k * k))
  const sum = weights.reduce((total, weight, k) => total + (k === 0 ? weight : 2 * weight), 0)
  // One stretch long enough that the loop below needs no bounds.
  const padded = Float64Array.from({ length: values.length + 2 * reach }, (_, i) =>
    values[reflected(i - reach, values.length)],
  )
  return values.map((_, i) => {
    let mean = weights[0] * padded[i + reach]
    for (let k = 1; k <= reach; k++) mean += weights[k] * (padded[i + reach - k] + padded[i + reach + k])
    return mean / sum
  })
}

/** Index within a row that is continued by its mirror image on either side, for ever: d c b a | a b c d | d c b a. */
function reflected(i, length) {
  const period = 2 * length
  const within = ((i % period) + period) % period
  return within < length ? within : period - 1 - within
}

function tooMuchTurn(frame, sigmaFrames) {
  return new TrajectoryError(`smoothed pose of frame ${frame}`, {
    expected: "a camera that turns less than about a full circle within the smoothing",
    got: `directions that cancel each other out over ${sigmaFrames} frames`,
    todo: "Smooth over fewer frames.",
  })
}
