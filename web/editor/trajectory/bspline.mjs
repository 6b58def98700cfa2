// Cubic splines as sums of B-splines.

export const DEGREE = 3
export const ORDER = DEGREE + 1

/**
 * @typedef {{knots: ArrayLike<number>, coefficients: ArrayLike<number>}} Spline increasing knots, the first and the
 *   last four of them equal; four coefficients fewer
 */

/**
 * The interval between neighbouring knots that x lies in, searched upwards from one that is not after it.
 * @param {ArrayLike<number>} knots
 * @param {number} x
 * @param {number} [from]
 * @returns {number} i with knots[i] ≤ x < knots[i + 1]; x at the right end belongs to the last one
 */
export function knotInterval(knots, x, from = DEGREE) {
  const last = knots.length - ORDER - 1
  let interval = from
  while (interval < last && x >= knots[interval + 1]) interval += 1
  return interval
}

/**
 * Values at x of the four B-splines that are not zero on an interval (Cox–de Boor recursion).
 * @param {ArrayLike<number>} knots
 * @param {number} interval
 * @param {number} x
 * @returns {Float64Array} of the B-splines interval − 3 … interval
 */
export function basisValues(knots, interval, x) {
  const values = Float64Array.of(1, 0, 0, 0)
  for (let degree = 1; degree <= DEGREE; degree++) {
    let fromLeft = 0
    for (let i = 0; i < degree; i++) {
      const right = knots[interval + 1 + i]
      const left = knots[interval + 1 + i - degree]
      const slope = values[i] / (right - left)
      values[i] = fromLeft + slope * (right - x)
      fromLeft = slope * (x - left)
    }
    values[degree] = fromLeft
  }
  return values
}

/**
 * Value from the four B-splines that are not zero.
 * @param {ArrayLike<number>} coefficients
 * @param {{first: number, values: Float64Array}} basis number of the first of the four, and their values
 * @returns {number}
 */
export function combine(coefficients, { first, values }) {
  let sum = 0
  for (let i = 0; i < ORDER; i++) sum += coefficients[first + i] * values[i]
  return sum
}

/**
 * @param {Spline} spline
 * @param {number} x between the first and the last knot
 * @returns {number}
 */
export function evaluateSpline({ knots, coefficients }, x) {
  const interval = knotInterval(knots, x)
  return combine(coefficients, { first: interval - DEGREE, values: basisValues(knots, interval, x) })
}
