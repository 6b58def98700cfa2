// Depth in the red and green of a picture: postcam_core/geometry/log_depth.py says how. Pure.

const MAX_CODE = 65535

/** Step of ln(depth) from one code to the next; code 0 is minDepth. */
export function logDepthPerCode(minDepth, maxDepth) {
  return Math.log(maxDepth / minDepth) / MAX_CODE
}

/**
 * Depth of one pixel.
 * @param {number} red high byte
 * @param {number} green low byte
 * @returns {number} z-depth in the unit of the two bounds
 */
export function decodeDepth(red, green, minDepth, maxDepth) {
  return minDepth * Math.exp((red * 256 + green) * logDepthPerCode(minDepth, maxDepth))
}

/**
 * Depth of a whole picture.
 * @param {Uint8Array|Uint8ClampedArray} rgba four bytes a pixel
 * @returns {Float32Array} one depth a pixel
 */
export function decodeDepthPicture(rgba, minDepth, maxDepth) {
  const depth = new Float32Array(rgba.length / 4)
  for (let i = 0; i < depth.length; i++) depth[i] = decodeDepth(rgba[4 * i], rgba[4 * i + 1], minDepth, maxDepth)
  return depth
}
