// Choosing the knots of a smoothing spline: few, and where the curve needs them.
//
// Source: P. Dierckx, "An algorithm for smoothing, differentiation and integration of experimental data using spline
// functions", J. Comput. Appl. Math. 1 (1975), and "Curve and Surface Fitting with Splines" (1993), chapter 5.

import { BandedLeastSquares } from "../math/banded_least_squares.mjs"
import { DEGREE, ORDER, basisValues, combine, knotInterval } from "./bspline.mjs"

/** Both the number of knots and the smoothing stop when the squared residual is this close to the goal, relatively. */
export const TOLERANCE = 1e-3

const NUM_END_KNOTS = 2 * ORDER

/**
 * Spline that comes nearest to the points for its knots.
 * @typedef {{knots: number[], coefficients: Float64Array, basis: {first: number, values: Float64Array}[],
 *   triangle: BandedLeastSquares, residual: number}} LeastSquaresSpline residual is the sum of squares
 */

/**
 * Add knots until the least-squares spline's squared residual is the goal or less.
 * @param {number[]} x increasing, at least four
 * @param {number[]} y
 * @param {number} goal
 * @returns {{fit: LeastSquaresSpline, cubicResidual: number}} the residual of a single cubic beside it
 */
export function fitWithEnoughKnots(x, y, goal) {
  const all = x.length + ORDER
  // scipy first sets so much room aside. Once that is full it goes on, cautiously again: with one knot.
  let room = Math.max(x.length >> 1, NUM_END_KNOTS)
  const placement = new KnotPlacement(x)
  let fit = leastSquaresSpline(x, y, placement.knots())
  const cubicResidual = fit.residual
  let batch = 0
  let gain = 0
  while (fit.residual - goal >= TOLERANCE * goal && fit.knots.length < all) {
    if (fit.knots.length === room) [room, batch] = [all, 0]
    batch = nextBatch(batch, gain, fit.residual - goal, TOLERANCE * goal)
    placement.split(batch, room, residualPerInterval(fit, x, y))
    if (placement.numKnots === fit.knots.length) break // no interval left with a residual to take away
    const denser = leastSquaresSpline(x, y, placement.knots())
    gain = fit.residual - denser.residual
    fit = denser
  }
  return { fit, cubicResidual }
}

/** How many knots to add: as many as the last ones' gain promises, but no more than twice as many as then. */
function nextBatch(last, gain, excess, tolerance) {
  if (last === 0) return 1
  const needed = gain > tolerance ? Math.trunc((last * excess) / gain) : 2 * last
  return Math.min(2 * last, Math.max(needed, last >> 1, 1))
}

/** @returns {LeastSquaresSpline} */
function leastSquaresSpline(x, y, knots) {
  const triangle = new BandedLeastSquares(knots.length - ORDER, ORDER)
  const basis = []
  let residual = 0
  let interval = DEGREE
  for (let i = 0; i < x.length; i++) {
    interval = knotInterval(knots, x[i], interval)
    const values = basisValues(knots, interval, x[i])
    basis.push({ first: interval - DEGREE, values })
    const rest = triangle.add(values.slice(), interval - DEGREE, y[i])
    residual += rest * rest
  }
  return { knots, coefficients: triangle.solve(), basis, triangle, residual }
}

/** Squared residual between neighbouring knots; a point on a knot counts half to either side. */
function residualPerInterval({ knots, coefficients, basis }, x, y) {
  const sums = []
  let sum = 0
  let next = ORDER
  for (let i = 0; i < x.length; i++) {
    const rest = combine(coefficients, basis[i]) - y[i]
    sum += rest * rest
    if (next < knots.length - ORDER && x[i] >= knots[next]) {
      const half = rest * rest * 0.5
      sums.push(sum - half)
      sum = half
      next += 1
    }
  }
  return [...sums, sum]
}

/** Inner knots, all of them at points, and how many points lie strictly between neighbours. */
class KnotPlacement {
  constructor(x) {
    this.x = x
    this.inner = []
    this.pointsBetween = [x.length - 2]
  }

  get numKnots() {
    return this.inner.length + NUM_END_KNOTS
  }

  knots() {
    const [first, last] = [this.x[0], this.x.at(-1)]
    return [...Array(ORDER).fill(first), ...this.inner, ...Array(ORDER).fill(last)]
  }

  /** Put `count` knots, one by one, into the middle of the interval with the largest residual. */
  split(count, room, residuals) {
    for (let i = 0; i < count; i++) {
      if (!this.splitWorst(residuals)) return
      // As many as it takes to meet every point: then the points but the outer two at either end.
      if (this.numKnots === this.x.length + ORDER) this.inner = this.x.slice(2, -2)
      if (this.numKnots === room || this.numKnots === this.x.length + ORDER) return
    }
  }

  splitWorst(residuals) {
    const { pointsBetween } = this
    let [worst, before] = [-1, 0]
    for (let j = 0, start = 0; j < pointsBetween.length; j++) {
      if (pointsBetween[j] > 0 && residuals[j] > (worst < 0 ? 0 : residuals[worst])) [worst, before] = [j, start]
      start += pointsBetween[j] + 1
    }
    if (worst < 0) return false
    const points = pointsBetween[worst]
    const left = points >> 1
    const right = points - left - 1
    const residual = residuals[worst]
    this.inner.splice(worst, 0, this.x[before + left + 1])
    pointsBetween.splice(worst, 1, left, right)
    residuals.splice(worst, 1, (residual * left) / points, (residual * right) / points)
    return true
  }
}
