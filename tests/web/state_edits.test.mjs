// Edits of keyframes, segments and the document, one by one.

import assert from "node:assert/strict"
import { test } from "node:test"

import { positionOf } from "../../web/editor/math/pose.mjs"
import { clipTimeAt, pathTimeAt } from "../../web/editor/state/clip_times.mjs"
import { keyframesFromText, keyframesToText } from "../../web/editor/state/clipboard.mjs"
import * as edits from "../../web/editor/state/edits.mjs"
import { MODEL_NEAREST_DEPTH } from "../../web/editor/scene/units.mjs"
import { samplePath } from "../../web/editor/state/path_at.mjs"
import { sampleTrajectory } from "../../web/editor/trajectory/sample.mjs"
import { documentOf, keyframesPath, pathsApart, preset } from "./paths.mjs"
import { Random, randomKeyframes } from "./random.mjs"

const KEYS = documentOf(keyframesPath([[0, [0, 0, 0]], [0.5, [1, 0, 0]], [1, [1, 0, 1]]]))
const timesOf = ({ path }) => path.keyframes.map((key) => key.time)
const refused = (code) => (error) => error.name === "TrajectoryError" && error.code === code

test("a key stays between its neighbours, whatever time it is given", () => {
  assert.deepEqual(timesOf(edits.moveKeyframe(1, 0.7)(KEYS)), [0, 0.7, 1])
  assert.deepEqual(timesOf(edits.moveKeyframe(1, 2)(KEYS)), [0, 1 - 1e-4, 1])
  assert.deepEqual(timesOf(edits.moveKeyframe(1, -3)(KEYS)), [0, 1e-4, 1])
  assert.deepEqual(timesOf(edits.moveKeyframe(0, 0.2)(KEYS)), [0.2, 0.5, 1])
  assert.deepEqual(timesOf(edits.moveKeyframe(2, 5)(KEYS)), [0, 0.5, 1])
  const close = documentOf(keyframesPath([0.5, 0.50001, 0.50002].map((time) => [time, [0, 0, 0]])))
  assert.ok(Math.abs(timesOf(edits.moveKeyframe(1, 0.9)(close))[1] - 0.50001) < 1e-9)
})

test("a key's fields, its time among them", () => {
  const { keyframes } = edits.updateKeyframe(1, { pan_deg: 5, time: 0.25, interpolation: "hold" })(KEYS).path
  assert.deepEqual(keyframes[1], { ...KEYS.path.keyframes[1], pan_deg: 5, time: 0.25, interpolation: "hold" })
})

test("keys are deleted, but not the last one", () => {
  assert.deepEqual(timesOf(edits.deleteKeyframes([0, 2])(KEYS)), [0.5])
  assert.throws(() => edits.deleteKeyframes([0, 1, 2])(KEYS), refused("last_keyframe"))
  assert.throws(() => edits.deleteKeyframes([3])(KEYS), refused("no_such_keyframe"))
  assert.throws(() => edits.deleteKeyframes([0])(documentOf(preset("static"))), refused("no_keyframes"))
})

test("copied keys arrive at the playhead, in the unit of the path, and replace keys at their times", () => {
  const text = keyframesToText(KEYS.path, [0, 1])
  const { unit, keyframes } = keyframesFromText(text)
  assert.deepEqual([unit, keyframes], ["nearest_depth", KEYS.path.keyframes.slice(0, 2)])
  const pasted = edits.pasteKeyframes(keyframes, 0.5, unit)(KEYS)
  assert.deepEqual(timesOf(pasted), [0, 0.5, 1])
  assert.deepEqual(pasted.path.keyframes[2].position, [1, 0, 0])
  assert.deepEqual(timesOf(edits.pasteKeyframes(keyframes, 0.8, unit)(KEYS)), [0, 0.5, 0.8, 1])
  const inModel = documentOf(keyframesPath([[0, [0, 0, 0]]], "model"))
  const { position } = edits.pasteKeyframes(keyframes, 0.3, unit)(inModel).path.keyframes.at(-1)
  assert.deepEqual(position, [MODEL_NEAREST_DEPTH, 0, 0])
})

test("scene units need a scene to be measured in", () => {
  const keys = KEYS.path.keyframes
  assert.throws(() => edits.pasteKeyframes(keys, 0, "scene")(KEYS), refused("scene_units"))
  assert.deepEqual(edits.pasteKeyframes(keys, 0, "scene", 4)(KEYS).path.keyframes[2].position, [0.25, 0, 0.25])
  const inScene = documentOf(keyframesPath([[0, [0, 0, 0]], [1, [0, 0, 2]]], "scene"))
  assert.throws(() => edits.appendSegment(preset("arc_left"))(inScene), refused("scene_units"))
  const { segments } = edits.appendSegment(preset("arc_left"), { nearestDepth: 4 })(inScene).path
  assert.deepEqual(segments[0].path.keyframes[1].position, [0, 0, 0.5])
})

test("anything else in the clipboard is refused", () => {
  const random = new Random(1)
  const keyframes = randomKeyframes(random)
  const good = JSON.parse(keyframesToText({ unit: "model", keyframes }))
  assert.deepEqual(keyframesFromText(JSON.stringify(good)).keyframes.length, keyframes.length)
  const bad = [
    ...["", "hello", "null", "[]", "{}", "1", '{"format":"postcam-trajectory","version":1}', "[".repeat(99)],
    ...[{ ...good, version: 2 }, { ...good, keyframes: [] }, { ...good, unit: "miles" }, { ...good, more: 1 }],
    ...[{ ...good, keyframes: [{ time: 0, position: [0, 0, "0"] }] }, { ...good, keyframes: null }].map(JSON.stringify),
  ]
  for (const text of bad) {
    assert.throws(() => keyframesFromText(typeof text === "string" ? text : JSON.stringify(text)), refused("clipboard"))
  }
  assert.throws(() => keyframesToText(KEYS.path, []), refused("nothing_to_copy"))
  assert.throws(() => keyframesToText(preset("static")), refused("nothing_to_copy"))
})

test("clip times and path times are each other's inverse while the camera moves", () => {
  for (const ease of ["linear", "ease_in", "ease_out", "ease_in_out"]) {
    const document = documentOf(preset("dolly_in"), { pace: { start: 0.2, end: 0.9, ease } })
    for (let time = 0.2; time < 0.9; time += 0.01) {
      assert.ok(Math.abs(clipTimeAt(document, pathTimeAt(document, time)) - time) < 1e-7, `${ease} ${time}`)
    }
    assert.deepEqual([pathTimeAt(document, 0.1), pathTimeAt(document, 0.95)], [0, 1])
  }
  assert.equal(clipTimeAt(KEYS, 0.3), 0.3)
})

test("keyframes in another unit say so; without one the path's stays", () => {
  const keys = [{ time: 0, position: [0, 0, 0] }]
  assert.equal(edits.setKeyframes(keys)(documentOf(keyframesPath([[0, [0, 0, 0]]], "model"))).path.unit, "model")
  assert.equal(edits.setKeyframes(keys)(documentOf(preset("arc_left"))).path.unit, "nearest_depth")
  assert.equal(edits.setKeyframes(keys, "scene")(KEYS).path.unit, "scene")
})

test("an orbit keeps what was not said", () => {
  const first = documentOf(edits.setAround({ yaw_deg: 10 })(KEYS).path)
  assert.deepEqual(first.path.pivot, [0, 0, 1])
  const second = documentOf(edits.setAround({ pitch_deg: 5 })(first).path)
  assert.deepEqual([second.path.yaw_deg, second.path.pitch_deg], [10, 5])
})

test("a pace that is as usual is not written down", () => {
  const eased = edits.setPace({ ease: "ease_in" })(KEYS)
  assert.deepEqual(eased.pace, { start: 0, end: 1, ease: "ease_in" })
  assert.deepEqual(edits.setPace({ end: 0.5 })(eased).pace, { start: 0, end: 0.5, ease: "ease_in" })
  assert.equal("pace" in edits.setPace({ ease: "linear" })(eased), false)
})

test("an appended arc goes around the same subject", () => {
  const document = documentOf(edits.appendSegment(preset("arc_left"))(documentOf(preset("dolly_in"))).path)
  const [first, second] = document.path.segments
  assert.deepEqual([first.path, first.scale, second.scale], [preset("dolly_in"), 1, 0.5])
  for (const pose of samplePath(document.path, [0.5, 0.6, 0.8, 1]).c2w) {
    const [x, y, z] = positionOf(pose)
    assert.ok(Math.abs(Math.hypot(x, y, z - 1) - 0.5) < 1e-9, "half a nearest depth from (0, 0, 1)")
  }
  const third = documentOf(edits.appendSegment(preset("pan_left"), { duration: 0.5, ease: "ease_out" })(document).path)
  assert.deepEqual([third.path.segments.length, third.path.segments[2].duration], [3, 0.5])
})

test("at the subject itself the next move is as small as it can be", () => {
  const { segments } = edits.appendSegment(preset("arc_left"))(documentOf(preset("zoom_in"))).path
  assert.equal(segments[1].scale, 1e-3)
})

test("the first move keeps its ease when another one follows", () => {
  const document = documentOf(preset("dolly_in"), { pace: { start: 0, end: 1, ease: "ease_in" } })
  const chained = edits.appendSegment(preset("pan_left"))(document)
  assert.equal("pace" in chained, false)
  const [before, after] = [sampleTrajectory(document, 21), sampleTrajectory(chained, 41)]
  before.c2w.slice(0, 20).forEach((pose, i) => assert.ok(Math.abs(pose[11] - after.c2w[i][11]) < 1e-9))
})

test("recorded poses can be followed by a move", () => {
  const pose = (x) => [1, 0, 0, x, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  const document = documentOf({ kind: "poses", unit: "model", c2w: [pose(0), pose(MODEL_NEAREST_DEPTH)] })
  const { segments } = documentOf(edits.appendSegment(preset("arc_left"))(document).path).path
  assert.ok(Math.abs(segments[0].path.keyframes.at(-1).position[0] - 1) < 1e-12)
  assert.ok(Math.abs(segments[1].scale - Math.SQRT2) < 1e-12)
})

test("moves are changed and taken out; without any the camera stands still", () => {
  const document = documentOf(edits.appendSegment(preset("arc_left"))(documentOf(preset("dolly_in"))).path)
  const changed = documentOf(edits.updateSegment(1, { duration: 3, path: preset("arc_up") })(document).path)
  assert.deepEqual([changed.path.segments[1].duration, changed.path.segments[1].path], [3, preset("arc_up")])
  const one = documentOf(edits.deleteSegment(1)(changed).path)
  assert.ok(pathsApart(one, documentOf(preset("dolly_in"))).length < 1e-12)
  assert.deepEqual(edits.deleteSegment(0)(one).path, preset("static"))
  assert.throws(() => edits.deleteSegment(1)(one), refused("no_such_segment"))
  assert.throws(() => edits.updateSegment(0, {})(KEYS), refused("no_such_segment"))
})
