// Vectors of three numbers, as plain arrays.

/** @typedef {[number, number, number]} Vec3 */

/** @param {Vec3} a @param {Vec3} b @returns {Vec3} */
export const add = (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]

/** @param {Vec3} a @param {Vec3} b @returns {Vec3} a − b */
export const subtract = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]

/** @param {Vec3} a @param {number} factor @returns {Vec3} */
export const scale = (a, factor) => [a[0] * factor, a[1] * factor, a[2] * factor]

/** @param {Vec3} a @param {Vec3} b @returns {number} */
export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

/** @param {Vec3} a @returns {number} length */
export const norm = (a) => Math.sqrt(dot(a, a))

/** @param {Vec3} a @param {Vec3} b @param {number} fraction @returns {Vec3} a at 0, b at 1 */
export const lerp = (a, b, fraction) => add(a, scale(subtract(b, a), fraction))
