// Where a camera has to look to have a point in the middle of its picture.

import { subtract } from "../math/vec3.mjs"
import { nearestTurn } from "../state/angles.mjs"

/** @typedef {import("../math/vec3.mjs").Vec3} Vec3 */

/** One nearest depth ahead of the first camera. */
export const SUBJECT = Object.freeze([0, 0, 1])

const DEGREES = 180 / Math.PI

/**
 * @param {Vec3} position of the camera
 * @param {Vec3} target
 * @param {number} [nearPanDeg] take the pan nearest to it, so that it goes on where it would wrap at 180
 * @returns {{pan_deg: number, tilt_deg: number}} at the target itself: that pan and no tilt
 */
export function panTiltTo(position, target, nearPanDeg = 0) {
  return panTiltAlong(subtract(target, position), nearPanDeg)
}

/**
 * @param {Vec3} direction of any length
 * @param {number} [nearPanDeg] also the pan where the direction is straight up, down, or none
 * @returns {{pan_deg: number, tilt_deg: number}}
 */
export function panTiltAlong([x, y, z], nearPanDeg = 0) {
  const level = Math.hypot(x, z)
  const pan_deg = level > 0 ? nearestTurn(Math.atan2(x, z) * DEGREES, nearPanDeg) : nearPanDeg
  return { pan_deg, tilt_deg: Math.atan2(0 - y, level) * DEGREES }
}

/**
 * Keyframes that look at a point from where they stand; their roll stays.
 * @param {object[]} keyframes
 * @param {Vec3} [target] in the keyframes' unit
 * @returns {object[]}
 */
export function aimedKeyframes(keyframes, target = SUBJECT) {
  let near = keyframes[0]?.pan_deg ?? 0
  return keyframes.map((key) => {
    const angles = panTiltTo(key.position, target, near)
    near = angles.pan_deg
    return { ...key, ...angles }
  })
}
