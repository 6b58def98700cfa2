// The smoothing spline by itself; that it equals scipy's is the business of the shared cases.

import assert from "node:assert/strict"
import { test } from "node:test"

import { evaluateSpline } from "../../web/editor/trajectory/bspline.mjs"
import { fitSmoothingSpline } from "../../web/editor/trajectory/smoothing_spline.mjs"

const evenly = (count) => Array.from({ length: count }, (_, i) => i / (count - 1))
const residual = (spline, x, y) => x.reduce((sum, each, i) => sum + (evaluateSpline(spline, each) - y[i]) ** 2, 0)

test("four keys are met exactly", () => {
  const y = [0, 300, -200, 500]
  assert.ok(residual(fitSmoothingSpline(evenly(4), y), evenly(4), y) < 1e-18)
})

test("a cubic is its own spline, however many keys", () => {
  for (const count of [5, 17, 400]) {
    const x = evenly(count)
    const y = x.map((t) => 900 * t * (t - 0.3) * (t - 0.8) + 5)
    const spline = fitSmoothingSpline(x, y)
    assert.equal(spline.knots.length, 8)
    assert.ok(residual(spline, x, y) < 1e-18)
  }
})

test("the squared residual is one per key, to a thousandth, where the keys are wild", () => {
  for (const count of [8, 21, 60, 333]) {
    const x = evenly(count)
    const y = x.map((t, i) => 40 * Math.sin(9 * t) + 7 * Math.sin(i * i))
    const spline = fitSmoothingSpline(x, y)
    assert.ok(spline.knots.length > 8)
    assert.ok(Math.abs(residual(spline, x, y) / count - 1) < 1.1e-3, `${residual(spline, x, y) / count}`)
    assert.ok(spline.knots.every((knot, i) => i === 0 || knot >= spline.knots[i - 1]))
  }
})

test("the largest keys, and a thousand of them, take no more than a moment", () => {
  const x = evenly(1000)
  const keys = [(i) => (i % 2 ? 1e7 : -1e7), (i) => (i * i) % 10, (i) => (i === 500 ? 1e7 : 0)]
  for (const y of keys.map((key) => x.map((_, i) => key(i)))) {
    const start = performance.now()
    const spline = fitSmoothingSpline(x, y)
    assert.ok(x.every((t) => Number.isFinite(evaluateSpline(spline, t))))
    assert.ok(performance.now() - start < 2000, `${performance.now() - start} ms`)
  }
})
