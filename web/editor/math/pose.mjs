// Rigid transforms as 4×4 matrices: Float64Array of 16, row by row. c2w maps camera to world, OpenCV axes.

import { exp, log, multiply, rotate, transpose } from "./rotation.mjs"
import { add, lerp, scale } from "./vec3.mjs"

/** @typedef {Float64Array} Pose sixteen numbers, row by row, the last row 0 0 0 1 */

/** @returns {Pose} */
export const identityPose = () => Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)

/**
 * @param {import("./rotation.mjs").Rotation} r
 * @param {import("./vec3.mjs").Vec3} p position
 * @returns {Pose}
 */
export const poseFrom = (r, p) =>
  Float64Array.of(r[0], r[1], r[2], p[0], r[3], r[4], r[5], p[1], r[6], r[7], r[8], p[2], 0, 0, 0, 1)

/** @param {Pose} m @returns {import("./rotation.mjs").Rotation} */
export const rotationOf = (m) => Float64Array.of(m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10])

/** @param {Pose} m @returns {import("./vec3.mjs").Vec3} where the camera stands, for a c2w */
export const positionOf = (m) => [m[3], m[7], m[11]]

/** @param {Pose} a @param {Pose} b @returns {Pose} a · b */
export function multiplyPoses(a, b) {
  const rotation = rotationOf(a)
  const position = add(rotate(rotation, positionOf(b)), positionOf(a))
  return poseFrom(multiply(rotation, rotationOf(b)), position)
}

/** @param {Pose} pose @returns {Pose} w2c of a c2w, and the other way round */
export function invertPose(pose) {
  const inverse = transpose(rotationOf(pose))
  return poseFrom(inverse, scale(rotate(inverse, positionOf(pose)), -1))
}

/** @param {Pose} pose @param {number} factor @returns {Pose} with its translation multiplied */
export const scalePose = (pose, factor) => poseFrom(rotationOf(pose), scale(positionOf(pose), factor))

/**
 * Straight line in position, shortest arc in rotation.
 * @param {Pose} start
 * @param {Pose} end
 * @param {number} fraction 0 at the start, 1 at the end
 * @returns {Pose}
 */
export function interpolatePoses(start, end, fraction) {
  const from = rotationOf(start)
  const turn = log(multiply(transpose(from), rotationOf(end)))
  const rotation = multiply(from, exp(scale(turn, fraction)))
  return poseFrom(rotation, lerp(positionOf(start), positionOf(end), fraction))
}
