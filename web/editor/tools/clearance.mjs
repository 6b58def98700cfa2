// How near the camera comes to the scene.

import { positionOf } from "../math/pose.mjs"

// Enough to find a surface, few enough for every edit.
const MAX_POINTS = 20_000

/**
 * Distance of the nearest point to the way from each frame's predecessor to the frame itself.
 * @param {Float64Array[]} c2w of the frames
 * @param {ArrayLike<number>} points x y z, in the same axes and unit; of many, an even selection is taken
 * @returns {Float64Array} per frame, infinite without points
 */
export function clearanceOf(c2w, points) {
  const places = c2w.map(positionOf)
  const chosen = selection(points)
  return Float64Array.from(places, (place, i) => nearest(chosen, places[Math.max(i - 1, 0)], place))
}

function selection(points) {
  const count = Math.floor(points.length / 3)
  const step = Math.max(1, Math.ceil(count / MAX_POINTS))
  const chosen = new Float64Array(3 * Math.ceil(count / step))
  for (let from = 0, to = 0; from < count; from += step, to++) {
    for (let axis = 0; axis < 3; axis++) chosen[3 * to + axis] = points[3 * from + axis]
  }
  return chosen
}

function nearest(points, [ax, ay, az], [bx, by, bz]) {
  const [wx, wy, wz] = [bx - ax, by - ay, bz - az]
  const length2 = wx * wx + wy * wy + wz * wz
  let least = Infinity
  for (let i = 0; i < points.length; i += 3) {
    const [x, y, z] = [points[i] - ax, points[i + 1] - ay, points[i + 2] - az]
    const along = length2 > 0 ? (x * wx + y * wy + z * wz) / length2 : 0
    const s = along < 0 ? 0 : along > 1 ? 1 : along
    const [dx, dy, dz] = [x - s * wx, y - s * wy, z - s * wz]
    least = Math.min(least, dx * dx + dy * dy + dz * dz)
  }
  return Math.sqrt(least)
}
