// Rotations as 3×3 matrices: Float64Array of 9, row by row; columns are the turned axes. The twin of
// postcam_core/cameras/se3.py.

import { norm, scale } from "./vec3.mjs"

/** @typedef {import("./vec3.mjs").Vec3} Vec3 */
/** @typedef {Float64Array} Rotation nine numbers, row by row */
/** @typedef {[number, number, number, number]} Quaternion w, x, y, z; length 1 */

// Below this angle (rad) the closed forms lose digits and their Taylor series are exact.
const SMALL_ANGLE = 1e-4

const RADIANS = Math.PI / 180

/** @param {number} degrees @returns {number} */
export const radians = (degrees) => degrees * RADIANS

/** @param {Rotation} a @param {Rotation} b @returns {Rotation} a · b */
export function multiply(a, b) {
  const product = new Float64Array(9)
  for (let row = 0; row < 9; row += 3) {
    for (let column = 0; column < 3; column++) {
      product[row + column] = a[row] * b[column] + a[row + 1] * b[3 + column] + a[row + 2] * b[6 + column]
    }
  }
  return product
}

/** @param {Rotation} a @returns {Rotation} the inverse */
export const transpose = (a) => Float64Array.of(a[0], a[3], a[6], a[1], a[4], a[7], a[2], a[5], a[8])

/** @param {Rotation} a @param {Vec3} v @returns {Vec3} a · v */
export const rotate = (a, v) => [
  a[0] * v[0] + a[1] * v[1] + a[2] * v[2],
  a[3] * v[0] + a[4] * v[1] + a[5] * v[2],
  a[6] * v[0] + a[7] * v[1] + a[8] * v[2],
]

/**
 * Rotation by |v| radians about v (Rodrigues' formula, with its series near zero).
 * @param {Vec3} v
 * @returns {Rotation}
 */
export function exp(v) {
  const [x, y, z] = v
  const angle2 = x * x + y * y + z * z
  const angle = Math.sqrt(angle2)
  const isSmall = angle < SMALL_ANGLE
  const a = isSmall ? 1 - angle2 / 6 : Math.sin(angle) / angle
  const b = isSmall ? 0.5 - angle2 / 24 : (1 - Math.cos(angle)) / angle2
  return Float64Array.of(
    ...[1 - b * (y * y + z * z), b * x * y - a * z, b * x * z + a * y],
    ...[b * x * y + a * z, 1 - b * (x * x + z * z), b * y * z - a * x],
    ...[b * x * z - a * y, b * y * z + a * x, 1 - b * (x * x + y * y)],
  )
}

/**
 * The shortest rotation vector: inverse of exp for angles up to π. Goes through the quaternion, which keeps its
 * digits both near zero and near π.
 * @param {Rotation} rotation
 * @returns {Vec3} axis times angle in radians
 */
export function log(rotation) {
  const [w, ...vector] = quaternionOf(rotation)
  const sine = norm(vector)
  return scale(vector, sine < SMALL_ANGLE ? 2 / w : (2 * Math.atan2(sine, w)) / sine)
}

/**
 * Unit quaternion with w ≥ 0. Four multiples of it can be read off the matrix; the longest has the most digits.
 * @param {Rotation} rotation
 * @returns {Quaternion}
 */
export function quaternionOf(rotation) {
  const m = rotation
  const trace = m[0] + m[4] + m[8]
  const squares = [1 + trace, 1 + 2 * m[0] - trace, 1 + 2 * m[4] - trace, 1 + 2 * m[8] - trace]
  const [xy, yz, zx] = [m[1] + m[3], m[5] + m[7], m[2] + m[6]]
  const [wx, wy, wz] = [m[7] - m[5], m[2] - m[6], m[3] - m[1]]
  const candidates = [
    [squares[0], wx, wy, wz],
    [wx, squares[1], xy, zx],
    [wy, xy, squares[2], yz],
    [wz, zx, yz, squares[3]],
  ]
  const longest = candidates[squares.indexOf(Math.max(...squares))]
  const length = Math.hypot(...longest)
  return longest.map((part) => (longest[0] < 0 ? -part : part) / length)
}

/** @param {Quaternion} quaternion either of its two signs @returns {Rotation} */
export function rotationOfQuaternion([w, x, y, z]) {
  return Float64Array.of(
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    ...[2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    ...[2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  )
}

/**
 * Ry(pan) · Rx(tilt) · Rz(roll): to the right, upwards, clockwise as the operator sees it. See docs/formats.md.
 * @param {number} panDeg
 * @param {number} tiltDeg
 * @param {number} rollDeg
 * @returns {Rotation}
 */
export function panTiltRoll(panDeg, tiltDeg, rollDeg) {
  const [pan, tilt, roll] = [exp([0, radians(panDeg), 0]), exp([radians(tiltDeg), 0, 0]), exp([0, 0, radians(rollDeg)])]
  return multiply(multiply(pan, tilt), roll)
}
