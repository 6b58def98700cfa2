// Times of keys: always within [0, 1], always increasing, whatever was done to them.

/** No edit puts a key nearer to its neighbour than this share of the clip. */
export const MIN_KEY_GAP = 1e-4

/**
 * The nearest times that increase strictly. Arithmetic such as 1 − t rounds neighbours into one another.
 * @param {number[]} times in [0, 1], not decreasing
 * @returns {number[]}
 */
export function increasing(times) {
  const result = [...times]
  for (let i = 1; i < result.length; i++) result[i] = Math.max(result[i], result[i - 1] + Number.EPSILON)
  if (!(result.at(-1) > 1)) return result
  result[result.length - 1] = 1
  for (let i = result.length - 2; i >= 0; i--) result[i] = Math.min(result[i], result[i + 1] - Number.EPSILON)
  return result
}

/**
 * The nearest time that a key can have between its neighbours.
 * @param {number} time
 * @param {number|null} before time of the key before, null for none
 * @param {number|null} after time of the key after
 * @returns {number}
 */
export function timeBetween(time, before, after) {
  const low = before === null ? 0 : before + MIN_KEY_GAP
  const high = after === null ? 1 : after - MIN_KEY_GAP
  if (low <= high) return Math.min(Math.max(time, low), high)
  return ((before ?? 0) + (after ?? 1)) / 2
}

/** 1 − t without the digits that rounding adds: turning twice gives the time back. */
export const mirroredTime = (time) => Math.min(1, Math.max(0, Math.round((1 - time) * 1e12) / 1e12))
