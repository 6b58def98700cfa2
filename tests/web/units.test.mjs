import assert from "node:assert/strict"
import test from "node:test"

import { MODEL_NEAREST_DEPTH, nearestDepthIn, sceneUnitsIn } from "../../web/editor/scene/units.mjs"

const assertClose = (value, expected) => assert.ok(Math.abs(value / expected - 1) < 1e-12, `${value}, not ${expected}`)

test("the model's nearest depth is docs/conventions.md's", () => {
  assert.equal(MODEL_NEAREST_DEPTH.toFixed(5), "3.97521")
})

test("a nearest depth is 1, 3.97521 of the model's units, or the scene's own", () => {
  assert.equal(nearestDepthIn("nearest_depth", 8), 1)
  assert.equal(nearestDepthIn("model", 8), MODEL_NEAREST_DEPTH)
  assert.equal(nearestDepthIn("scene", 8), 8)
})

test("without a scene nothing is known of its units", () => {
  assert.equal(nearestDepthIn("scene"), null)
  assert.equal(nearestDepthIn("model"), MODEL_NEAREST_DEPTH)
})

test("lengths become the scene's", () => {
  assertClose(sceneUnitsIn("nearest_depth", 8), 8)
  assertClose(sceneUnitsIn("model", 8), 8 / MODEL_NEAREST_DEPTH)
  assert.equal(sceneUnitsIn("scene", 0.1), 1)
})
