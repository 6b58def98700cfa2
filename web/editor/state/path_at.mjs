// A path alone, at any of its own times.

import { poseFrom, positionOf, rotationOf } from "../math/pose.mjs"
import { add, scale, subtract } from "../math/vec3.mjs"
import { sampleMove } from "../trajectory/moves.mjs"
import { resamplePoses } from "../trajectory/poses.mjs"
import { sampleSegments } from "../trajectory/segments.mjs"

/** @typedef {{c2w: Float64Array[], focalScale: Float64Array}} PathSamples in the path's unit */

/**
 * @param {object} path of any kind, every field filled in
 * @param {number[]} times in [0, 1]
 * @returns {PathSamples}
 */
export function samplePath(path, times) {
  if (path.kind === "poses") return resamplePoses(path, times)
  if (path.kind === "segments") return sampleSegments(path, times)
  return sampleMove(path, times)
}

/** Angle between two rotations in degrees, from the length of their difference: exact to the smallest angles. */
export function angleBetweenDeg(a, b) {
  const length = Math.hypot(...a.map((value, i) => value - b[i]))
  return (2 * Math.asin(Math.min(1, length / Math.SQRT2 / 2)) * 180) / Math.PI
}

/** @returns {number} distance between the places of two poses */
export const distanceBetween = (a, b) => Math.hypot(a[3] - b[3], a[7] - b[7], a[11] - b[11])

/** The same pose, `factor` times as far from a point. */
export function scaledAbout(pose, point, factor) {
  return poseFrom(rotationOf(pose), add(point, scale(subtract(positionOf(pose), point), factor)))
}
