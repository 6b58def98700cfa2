// Which point of many a pointer is on. Pure.
import { invertPose, positionOf } from "../math/pose.mjs"
import { norm, subtract } from "../math/vec3.mjs"

/** Points are drawn as squares so much larger than their sizes, to leave no gaps between them. */
export const OVERLAP = 1.25
/** From so far aside of where they were taken they have their full size: the inverse of an angle's sine. */
export const ASIDE = 2.5
// Beside all points: those this much farther than the nearest one belong to the same surface.
const SAME_SURFACE = 1.04

/**
 * The point that is seen under the pointer: the nearest whose square it is on. Beside all of them, the nearest to the
 * pointer within a radius.
 * @param {import("../scene/point_sampling.mjs").ScenePoints} points
 * @param {import("./view_camera.mjs").ViewCamera} camera
 * @param {{x: number, y: number, radiusPx: number, scale: number}} pointer px; scale: of the points' unit to the camera's
 * @returns {number|null} index of the point
 */
export function pickPoint(points, camera, pointer) {
  const near = pointsNear(points, camera, pointer)
  const covering = near.filter(({ covers }) => covers)
  if (covering.length > 0) return covering.reduce((a, b) => (b.depth < a.depth ? b : a)).index
  const front = near.reduce((least, { depth }) => Math.min(least, depth), Infinity) * SAME_SURFACE
  const nearer = (a, b) => (b.distance < a.distance ? b : a)
  return near.filter(({ depth }) => depth <= front).reduce(nearer, { distance: Infinity, index: null }).index
}

/**
 * Written out in numbers: there are hundreds of thousands of points. Their squares are those of point_cloud.mjs.
 */
function pointsNear({ positions, sizes, count, camera: from, cellSize }, camera, { x, y, radiusPx, scale }) {
  const m = invertPose(camera.pose).map((entry, i) => (i % 4 === 3 ? entry : entry * scale))
  const { pxAngle, width, height } = camera
  const [slopeX, slopeY, radius] = [(x - width / 2) * pxAngle, (y - height / 2) * pxAngle, radiusPx * pxAngle]
  const eye = positionOf(camera.pose).map((value) => value / scale)
  const found = []
  for (let i = 0, at = 0; i < count; i++, at += 3) {
    const [px, py, pz] = [positions[at], positions[at + 1], positions[at + 2]]
    const depth = m[8] * px + m[9] * py + m[10] * pz + m[11]
    if (depth <= 0) continue
    const dx = Math.abs(m[0] * px + m[1] * py + m[2] * pz + m[3] - slopeX * depth)
    const dy = Math.abs(m[4] * px + m[5] * py + m[6] * pz + m[7] - slopeY * depth)
    const distance = Math.hypot(dx, dy) / depth
    const mostReach = 0.5 * OVERLAP * scale * sizes[i]
    if (distance > radius && (dx > mostReach || dy > mostReach)) continue
    const reach = 0.5 * OVERLAP * scale * seenSize([px, py, pz], sizes[i], { from, cellSize, eye })
    const covers = dx <= reach && dy <= reach
    if (covers || distance <= radius) found.push({ index: i, depth, distance, covers })
  }
  return found
}

/**
 * How far it seems to be from a point to the next ones: from the camera that took the frame a grid cell, from aside more
 * and more of their true distance.
 */
function seenSize(point, size, { from, cellSize, eye }) {
  const [taken, seen] = [subtract(point, from), subtract(point, eye)]
  const sine = norm(cross(taken, seen)) / (norm(taken) * norm(seen))
  return Math.max(cellSize * norm(taken), size * Math.min(1, ASIDE * sine))
}

const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
