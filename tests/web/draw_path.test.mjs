// What is drawn lies where it was drawn, whatever the path was relative to.
import assert from "node:assert/strict"
import { test } from "node:test"

import { poseFrom, positionOf, rotationOf } from "../../web/editor/math/pose.mjs"
import { panTiltRoll } from "../../web/editor/math/rotation.mjs"
import { turnBetweenDeg } from "../../web/editor/state/path_at.mjs"
import { EditorStore } from "../../web/editor/state/store.mjs"
import { targetPoses } from "../../web/editor/views/places.mjs"
import { drawPath } from "../../web/editor/window/draw_path.mjs"
import { documentOf, keyframesPath, preset } from "./paths.mjs"

// The clip's camera goes up, to the right, and turns.
const SCENE = {
  c2w: Array.from({ length: 9 }, (_, i) => poseFrom(panTiltRoll(4 * i, 0, 0), [i, -0.5 * i, 0])), nearestDepth: 4,
}
const LINE = Array.from({ length: 21 }, (_, i) => ({ x: 0.5 + i / 40, y: 0, z: i / 20 }))
const times = (points, factor) => points.map((point) => Object.fromEntries(
  Object.entries(point).map(([axis, value]) => [axis, value * factor])))

function drawn(document, { points = LINE, plane = "top", aim = "keep", scene = SCENE } = {}) {
  const store = new EditorStore({ document, numFrames: 9, scene })
  const before = targetPoses(store)
  drawPath(store, points, { plane, aim })
  return { store, before, after: targetPoses(store) }
}

function assertNear(got, wanted, tolerance = 0.02) {
  got.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) < tolerance, `${got} is not ${wanted}`))
}

test("on a path that follows the source, height and directions stay as they were seen", () => {
  for (const [path, factor] of [[preset("static"), 1], [keyframesPath([[0, [0, 0, 0]]], "scene"), 4]]) {
    const document = documentOf(path, { relative_to: "source_camera" })
    const { store, before, after } = drawn(document, { points: times(LINE, factor) })
    assert.equal(store.document.relative_to, "first_frame")
    for (const [frame, share] of [[0, 0], [4, 0.5], [8, 1]]) {
      assertNear(positionOf(after[frame]), [0.5 + share / 2, positionOf(before[frame])[1], share])
      assert.ok(turnBetweenDeg(poseFrom(rotationOf(before[frame]), positionOf(after[frame])), after[frame]) < 1.1)
    }
  }
})

test("from the side, too, and at the pace of the move", () => {
  const pace = { start: 0.25, end: 0.75, ease: "ease_in" }
  const document = documentOf(preset("static"), { relative_to: "smoothed_source", smoothing_frames: 0.1, pace })
  const points = LINE.map(({ z }) => ({ x: 0, y: -z, z }))
  const { after, before } = drawn(document, { points, plane: "side" })
  assertNear(positionOf(after[0]), [positionOf(before[2])[0], 0, 0])
  assertNear(positionOf(after[8]), [positionOf(before[6])[0], -1, 1])
})

test("other paths keep their unit, and what is shown alone stays relative", () => {
  const { store } = drawn(documentOf(keyframesPath([[0, [0, 0, 0]]], "scene")))
  assert.equal(store.document.path.unit, "scene")
  const alone = drawn(documentOf(preset("static"), { relative_to: "source_camera" }), { scene: null })
  assert.equal(alone.store.document.relative_to, "source_camera")
  assertNear(positionOf(alone.after[8]), [1, 0, 1])
})

test("a point is no line", () => {
  const { store } = drawn(documentOf(preset("static"), { relative_to: "source_camera" }), { points: [LINE[0], LINE[0]] })
  assert.equal(store.problem.code, "stroke_too_short")
  assert.equal(store.document.relative_to, "source_camera")
})
