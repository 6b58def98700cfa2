// What a pose must be: the twin of check_rigid in postcam_core/cameras/se3.py.

import { dot } from "../math/vec3.mjs"
import { TrajectoryError } from "./errors.mjs"

// Loose enough for poses stored with six digits.
const TOLERANCE = 1e-3

/**
 * Refuse matrices that are not rigid transforms.
 * @param {ArrayLike<number>} pose sixteen numbers, row by row
 * @param {string} name what the caller calls it, for the message
 * @throws {TrajectoryError} on numbers that are not finite, a scaled, sheared or mirrored rotation, or a last row other
 *   than 0 0 0 1
 */
export function checkRigid(pose, name) {
  const m = Array.from(pose)
  if (!m.every(Number.isFinite)) {
    throw refused(name, "finite numbers", "NaN or infinity", "Check lengths and scales that multiply each other.")
  }
  const lastRow = m.slice(12)
  if (lastRow.some((value, i) => Math.abs(value - (i === 3 ? 1 : 0)) > TOLERANCE)) {
    throw refused(name, "a last row of 0 0 0 1", lastRow.join(" "), "Store the translation in the last column.")
  }
  const [x, y, z] = [0, 1, 2].map((column) => [m[column], m[4 + column], m[8 + column]])
  const off = Math.max(
    ...[dot(x, x) - 1, dot(y, y) - 1, dot(z, z) - 1, dot(x, y), dot(y, z), dot(z, x)].map(Math.abs),
  )
  if (off > TOLERANCE) {
    throw refused(name, "an orthonormal rotation", `one off by ${off.toPrecision(2)}`, "Divide a scale out of it.")
  }
  const cross = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]]
  if (dot(cross, z) < 0) {
    throw refused(name, "a rotation (determinant +1)", "a reflection (−1)", "Convert left-handed axes first.")
  }
}

function refused(name, expected, got, todo) {
  return new TrajectoryError(name, { expected, got, todo })
}
