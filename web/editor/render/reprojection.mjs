// Where pixels of a source frame land in a target camera, as numbers for the shader: the twin of
// postcam_core/warp/reprojection.py and scene_guide.py. Pure.

import { invertPose, multiplyPoses, scalePose } from "../math/pose.mjs"

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
  const targetFromSource = scalePose(multiplyPoses(invertPose(targetC2w), sourceC2w), unitScale)
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
