import assert from "node:assert/strict"
import { test } from "node:test"

import { poseFrom } from "../../web/editor/math/pose.mjs"
import { panTiltRoll } from "../../web/editor/math/rotation.mjs"
import {
  addKeyframe,
  choosePreset,
  clearTiming,
  deleteKeyframes,
  moveKeyframe,
  setAmount,
  setRelativeTo,
} from "../../web/editor/state/edits.mjs"
import { EditorStore } from "../../web/editor/state/store.mjs"
import { sampleTrajectory } from "../../web/editor/trajectory/sample.mjs"
import { documentOf, keyframesPath, preset } from "./paths.mjs"

const ARC = documentOf(preset("arc_left"))
const KEYS = documentOf(keyframesPath([[0, [0, 0, 0]], [0.5, [1, 0, 0]], [1, [1, 0, 1]]]))

const sceneOf = (numFrames) => ({
  c2w: Array.from({ length: numFrames }, (_, i) => poseFrom(panTiltRoll(i, 0, 0), [i, 0, 0])),
  nearestDepth: 4,
})

/** A store, and what its listener heard: one sorted list of changes per call. */
function listened(document = ARC, fields = {}) {
  const store = new EditorStore({ document, numFrames: 5, ...fields })
  const heard = []
  const stop = store.subscribe((changes) => heard.push([...changes].sort()))
  return { store, heard, stop }
}

test("the trajectory is the document's at the frames", () => {
  const { store } = listened()
  assert.deepEqual(store.trajectory, sampleTrajectory(ARC, 5))
  store.edit(setAmount(2))
  assert.deepEqual(store.trajectory, sampleTrajectory(documentOf(preset("arc_left", 2)), 5))
  store.undo()
  assert.deepEqual(store.trajectory, sampleTrajectory(ARC, 5))
})

test("listeners hear once per change, and what changed", () => {
  const { store, heard, stop } = listened(KEYS)
  store.setTime(0.3)
  store.setTime(0.3)
  store.setSelection(1)
  store.setPlaying(true)
  store.edit(choosePreset("arc_left"))
  store.edit(choosePreset("nothing"))
  store.edit(choosePreset("arc_left"))
  store.undo()
  store.setScene(sceneOf(5))
  stop()
  store.redo()
  const wanted = [["time"], ["selection"], ["playing"], ["document", "selection"], ["problem"], ["problem"]]
  assert.deepEqual(heard, [...wanted, ["document"], ["scene"]])
})

test("the frame is the one nearest to the time", () => {
  const { store } = listened()
  const frames = [0, 0.12, 0.13, 0.5, 0.87, 0.88, 1, 7, -1].map((time) => (store.setTime(time), store.frame))
  assert.deepEqual(frames, [0, 0, 1, 2, 3, 4, 4, 4, 0])
  assert.throws(() => store.setTime(NaN), TypeError)
})

test("a refused edit leaves all as it was and tells why; the next one clears that", () => {
  const { store } = listened()
  const { document, trajectory } = store
  assert.equal(store.edit(setAmount(99)), false)
  assert.match(store.problem.message, /amount/)
  assert.equal(store.document, document)
  assert.equal(store.trajectory, trajectory)
  assert.equal(store.canUndo, false)
  assert.ok(store.edit(setAmount(3)))
  assert.equal(store.problem, null)
})

test("errors of another kind are nobody's problem but the programmer's", () => {
  const { store } = listened()
  assert.throws(() => store.edit(() => undefined.path), TypeError)
  assert.equal(store.problem, null)
})

test("a drag is one step; one that ends where it began is none", () => {
  const { store } = listened()
  for (const amount of [1.1, 1.2, 1.3]) store.edit(setAmount(amount), { merge: "amount" })
  store.endMerge()
  for (const amount of [1.4, 1.5]) store.edit(setAmount(amount), { merge: "amount" })
  store.undo()
  assert.equal(store.document.path.amount, 1.3)
  store.undo()
  assert.equal(store.document.path.amount, 1)
  for (const amount of [1.4, 1.2, 1]) store.edit(setAmount(amount), { merge: "amount" })
  assert.equal(store.canUndo, false)
  assert.equal(store.document.path.amount, 1)
  store.edit(setAmount(1.7), { merge: "amount" })
  store.undo()
  assert.equal(store.document.path.amount, 1)
})

test("an edit that changes nothing is no step", () => {
  const { store, heard } = listened()
  assert.ok(store.edit(setAmount(1)))
  assert.equal(store.canUndo, false)
  assert.deepEqual(heard, [])
})

test("a document from outside is one step unless it is equal", () => {
  const { store, heard } = listened()
  assert.ok(store.replaceDocument({ format: "postcam-trajectory", version: 1, path: { kind: "preset", name: "arc_left" } }))
  assert.equal(store.canUndo, false)
  store.edit(setAmount(2), { merge: "amount" })
  assert.ok(store.replaceDocument(KEYS))
  store.undo()
  assert.equal(store.document.path.amount, 2)
  assert.equal(store.replaceDocument({ format: "other" }), false)
  assert.match(store.problem.message, /postcam-trajectory/)
  assert.deepEqual(heard, [["document"], ["document"], ["document"], ["problem"]])
})

test("the selection stays with its key", () => {
  const { store } = listened(KEYS)
  store.setSelection(1)
  store.edit(moveKeyframe(1, 0.6))
  assert.equal(store.selection, 1)
  store.edit(addKeyframe(0.2))
  assert.equal(store.selection, 2)
  store.edit(deleteKeyframes([0]))
  assert.equal(store.selection, 1)
  store.edit(deleteKeyframes([1]))
  assert.equal(store.selection, null)
  store.setSelection(7)
  assert.equal(store.selection, null)
  store.setSelection(0)
  store.edit(choosePreset("static"))
  assert.equal(store.selection, null)
})

test("a path that follows the clip's camera is shown alone until there is one", () => {
  const { store, heard } = listened(documentOf(preset("truck_right"), { relative_to: "source_camera" }))
  assert.ok(store.isPathAlone)
  assert.equal(store.trajectory.unit, "nearest_depth")
  assert.ok(store.edit(setAmount(2)))
  store.setScene(sceneOf(5))
  assert.equal(store.isPathAlone, false)
  assert.deepEqual([store.trajectory.unit, store.problem], ["scene", null])
  // One nearest depth is 4 scene units, amount 2 is 0.6 of them; frame 4 of the clip stands at x = 4, turned by 4°.
  assert.ok(Math.abs(store.trajectory.c2w[4][3] - (4 + 2.4 * Math.cos((4 * Math.PI) / 180))) < 1e-12)
  store.setScene(null)
  assert.ok(store.isPathAlone)
  assert.deepEqual(heard, [["document"], ["scene"], ["scene"]])
})

test("cameras that cannot be followed are a problem, and the path is shown alone", () => {
  const { store } = listened(documentOf(preset("static"), { relative_to: "smoothed_source", smoothing_frames: 0.5 }))
  store.setScene({ ...sceneOf(5), nearestDepth: -1 })
  assert.match(store.problem.message, /nearest depth/)
  assert.deepEqual([store.trajectory.unit, store.trajectory.c2w.length], ["nearest_depth", 5])
  store.setScene(sceneOf(5))
  assert.equal(store.problem, null)
})

test("the clip is as long as the scene, unless a timing says what another length shows", () => {
  const { store } = listened(documentOf(preset("arc_left"), { relative_to: "source_camera" }))
  store.setScene(sceneOf(9), 3)
  assert.deepEqual([...store.trajectory.sourceIndex], [0, 1, 2, 3, 4, 5, 6, 7, 8])
  const slow = { timing: [{ time: 0, source: 0 }, { time: 1, source: 1 }] }
  assert.ok(store.replaceDocument(documentOf(preset("arc_left"), slow)))
  assert.equal(store.numFrames, 9, "the length that it had, not the one that the scene replaced")
  store.setScene(sceneOf(9), 3)
  assert.deepEqual([...store.trajectory.sourceIndex], [0, 4, 8])
  assert.ok(store.edit(clearTiming()))
  assert.deepEqual([store.numFrames, store.trajectory.c2w.length], [9, 9])
  assert.ok(store.undo())
  assert.deepEqual([store.numFrames, store.trajectory.c2w.length], [3, 3])
  store.setScene(null)
  assert.equal(store.numFrames, 3)
})

test("relative to the clip's camera is an edit like any other", () => {
  const { store } = listened(ARC, { scene: sceneOf(5) })
  assert.ok(store.edit(setRelativeTo("smoothed_source", 2)))
  assert.equal(store.document.smoothing_frames, 2)
  assert.equal(store.trajectory.unit, "scene")
  store.undo()
  assert.equal(store.trajectory.unit, "nearest_depth")
})

test("what is not valid is refused at the start", () => {
  assert.throws(() => new EditorStore({ document: {}, numFrames: 5 }), /postcam-trajectory/)
  assert.throws(() => new EditorStore({ document: ARC, numFrames: 0 }), /number of frames/)
})
