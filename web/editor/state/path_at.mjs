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

/** @returns {number} how far two poses are turned from one another in degrees; exact to the smallest angles */
export function turnBetweenDeg(a, b) {
  let squares = 0
  for (let i = 0; i < 11; i++) if (i % 4 < 3) squares += (a[i] - b[i]) ** 2
  return (2 * Math.asin(Math.min(1, Math.sqrt(squares / 8))) * 180) / Math.PI
}

/** @returns {number} distance between the places of two poses */
export const distanceBetween = (a, b) => Math.sqrt((a[3] - b[3]) ** 2 + (a[7] - b[7]) ** 2 + (a[11] - b[11]) ** 2)

/** The same pose, `factor` times as far from a point. */
export function scaledAbout(pose, point, factor) {
  return poseFrom(rotationOf(pose), add(point, scale(subtract(positionOf(pose), point), factor)))
}
