import assert from "node:assert/strict"
import test from "node:test"

import { depthFallOff, inverse3, reprojection } from "../../web/editor/render/reprojection.mjs"

const K = [200, 3, 64, 0, 210, 48, 0, 0, 1]
const STILL = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
// A quarter turn to the right (about y, which points down), and a step: camera to world.
const TURNED = [0, 0, 1, 5, 0, 1, 0, 0, -1, 0, 0, 2, 0, 0, 0, 1]

function assertClose(values, expected) {
  for (const [i, value] of [...values].entries()) {
    assert.ok(Math.abs(value - expected[i]) < 1e-5, `${i}: ${value}, not ${expected[i]}`)
  }
}

/** A matrix of rows of some length times a vector. */
const times = (matrix, vector) =>
  Array.from({ length: matrix.length / vector.length }, (_, row) =>
    vector.reduce((sum, value, k) => sum + matrix[row * vector.length + k] * value, 0))

test("an inverse undoes its matrix", () => {
  for (const vector of [[1, 0, 0], [0, 1, 0], [0.5, -2, 3]]) {
    assertClose(times(inverse3(K), times(K, vector)), vector)
  }
})

test("a point ahead of the target is where it should be, in model units", () => {
  const { targetFromSource } = reprojection({ K, sourceC2w: STILL, targetC2w: TURNED, focalScale: 1, unitScale: 10 })
  // The target stands at (5, 0, 2) and looks along +x. A point at (8, 1, 2) is 3 ahead and 1 below.
  assertClose(times(targetFromSource, [80, 10, 20, 1]), [0, 10, 30, 1])
})

test("equal poses are the identity, whatever the pose", () => {
  const { targetFromSource } = reprojection({ K, sourceC2w: TURNED, targetC2w: TURNED, focalScale: 1, unitScale: 3 })
  assertClose(targetFromSource, STILL)
})

test("focal scale leaves the principal point where it is", () => {
  const { targetK } = reprojection({ K, sourceC2w: STILL, targetC2w: STILL, focalScale: 2, unitScale: 1 })
  assertClose(targetK, [400, 6, 64, 0, 420, 48, 0, 0, 1])
})

test("the farthest pixel weighs e⁻⁵⁰, and beyond 1000 units all weigh alike", () => {
  assertClose([depthFallOff(20, 2) * Math.log(41)], [50])
  assert.equal(depthFallOff(1e6, 1), depthFallOff(1000, 1))
})
