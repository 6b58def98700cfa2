// Where pixels of a source frame land in a target camera, as numbers for the shader: the twin of
// postcam_core/warp/reprojection.py and scene_guide.py. Pure.

const DEPTH_FALL_OFF = 50
/** Pixels farther than this, in the model's unit, weigh alike. */
export const FARTHEST_WEIGHED_DEPTH = 1000

/**
 * Matrices from source pixels with depth to target pixels, row by row, in the model's unit.
 * @param {ArrayLike<number>} K source intrinsics, 9 numbers
 * @param {ArrayLike<number>} sourceC2w 16 numbers, scene units
 * @param {ArrayLike<number>} targetC2w 16 numbers, scene units
 * @param {number} focalScale factor on the focal length
 * @param {number} unitScale model units in a scene unit
 */
export function reprojection({ K, sourceC2w, targetC2w, focalScale, unitScale }) {
  const targetFromSource = multiply(rigidInverse(targetC2w), sourceC2w)
  for (const i of [3, 7, 11]) targetFromSource[i] *= unitScale
  const targetK = Float32Array.from(K)
  for (const i of [0, 1, 3, 4]) targetK[i] = K[i] * focalScale
  return {
    raysFromPixels: Float32Array.from(inverse3(K)),
    targetFromSource: Float32Array.from(targetFromSource),
    targetK,
  }
}

/**
 * The power of 1 / (1 + depth) that weighs pixels.
 *
 * render_guide takes the farthest depth that any frame's pixels have from the *target* cameras; here it is the
 * clip's own farthest depth, known without going through all frames for every pose. docs/parity.md says what that
 * changes: hardly anything.
 */
export function depthFallOff(maxDepth, unitScale) {
  return DEPTH_FALL_OFF / Math.log1p(Math.min(maxDepth * unitScale, FARTHEST_WEIGHED_DEPTH))
}

/** Inverse of a 3×3 matrix, row by row. */
export function inverse3([a, b, c, d, e, f, g, h, i]) {
  const [A, B, C] = [e * i - f * h, f * g - d * i, d * h - e * g]
  const determinant = a * A + b * B + c * C
  return [
    A, c * h - b * i, b * f - c * e,
    B, a * i - c * g, c * d - a * f,
    C, b * g - a * h, a * e - b * d,
  ].map((cofactor) => cofactor / determinant)
}

function rigidInverse(pose) {
  const at = (row, column) => pose[4 * row + column]
  const row = (i) => [at(0, i), at(1, i), at(2, i), -(at(0, i) * pose[3] + at(1, i) * pose[7] + at(2, i) * pose[11])]
  return [...row(0), ...row(1), ...row(2), 0, 0, 0, 1]
}

function multiply(a, b) {
  return Float64Array.from({ length: 16 }, (_, i) => {
    const [row, column] = [4 * (i >> 2), i & 3]
    return a[row] * b[column] + a[row + 1] * b[column + 4] + a[row + 2] * b[column + 8] + a[row + 3] * b[column + 12]
  })
}
