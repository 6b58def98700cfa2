// Whatever is done in whatever order: documents stay valid, and every step can be taken back.

import assert from "node:assert/strict"
import { test } from "node:test"

import { poseFrom } from "../../web/editor/math/pose.mjs"
import { panTiltRoll } from "../../web/editor/math/rotation.mjs"
import * as edits from "../../web/editor/state/edits.mjs"
import { EditorStore } from "../../web/editor/state/store.mjs"
import { documentToJson, parseDocument, validateDocument } from "../../web/editor/trajectory/document.mjs"
import { Random, randomDocument, randomEdit } from "./random.mjs"

const NUM_DOCUMENTS = 50
const NUM_EDITS = 12

const scene = {
  c2w: Array.from({ length: 9 }, (_, i) => poseFrom(panTiltRoll(3 * i, -i, 0), [0.1 * i, 0, 0.02 * i])),
  nearestDepth: 2,
}

function edited(seed) {
  const random = new Random(seed)
  const store = new EditorStore({
    document: randomDocument(random),
    numFrames: 1 + random.integer(12),
    scene: random.isOnceIn(2) ? scene : null,
  })
  const steps = [store.document]
  const names = []
  for (let i = 0; i < NUM_EDITS; i++) {
    const [name, change] = randomEdit(random, store.document)
    const isAccepted = store.edit(change)
    assert.ok(isAccepted, `seed ${seed}: ${[...names, name].join(", ")}: ${store.problem?.message}`)
    if (store.document !== steps.at(-1)) steps.push(store.document)
    names.push(name)
  }
  return { store, steps, names }
}

const histories = Array.from({ length: NUM_DOCUMENTS }, (_, seed) => edited(seed))

test("edits that make sense are accepted, and leave valid documents", (t) => {
  for (const { steps } of histories) {
    for (const document of steps) assert.deepEqual(validateDocument(document), document)
  }
  const numSteps = histories.reduce((sum, { steps }) => sum + steps.length - 1, 0)
  const kinds = new Set(histories.flatMap(({ names }) => names))
  t.diagnostic(`${numSteps} steps of ${kinds.size} kinds`)
  assert.equal(kinds.size, Object.keys(edits).length, "every edit took part")
})

test("what is written is read back as it was", () => {
  for (const { store } of histories) assert.deepEqual(parseDocument(documentToJson(store.document)), store.document)
})

test("undo brings back the very same objects, and so does redo", () => {
  for (const { store, steps } of histories) {
    const sampled = store.trajectory
    for (const document of steps.slice(0, -1).reverse()) {
      assert.ok(store.undo())
      assert.equal(store.document, document)
    }
    assert.equal(store.undo(), false)
    for (const document of steps.slice(1)) {
      assert.ok(store.redo())
      assert.equal(store.document, document)
    }
    assert.equal(store.redo(), false)
    assert.deepEqual(store.trajectory, sampled)
  }
})

test("edits leave the document that they are given as it was", () => {
  // Documents of a store are frozen: a change in place would have thrown above.
  for (const { steps } of histories.slice(0, 10)) {
    assert.ok(Object.isFrozen(steps[0]) && Object.isFrozen(steps[0].path))
    assert.throws(() => (steps[0].path.kind = "preset"), TypeError)
  }
})

test("nonsense is refused, and leaves everything as it was", () => {
  const nonsense = [
    edits.choosePreset("no_such_move"),
    edits.choosePreset("arc_left", 21),
    edits.setAround({ pivot: [0, 0, 0] }),
    edits.setAround({ pivot: [0, 0, NaN] }),
    edits.setKeyframes([]),
    edits.setKeyframes([{ time: 0.5, position: [0, 0, 0] }, { time: 0.5, position: [0, 0, 0] }]),
    edits.scale(0),
    edits.scale(-1),
    edits.scale(NaN),
    edits.setPace({ start: 1, end: 0 }),
    edits.freeze(0.5, 0.5, 0.5),
    edits.freeze(0.5, NaN, 1),
    edits.setTiming([{ time: 0, source: 2 }]),
    edits.setRelativeTo("the_moon"),
    edits.setName("n".repeat(201)),
    edits.appendSegment({ kind: "segments", segments: [] }),
    edits.updateSegment(99, { scale: 1 }),
    edits.deleteSegment(-1),
    edits.moveKeyframe(99, 0.5),
    edits.deleteKeyframes([0, 1, 2, 3, 4, 5, 6, 7, 8].concat(Array.from({ length: 300 }, (_, i) => i))),
    () => ({}),
    () => null,
  ]
  for (const { store } of histories.slice(0, 20)) {
    const { document, trajectory, canUndo } = store
    for (const change of nonsense) {
      assert.equal(store.edit(change), false, change.toString())
      assert.equal(store.problem.name, "TrajectoryError")
      assert.equal(store.document, document)
      assert.equal(store.trajectory, trajectory)
    }
    assert.equal(store.canUndo, canUndo)
  }
})
