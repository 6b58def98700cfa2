// What the editor warns of, and what not.

import assert from "node:assert/strict"
import { test } from "node:test"

import { poseFrom } from "../../web/editor/math/pose.mjs"
import { panTiltRoll } from "../../web/editor/math/rotation.mjs"
import { sampleTrajectory } from "../../web/editor/trajectory/sample.mjs"
import { analyse } from "../../web/editor/tools/analysis.mjs"
import { TRAINED_RANGE } from "../../web/editor/tools/trained_range.mjs"
import { documentOf, keyframesPath, preset } from "./paths.mjs"

const NUM_FRAMES = 41

/** A wall of points, two nearest depths of 3 scene units away, 6 scene units wide and high. */
const WALL = Float32Array.from(
  Array.from({ length: 61 * 61 }, (_, i) => [((i % 61) - 30) / 10, (Math.floor(i / 61) - 30) / 10, 6]).flat(),
)

function analysed(path, { fields = {}, numFrames = NUM_FRAMES, ...given } = {}) {
  const document = documentOf(path, fields)
  const source = given.c2w ? { c2w: given.c2w, nearestDepth: given.nearestDepth } : null
  return analyse({ document, trajectory: sampleTrajectory(document, numFrames, source), ...given })
}

const codesOf = (path, given) => analysed(path, given).warnings.map((warning) => warning.code)

test("moves of the size that the model learned need no warning", () => {
  const names = ["static", "arc_left", "arc_up", "pan_right", "tilt_up", "truck_left", "dolly_in", "crane_up", "handheld"]
  for (const name of names) assert.deepEqual(codesOf(preset(name)), [], name)
})

test("speeds are nearest depths and degrees per frame, in any unit", () => {
  const { speed, turn_deg } = analysed(preset("dolly_in"))
  assert.equal(speed[0], 0)
  for (const each of speed.slice(1)) assert.ok(Math.abs(each - 0.5 / 40) < 1e-12)
  assert.ok(turn_deg.every((each) => each === 0))
  const inScene = keyframesPath([[0, [0, 0, 0]], [1, [0, 0, 2]]], "scene")
  assert.ok(Math.abs(analysed(inScene, { nearestDepth: 4 }).speed[7] - 0.5 / 40) < 1e-12)
  assert.equal(analysed(inScene).speed, null)
  const pan = analysed(preset("pan_left")).turn_deg
  for (const each of pan.slice(1)) assert.ok(Math.abs(each - 0.5) < 1e-9)
})

test("a camera that goes through a wall is told where, also between two frames", () => {
  const through = keyframesPath([[0, [0, 0, 0]], [1, [0, 0, 3]]])
  const { clearance, warnings } = analysed(through, { nearestDepth: 3, points: WALL })
  assert.ok(Math.abs(clearance[0] - 2) < 1e-6)
  const [found] = warnings.filter((warning) => warning.code === "passes_through")
  assert.ok(found.frames[0] >= 25 && found.frames[1] <= 29 && found.values.distance < 0.02)
  const fast = analysed(through, { numFrames: 3, nearestDepth: 3, points: WALL })
  assert.deepEqual(fast.warnings.find((warning) => warning.code === "passes_through").frames, [2, 2])
})

test("a camera that stays clear of it is not, and many points take no time", (t) => {
  const many = new Float32Array(3 * 1_000_000).fill(6)
  const start = performance.now()
  const { warnings, clearance } = analysed(preset("dolly_in"), { nearestDepth: 3, points: many, numFrames: 81 })
  t.diagnostic(`${(performance.now() - start).toFixed(0)} ms for a million points and 81 frames`)
  assert.equal(warnings.some((warning) => warning.code === "passes_through"), false)
  assert.ok(clearance.every((distance) => distance > 1))
  assert.equal(analysed(preset("dolly_in"), { nearestDepth: 3 }).clearance, null)
})

test("a path in the source's axes is measured there", () => {
  const c2w = Array.from({ length: NUM_FRAMES }, (_, i) => poseFrom(panTiltRoll(0, 0, 0), [0, 0, (6 * i) / 41]))
  const fields = { relative_to: "source_camera" }
  const { warnings } = analysed(preset("static"), { fields, c2w, nearestDepth: 3, points: WALL })
  assert.deepEqual(warnings.filter(({ code }) => code === "passes_through").map(({ frames }) => frames), [[39, 40]])
})

test("fast moves and turns", () => {
  const dash = { fields: { pace: { start: 0.5, end: 0.6, ease: "linear" } } }
  const [move] = analysed(preset("truck_left", 1.5), dash).warnings
  assert.deepEqual([move.code, move.frames], ["moves_too_fast", [21, 24]])
  assert.ok(Math.abs(move.values.speed - 0.45 / 4) < 1e-9)
  const [turn] = analysed(preset("pan_left", 1.5), dash).warnings
  assert.deepEqual([turn.code, turn.frames], ["turns_too_fast", [21, 24]])
  assert.ok(TRAINED_RANGE.shiftPerFrame > 0.08 && TRAINED_RANGE.turnPerFrame_deg > 5)
})

test("frames that are mostly holes, in runs; what was not looked at is no hole", () => {
  const known = Array.from({ length: NUM_FRAMES }, (_, i) => (i < 5 ? NaN : i < 10 ? 0.3 : i < 20 ? 0.9 : 0.45))
  known[7] = 0.2
  const { warnings } = analysed(preset("static"), { known })
  assert.deepEqual(warnings, [
    { code: "mostly_holes", frames: [5, 9], values: { known_percent: 20 } },
    { code: "mostly_holes", frames: [20, 40], values: { known_percent: 45 } },
  ])
})

test("wide turns between keys", () => {
  const turned = (pan_deg) => keyframesPath([[0, [0, 0, 0]], [0.5, [0, 0, 0], { pan_deg }], [1, [0, 0, 0], { pan_deg }]])
  assert.equal(codesOf(turned(80)).includes("wide_turn"), false)
  const [wide] = analysed(turned(120)).warnings.filter(({ code }) => code === "wide_turn")
  assert.deepEqual([wide.frames, wide.values.first, wide.values.second], [[0, 20], 1, 2])
  assert.ok(Math.abs(wide.values.turn_deg - 120) < 1e-9)
  const [round] = analysed(turned(300)).warnings.filter(({ code }) => code === "wide_turn")
  assert.equal(round.values.turn_deg, 300)
  const paced = analysed(turned(120), { fields: { pace: { start: 0.5, end: 1, ease: "linear" } } })
  assert.deepEqual(paced.warnings.find(({ code }) => code === "wide_turn").frames, [20, 30])
})

test("moves beyond what the model learned", () => {
  assert.deepEqual(codesOf(preset("truck_left", 5)), ["trained_shift"])
  assert.ok(codesOf(preset("arc_left", 3)).includes("trained_turn"))
  assert.deepEqual(codesOf(preset("pan_left", 2.5)), ["trained_pan"])
  assert.deepEqual(codesOf(preset("tilt_up", 3.5)), ["trained_tilt"])
  assert.deepEqual(codesOf(preset("roll_left")), ["trained_roll"])
  assert.deepEqual(codesOf(preset("dolly_zoom")), ["trained_focal"])
  assert.deepEqual(codesOf(preset("arc_left", 2)), [], "60° around the subject is within")
})

test("a start away from the clip's camera", () => {
  const away = keyframesPath([[0, [0.5, 0, 0], { pan_deg: 10 }], [1, [0.6, 0, 0], { pan_deg: 10 }]])
  const [warning] = analysed(away).warnings
  assert.equal(warning.code, "starts_elsewhere")
  assert.ok(Math.abs(warning.values.shift - 0.5) < 1e-12 && Math.abs(warning.values.turn_deg - 10) < 1e-9)
  const inModel = keyframesPath([[0, [2, 0, 0]]], "model")
  assert.ok(Math.abs(analysed(inModel).warnings[0].values.shift - 2 / 3.97521) < 1e-5)
  const reversed = { kind: "orbit", pitch_deg: [0], yaw_deg: [30, 0], displacement: [1] }
  assert.deepEqual(codesOf(reversed), ["starts_elsewhere"])
})

test("a path that follows cameras which are not there", () => {
  assert.deepEqual(codesOf(preset("static"), { isPathAlone: true }), ["needs_geometry"])
})

test("clips of one frame", () => {
  assert.deepEqual(codesOf(preset("arc_left"), { numFrames: 1, nearestDepth: 3, points: WALL }), [])
})
