// Which point of many a pointer is on. Pure.
import { invertPose } from "../math/pose.mjs"

// Points this much farther than the nearest one under the pointer belong to the same surface.
const SAME_SURFACE = 1.04

/**
 * Of the points under the pointer, those of the frontmost surface; of these the nearest to the pointer.
 * @param {Float32Array} positions x y z of every point
 * @param {import("./view_camera.mjs").ViewCamera} camera
 * @param {{x: number, y: number, radiusPx: number, scale: number}} pointer px; scale: of the positions to the camera's
 *   unit
 * @returns {number|null} index of the point
 */
export function pickPoint(positions, camera, { x, y, radiusPx, scale }) {
  const under = pointsUnder(positions, camera, { x, y, radiusPx, scale })
  const front = under.reduce((least, { depth }) => Math.min(least, depth), Infinity) * SAME_SURFACE
  const nearer = (a, b) => (b.distance < a.distance ? b : a)
  return under.filter(({ depth }) => depth <= front).reduce(nearer, { distance: Infinity, index: null }).index
}

/** Written out in numbers: there are hundreds of thousands of points. */
function pointsUnder(positions, camera, { x, y, radiusPx, scale }) {
  const w2c = invertPose(camera.pose)
  const m = w2c.map((entry, i) => (i % 4 === 3 ? entry : entry * scale))
  const { pxAngle, width, height } = camera
  const [slopeX, slopeY, radius] = [(x - width / 2) * pxAngle, (y - height / 2) * pxAngle, radiusPx * pxAngle]
  const found = []
  for (let i = 0; i < positions.length; i += 3) {
    const [px, py, pz] = [positions[i], positions[i + 1], positions[i + 2]]
    const depth = m[8] * px + m[9] * py + m[10] * pz + m[11]
    if (depth <= 0) continue
    const dx = m[0] * px + m[1] * py + m[2] * pz + m[3] - slopeX * depth
    const dy = m[4] * px + m[5] * py + m[6] * pz + m[7] - slopeY * depth
    const distance = Math.hypot(dx, dy) / depth
    if (distance <= radius) found.push({ index: i / 3, depth, distance })
  }
  return found
}
