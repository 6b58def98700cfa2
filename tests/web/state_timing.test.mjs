// Freezing and reversing the source: which frames are shown.

import assert from "node:assert/strict"
import { test } from "node:test"

import { clearTiming, freeze, reverseTime, setTiming } from "../../web/editor/state/edits.mjs"
import { sampleTrajectory } from "../../web/editor/trajectory/sample.mjs"
import { documentOf, preset } from "./paths.mjs"
import { Random, randomTiming } from "./random.mjs"

const PLAIN = documentOf(preset("arc_left"))
const shown = ({ path, ...fields }, numFrames = 11) => [
  ...sampleTrajectory(documentOf(path, fields), numFrames).sourceIndex,
]
const edited = (...changes) => changes.reduce((document, change) => change(document), PLAIN)

test("a freeze holds its moment, and the rest comes later", () => {
  assert.deepEqual(shown(edited(freeze(0.3, 0.3, 0.6))), [0, 1, 2, 3, 3, 3, 3, 4, 5, 6, 7])
  assert.deepEqual(shown(edited(freeze(0, 0, 0.5))), [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5])
  assert.deepEqual(shown(edited(freeze(0.6, 0.6, 1))), [0, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6])
})

test("another moment than the plateau's start is jumped to", () => {
  assert.deepEqual(shown(edited(freeze(0.8, 0.3, 0.5))), [0, 1, 2, 8, 8, 8, 9, 10, 10, 10, 10])
  assert.deepEqual(shown(edited(freeze(0.1, 0.5, 0.7))), [0, 1, 2, 3, 4, 1, 1, 1, 2, 3, 4])
  assert.deepEqual(shown(edited(freeze(0.5, 0, 0.2))), [5, 5, 5, 6, 7, 8, 9, 10, 10, 10, 10])
})

test("a second freeze leaves the first alone", () => {
  const twice = edited(freeze(0.2, 0.2, 0.4), freeze(0.6, 0.6, 0.8))
  assert.deepEqual(shown(twice), [0, 1, 2, 2, 2, 3, 4, 4, 4, 5, 6])
  const earlier = edited(freeze(0.6, 0.6, 0.8), freeze(0.2, 0.2, 0.4))
  assert.deepEqual(shown(earlier), [0, 1, 2, 2, 2, 3, 4, 5, 6, 6, 6])
})

test("freezing footage that runs backwards", () => {
  assert.deepEqual(shown(edited(reverseTime(), freeze(0.3, 0.3, 0.5))), [10, 9, 8, 7, 7, 7, 6, 5, 4, 3, 2])
})

test("before a freeze the source runs as it did, after it at the speed it had", () => {
  const random = new Random(2)
  const numFrames = 401
  const steps = (frames) => frames.slice(1).map((frame, i) => frame - frames[i])
  for (let i = 0; i < 40; i++) {
    const document = edited(setTiming(randomTiming(random)))
    const at = random.integer(300)
    const length = 40
    const frozen = freeze(at / 400, at / 400, (at + length) / 400)(document)
    const [before, after] = [document, frozen].map((each) => shown(each, numFrames))
    assert.deepEqual(after.slice(0, at + 1), before.slice(0, at + 1))
    assert.ok(after.slice(at, at + length + 1).every((frame) => frame === before[at]))
    // Where two times round differently the same frame may come one frame sooner or later.
    const wanted = before.slice(at, numFrames - length)
    const got = after.slice(at + length)
    const off = got.filter((frame, k) => frame !== wanted[k])
    assert.ok(off.length <= 4, `${off.length} frames differ: ${steps(off)}`)
    got.forEach((frame, k) => assert.ok(frame >= Math.min(...wanted.slice(Math.max(k - 1, 0), k + 2))))
  }
})

test("reversed twice is as filmed, and a clip that was slowed down stays so", () => {
  assert.deepEqual(shown(edited(reverseTime())), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
  const slow = documentOf(PLAIN.path, { timing: [{ time: 0, source: 0 }, { time: 1, source: 1 }] })
  assert.deepEqual(reverseTime()(reverseTime()(slow)), slow)
  const odd = edited(setTiming([{ time: 0.1, source: 0.2 }, { time: 0.7, source: 0.9 }]))
  assert.deepEqual(reverseTime()(reverseTime()(odd)), odd)
})

test("timing can be set and cleared", () => {
  const keys = [{ time: 0, source: 1 }]
  assert.deepEqual(edited(setTiming(keys)).timing, keys)
  const usual = [{ time: 0, source: 0 }, { time: 1, source: 1 }]
  for (const none of [clearTiming(), setTiming([]), setTiming(null)]) {
    assert.equal("timing" in edited(setTiming(keys), none), false)
  }
  assert.equal("timing" in edited(setTiming(usual)), false)
})

test("the camera's path is another matter", () => {
  for (const change of [freeze(0.1, 0.1, 0.5), reverseTime()]) assert.equal(change(PLAIN).path, PLAIN.path)
})
