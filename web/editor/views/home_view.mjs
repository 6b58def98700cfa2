// Where to look from to see everything. Pure.
import { norm, subtract } from "../math/vec3.mjs"

// In nearest depths: beyond the subject, from behind the camera's left shoulder.
const TARGET = [0, -0.35, 2]
const [PAN_DEG, TILT_DEG] = [30, -20]
const LEAST_DISTANCE = 4.2
const ROOM = 2.4

/**
 * @param {import("../math/vec3.mjs").Vec3[]} places of cameras
 * @returns {{target: import("../math/vec3.mjs").Vec3, panDeg: number, tiltDeg: number, distance: number}}
 */
export function homeView(places) {
  const farthest = places.reduce((most, place) => Math.max(most, norm(subtract(place, TARGET))), 0)
  return { target: TARGET, panDeg: PAN_DEG, tiltDeg: TILT_DEG, distance: Math.max(LEAST_DISTANCE, ROOM * farthest) }
}
