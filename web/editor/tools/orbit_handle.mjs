// Dragging the camera around a picked point.

import { positionOf, rotationOf } from "../math/pose.mjs"
import { rotate } from "../math/rotation.mjs"
import { add, scale } from "../math/vec3.mjs"

// A drag across the whole view: a third of a turn, and four times as near or far.
const TURN_PER_VIEW_DEG = 120
const FACTOR_PER_VIEW = 4
// Over the top the picture would stand on its head.
const MAX_PITCH_DEG = 85
const MAX_YAW_DEG = 360
const [NEAREST, FARTHEST] = [0.05, 20]

/**
 * The orbit after a drag. The scene follows the pointer: to the right, the camera goes left around the pivot;
 * downwards, it rises.
 * @param {{yaw_deg: number, pitch_deg: number, distance: number}} around as it was when the drag began
 * @param {object} drag since then
 * @param {number} [drag.dx_px] to the right
 * @param {number} [drag.dy_px] downwards
 * @param {number} drag.size_px smaller side of the view
 * @param {number} [drag.snap_deg] angles stop at multiples of it, 0 for none
 * @returns {{yaw_deg: number, pitch_deg: number}} fields for setAround
 */
export function turnedOrbit({ yaw_deg, pitch_deg }, { dx_px = 0, dy_px = 0, size_px, snap_deg = 0 }) {
  const perPixel = TURN_PER_VIEW_DEG / size_px
  return {
    yaw_deg: stopped(yaw_deg + dx_px * perPixel, snap_deg, MAX_YAW_DEG),
    pitch_deg: stopped(pitch_deg + dy_px * perPixel, snap_deg, MAX_PITCH_DEG),
  }
}

/**
 * The orbit's distance after a drag or a turn of the wheel: downwards is farther.
 * @param {{distance: number}} around as it was when the drag began
 * @param {{dy_px: number, size_px: number}} drag
 * @returns {{distance: number}} a field for setAround, 0.05 to 20
 */
export function dolliedOrbit({ distance }, { dy_px, size_px }) {
  const dollied = distance * FACTOR_PER_VIEW ** (dy_px / size_px)
  return { distance: Math.min(Math.max(dollied, NEAREST), FARTHEST) }
}

/**
 * The point of the scene behind a pixel.
 * @param {object} pixel
 * @param {number} pixel.x_px centre of the first pixel 0, in the picture that K belongs to
 * @param {number} pixel.y_px
 * @param {number} pixel.depth z-depth there, in scene units
 * @param {ArrayLike<number>} pixel.K nine numbers, row by row
 * @param {Float64Array} pixel.c2w of the frame, relative to frame 0, in scene units
 * @param {number} pixel.nearestDepth in scene units
 * @returns {[number, number, number]} in nearest depths, in the axes of frame 0: a pivot for setAround
 */
export function pickedPoint({ x_px, y_px, depth, K, c2w, nearestDepth }) {
  const y = (y_px - K[5]) / K[4]
  const x = (x_px - K[2] - K[1] * y) / K[0]
  const point = add(rotate(rotationOf(c2w), [x * depth, y * depth, depth]), positionOf(c2w))
  return scale(point, 1 / nearestDepth)
}

function stopped(angle, snap, limit) {
  const rounded = snap > 0 ? Math.round(angle / snap) * snap : angle
  return Math.min(Math.max(rounded, -limit), limit)
}
