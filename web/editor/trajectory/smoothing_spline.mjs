// The cubic smoothing spline that scipy's UnivariateSpline(k=3) makes with its default smoothing: of all splines on
// the chosen knots with a squared residual of about one per point, the one whose third derivative jumps least.
//
// Source: Dierckx 1975, as in spline_knots.mjs. The order of operations matters: on most machines the result equals
// scipy's to the last digit, so that even ties between intervals are broken alike.

import { DEGREE, ORDER, combine } from "./bspline.mjs"
import { TOLERANCE, fitWithEnoughKnots } from "./spline_knots.mjs"

const MAX_STEPS = 20

/**
 * @param {number[]} x increasing, at least four; four are met exactly
 * @param {number[]} y
 * @returns {import("./bspline.mjs").Spline}
 */
export function fitSmoothingSpline(x, y) {
  const goal = x.length
  const { fit, cubicResidual } = fitWithEnoughKnots(x, y, goal)
  const slack = goal - fit.residual
  if (slack < TOLERANCE * goal || fit.knots.length === 2 * ORDER) return fit
  return smoothedTo(goal, fit, y, cubicResidual)
}

/**
 * Smooth until the squared residual is the goal. A weight p on the points against the jumps leads from a single
 * cubic (p = 0) to the least-squares spline (p = ∞); the residual's excess over the goal falls on the way.
 */
function smoothedTo(goal, fit, y, cubicResidual) {
  const jumps = jumpsOfThirdDerivative(fit.knots)
  const bracket = new Bracket(
    { p: 0, excess: cubicResidual - goal },
    { p: Infinity, excess: fit.residual - goal },
    TOLERANCE * goal,
  )
  let p = fit.triangle.size / fit.triangle.trace()
  let coefficients
  for (let step = 1; step <= MAX_STEPS && p !== null; step++) {
    coefficients = smoothedCoefficients(fit, jumps, p)
    const excess = squaredResidual(coefficients, fit.basis, y) - goal
    if (Math.abs(excess) < TOLERANCE * goal) break
    p = bracket.next({ p, excess })
  }
  return { knots: fit.knots, coefficients }
}

function smoothedCoefficients(fit, jumps, p) {
  const weight = 1 / p
  const triangle = fit.triangle.widened(ORDER + 1)
  jumps.forEach((row, i) => triangle.add(row.map((jump) => jump * weight), i, 0))
  return triangle.solve()
}

function squaredResidual(coefficients, basis, y) {
  let sum = 0
  for (let i = 0; i < y.length; i++) {
    const rest = combine(coefficients, basis[i]) - y[i]
    sum += rest * rest
  }
  return sum
}

/**
 * How far the third derivative of each B-spline jumps at each inner knot, lengths measured in mean knot distances.
 * @returns {Float64Array[]} per inner knot the five B-splines that reach it
 */
function jumpsOfThirdDerivative(knots) {
  const last = knots.length - ORDER
  const perLength = (last - DEGREE) / (knots[last] - knots[DEGREE])
  const jumps = []
  for (let knot = ORDER; knot < last; knot++) {
    jumps.push(Float64Array.from({ length: ORDER + 1 }, (_, i) => jump(knots, knot, knot - ORDER + i, perLength)))
  }
  return jumps
}

/** Divided differences: the B-spline `first` is a sum of truncated cubes, one per knot of its own. */
function jump(knots, knot, first, perLength) {
  const others = [0, 1, 2, 3, 4].map((i) => first + i).filter((other) => other !== knot)
  const distances = others.map((other) => knots[knot] - knots[other])
  const product = distances.reduce((result, distance) => result * distance * perLength)
  return (knots[first + ORDER] - knots[first]) / product
}

/** Root of the excess as a function of p, between one known to be too small and one known to be too large. */
class Bracket {
  constructor(low, high, tolerance) {
    Object.assign(this, { low, high, tolerance, isLowFar: false, isHighFar: false })
  }

  /** The p to try next, or null where rounding errors have taken over. */
  next(tried) {
    const { low, high } = this
    // While a trial does as well as an end of the bracket it lies too far on that side: leap.
    if (!this.isHighFar && tried.excess - high.excess <= this.tolerance) {
      this.high = tried
      const smaller = tried.p * 0.04
      return smaller <= low.p ? low.p * 0.9 + tried.p * 0.1 : smaller
    }
    this.isHighFar ||= tried.excess < 0
    if (!this.isLowFar && low.excess - tried.excess <= this.tolerance) {
      this.low = tried
      const larger = tried.p / 0.04
      return larger >= high.p ? tried.p * 0.1 + high.p * 0.9 : larger
    }
    this.isLowFar ||= tried.excess > 0
    if (tried.excess >= low.excess || tried.excess <= high.excess) return null
    if (tried.excess < 0) this.high = tried
    else this.low = tried
    return rationalRoot(low, tried, high)
  }
}

/** Root of the function (u·p + v) / (p + w) through three points. */
function rationalRoot({ p: p1, excess: f1 }, { p: p2, excess: f2 }, { p: p3, excess: f3 }) {
  if (p3 === Infinity) return (p1 * (f1 - f3) * f2 - p2 * (f2 - f3) * f1) / ((f1 - f2) * f3)
  const [h1, h2, h3] = [f1 * (f2 - f3), f2 * (f3 - f1), f3 * (f1 - f2)]
  return -(p1 * p2 * h3 + p2 * p3 * h1 + p3 * p1 * h2) / (p1 * h1 + p2 * h2 + p3 * h3)
}
