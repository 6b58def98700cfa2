// The camera that a person looks through while moving about the scene: turns around a point, OpenCV axes. Pure.
import { poseFrom, rotationOf } from "../math/pose.mjs"
import { panTiltRoll, rotate, transpose } from "../math/rotation.mjs"
import { add, scale, subtract } from "../math/vec3.mjs"

export const FIELD_OF_VIEW_DEG = 50
const TAN_HALF = Math.tan((FIELD_OF_VIEW_DEG / 2) * (Math.PI / 180))
const DEG_PER_PX = 0.3
const MAX_TILT_DEG = 89
const [MIN_DISTANCE, MAX_DISTANCE] = [0.01, 1e4]

/** Where it looks from, and the way between space and pixels (CSS px, y down). */
export class ViewCamera {
  constructor() {
    Object.assign(this, { target: [0, 0, 1], panDeg: 0, tiltDeg: 0, distance: 3, width: 1, height: 1 })
  }

  /** Camera to world. @returns {import("../math/pose.mjs").Pose} */
  get pose() {
    const rotation = panTiltRoll(this.panDeg, this.tiltDeg, 0)
    return poseFrom(rotation, subtract(this.target, rotate(rotation, [0, 0, this.distance])))
  }

  /** Size of a px at depth 1. */
  get pxAngle() {
    return (2 * TAN_HALF) / this.height
  }

  /** Look at a point from a distance. */
  lookAt({ target, panDeg, tiltDeg, distance }) {
    Object.assign(this, { target, panDeg, tiltDeg, distance })
  }

  /** Turn about the target as if the scene were dragged. */
  turn(dxPx, dyPx) {
    this.panDeg = (this.panDeg + dxPx * DEG_PER_PX) % 360
    this.tiltDeg = clamp(this.tiltDeg - dyPx * DEG_PER_PX, -MAX_TILT_DEG, MAX_TILT_DEG)
  }

  /** Move sideways so that what is at the target's depth follows the pointer. */
  slide(dxPx, dyPx) {
    const length = this.pxAngle * this.distance
    const move = rotate(rotationOf(this.pose), [-dxPx * length, -dyPx * length, 0])
    this.target = add(this.target, move)
  }

  /** Go nearer (factor > 1) or farther. */
  zoom(factor) {
    this.distance = clamp(this.distance / factor, MIN_DISTANCE, MAX_DISTANCE)
  }

  /**
   * From points to px.
   * @returns {{x: number, y: number, depth: number}} of a point; depth ≤ 0 behind the camera
   */
  project(point) {
    const pose = this.pose
    const [x, y, z] = rotate(transpose(rotationOf(pose)), subtract(point, [pose[3], pose[7], pose[11]]))
    const pxPerSlope = 1 / this.pxAngle
    return { x: this.width / 2 + (x / z) * pxPerSlope, y: this.height / 2 + (y / z) * pxPerSlope, depth: z }
  }

  /** Direction from the camera through a pixel; not normalised. @returns {import("../math/vec3.mjs").Vec3} */
  ray(xPx, yPx) {
    const offset = scale([xPx - this.width / 2, yPx - this.height / 2, 0], this.pxAngle)
    return rotate(rotationOf(this.pose), [offset[0], offset[1], 1])
  }
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value))
