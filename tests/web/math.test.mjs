// Rotations, poses and least squares: against their definitions.

import assert from "node:assert/strict"
import { test } from "node:test"

import { BandedLeastSquares } from "../../web/editor/math/banded_least_squares.mjs"
import {
  identityPose,
  interpolatePoses,
  invertPose,
  multiplyPoses,
  poseFrom,
  positionOf,
  scalePose,
} from "../../web/editor/math/pose.mjs"
import {
  exp,
  log,
  multiply,
  panTiltRoll,
  quaternionOf,
  rotate,
  rotationOfQuaternion,
  transpose,
} from "../../web/editor/math/rotation.mjs"
import { norm, scale, subtract } from "../../web/editor/math/vec3.mjs"

/** Numbers between −1 and 1 that are the same in every run. */
function draws(seed) {
  let state = seed
  return () => {
    state = (state * 16807) % 2147483647
    return (2 * state) / 2147483647 - 1
  }
}

function near(actual, expected, tolerance = 1e-12) {
  assert.equal(actual.length, expected.length)
  const isNear = Array.from(expected).every((value, i) => Math.abs(actual[i] - value) <= tolerance)
  assert.ok(isNear, `${Array.from(actual)} is not ${Array.from(expected)}`)
}

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1]

test("log is the inverse of exp from no turn up to half a turn", () => {
  const draw = draws(1)
  for (const angle of [0, 1e-300, 1e-12, 1e-8, 9e-5, 1.1e-4, 0.1, 1, 2, 3, Math.PI - 1e-4, Math.PI - 1e-9]) {
    for (let i = 0; i < 20; i++) {
      const direction = [draw(), draw(), draw()]
      const vector = scale(direction, angle / norm(direction))
      near(log(exp(vector)), vector, 1e-7 * Math.min(1, angle) + 1e-15)
      near(multiply(exp(vector), transpose(exp(vector))), IDENTITY, 1e-14)
    }
  }
  assert.ok(Math.abs(norm(log(exp([0, Math.PI, 0]))) - Math.PI) < 1e-12)
})

test("half a turn about every axis keeps its digits", () => {
  for (const axis of [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.6, 0.8, 0], [0, -0.6, 0.8]]) {
    const vector = log(exp(scale(axis, Math.PI)))
    near(exp(vector), exp(scale(axis, Math.PI)), 1e-12)
  }
})

test("quaternions: unit length, w ≥ 0, and back", () => {
  const draw = draws(2)
  for (let i = 0; i < 100; i++) {
    const rotation = exp([4 * draw(), 4 * draw(), 4 * draw()])
    const quaternion = quaternionOf(rotation)
    assert.ok(quaternion[0] >= 0 && Math.abs(Math.hypot(...quaternion) - 1) < 1e-14)
    near(rotationOfQuaternion(quaternion), rotation, 1e-14)
    near(rotationOfQuaternion(quaternion.map((part) => -part)), rotation, 1e-14)
  }
})

test("pan turns right, tilt looks up, roll turns clockwise", () => {
  near(rotate(panTiltRoll(90, 0, 0), [0, 0, 1]), [1, 0, 0])
  near(rotate(panTiltRoll(0, 90, 0), [0, 0, 1]), [0, -1, 0])
  near(rotate(panTiltRoll(0, 0, 90), [1, 0, 0]), [0, 1, 0])
  near(rotate(panTiltRoll(90, 90, 0), [0, 0, 1]), [0, -1, 0])
})

test("poses: inverse, product, scale, between", () => {
  const draw = draws(3)
  for (let i = 0; i < 30; i++) {
    const [a, b] = [0, 1].map(() => poseFrom(exp([draw(), draw(), draw()]), [draw(), 9 * draw(), draw()]))
    near(multiplyPoses(a, invertPose(a)), identityPose())
    near(multiplyPoses(multiplyPoses(a, b), invertPose(b)), a)
    near(positionOf(scalePose(a, 3)), scale(positionOf(a), 3))
    near(interpolatePoses(a, b, 0), a)
    near(interpolatePoses(a, b, 1), b)
    const half = interpolatePoses(a, b, 0.5)
    near(interpolatePoses(half, b, 0.5), interpolatePoses(a, b, 0.75))
    near(subtract(positionOf(half), positionOf(a)), subtract(positionOf(b), positionOf(half)))
  }
})

test("banded least squares solves the normal equations", () => {
  const draw = draws(4)
  const [size, band, count] = [12, 4, 60]
  const triangle = new BandedLeastSquares(size, band)
  const equations = Array.from({ length: count }, () => {
    const start = Math.floor(((draw() + 1) / 2) * (size - band + 1))
    return { start, row: Float64Array.from({ length: band }, draw), value: draw() }
  })
  const rests = equations.map(({ start, row, value }) => triangle.add(row.slice(), start, value))
  const solution = triangle.solve()
  const gradient = new Float64Array(size)
  let residual = 0
  for (const { start, row, value } of equations) {
    const rest = row.reduce((sum, entry, i) => sum + entry * solution[start + i], -value)
    residual += rest * rest
    row.forEach((entry, i) => (gradient[start + i] += entry * rest))
  }
  near(gradient, new Float64Array(size), 1e-12)
  assert.ok(Math.abs(residual - rests.reduce((sum, rest) => sum + rest * rest, 0)) < 1e-12)
  near(triangle.widened(6).solve(), solution, 0)
})
