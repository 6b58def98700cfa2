// Following the source's camera: its shake goes, its way stays, and bad cameras are refused.

import assert from "node:assert/strict"
import { test } from "node:test"

import { identityPose, poseFrom, positionOf, rotationOf } from "../../web/editor/math/pose.mjs"
import { exp, log, multiply, transpose } from "../../web/editor/math/rotation.mjs"
import { norm } from "../../web/editor/math/vec3.mjs"
import { TrajectoryError } from "../../web/editor/trajectory/errors.mjs"
import { sampleTrajectory } from "../../web/editor/trajectory/sample.mjs"
import { smoothPoses } from "../../web/editor/trajectory/smooth_poses.mjs"

const ARC = { format: "postcam-trajectory", version: 1, path: { kind: "preset", name: "arc_left" } }

/** A camera that turns evenly about y while it walks ahead. */
const turning = (degrees, numFrames = 41) =>
  Array.from({ length: numFrames }, (_, i) => {
    const share = i / (numFrames - 1)
    return poseFrom(exp([0, (share * degrees * Math.PI) / 180, 0]), [0, 0, 2 * share])
  })

const angleBetween = (a, b) => norm(log(multiply(transpose(rotationOf(a)), rotationOf(b))))

test("an even turn is its own average, also past a whole turn", () => {
  for (const degrees of [40, 179, 300, 700]) {
    const c2w = turning(degrees)
    const smooth = smoothPoses(c2w, 2)
    for (let i = 8; i < 33; i++) {
      assert.ok(angleBetween(c2w[i], smooth[i]) < 1e-3, `${degrees}`)
      assert.ok(Math.abs(positionOf(smooth[i])[2] - positionOf(c2w[i])[2]) < 1e-3)
    }
  }
})

test("a shake of every other frame is gone", () => {
  const shaken = turning(40).map((pose, i) => poseFrom(rotationOf(pose), [i % 2 ? 0.1 : -0.1, 0, 0]))
  const smooth = smoothPoses(shaken, 3).map((pose) => Math.abs(positionOf(pose)[0]))
  assert.ok(smooth.slice(12, -12).every((x) => x < 1e-4))
  assert.ok(smooth.every((x) => x < 0.02), "the mirrored ends let a little through")
})

test("a still camera stays, however wide the average", () => {
  for (const sigma of [0.01, 8, 1000]) {
    for (const pose of smoothPoses([identityPose(), identityPose(), identityPose()], sigma)) {
      pose.forEach((value, i) => assert.ok(Math.abs(value - identityPose()[i]) < 1e-12))
    }
  }
})

test("directions that cancel each other out are refused", () => {
  const document = { ...ARC, relative_to: "smoothed_source", smoothing_frames: 1000 }
  const source = { c2w: turning(720 * (40 / 41)), nearestDepth: 1 }
  assert.throws(() => sampleTrajectory(document, 41, source), /cancel each other out/)
})

test("bad cameras are refused, whatever they are", () => {
  const moved = poseFrom(exp([0, 0, 0]), [1, 0, 0])
  const good = [identityPose()]
  const wrong = [undefined, null, [], {}, "x", 1, [[]], [null], ["sixteen letters!"], [{ length: 16 }], [moved]]
  for (const c2w of [...wrong, [identityPose().map((value) => 2 * value)], [identityPose().fill(NaN)]]) {
    assert.throws(() => sampleTrajectory(ARC, 5, { c2w, nearestDepth: 1 }), TrajectoryError)
  }
  for (const nearestDepth of [undefined, null, 0, -1, NaN, Infinity, "1"]) {
    assert.throws(() => sampleTrajectory(ARC, 5, { c2w: good, nearestDepth }), TrajectoryError)
  }
  for (const source of [{}, "x", 1, [], true]) assert.throws(() => sampleTrajectory(ARC, 5, source), TrajectoryError)
  assert.equal(sampleTrajectory(ARC, 5, { c2w: good, nearestDepth: 1 }).sourceIndex.at(-1), 0)
})
