// Node and store stay equal, whichever of them is changed: its text, and its number of frames.
import assert from "node:assert/strict"
import { test } from "node:test"

import { NodeHost } from "../../web/editor/comfy/node_host.mjs"
import { poseFrom } from "../../web/editor/math/pose.mjs"
import { panTiltRoll } from "../../web/editor/math/rotation.mjs"
import { clearTiming, freeze, reverseTime, setAmount, setName } from "../../web/editor/state/edits.mjs"
import { NodeSync } from "../../web/editor/window/node_sync.mjs"

const SLOW = { preset: "arc_left", amount: 1, trajectory: "", shot: "slow down", freeze_at: 0.5, num_frames: 81 }
const AS_NORMAL = { ...SLOW, shot: "as normal" }

const sceneOf = (numFrames) => ({
  c2w: Array.from({ length: numFrames }, (_, i) => poseFrom(panTiltRoll(i, 0, 0), [i, 0, 0])), nearestDepth: 4,
})

/** A node in a graph, and a store beside it with a clip of 41 frames; `states`: what each step of ComfyUI's undo keeps. */
function opened(values, { connected = [] } = {}) {
  const states = []
  const node = {
    id: 3, properties: {},
    widgets: Object.entries(values).map(([name, value]) => ({ name, value })),
    inputs: connected.map((name) => ({ widget: { name }, link: 7 })),
  }
  const valuesNow = () => Object.fromEntries(node.widgets.map(({ name, value }) => [name, value]))
  const changeTracker = { captureCanvasState: () => states.push(valuesNow()) }
  const graph = { id: "graph", _nodes: [node] }
  node.graph = graph
  const app = { rootGraph: graph, extensionManager: { workflow: { activeWorkflow: { changeTracker } } } }
  const host = new NodeHost({ app, api: null }, node)
  const problems = []
  const sync = new NodeSync(host, (message) => problems.push(message))
  const scene = sceneOf(41)
  sync.store.setScene(scene, host.numFramesWith(scene))
  const set = (changes) => node.widgets.forEach((widget) => { widget.value = changes[widget.name] ?? widget.value })
  return { store: sync.store, sync, host, node, set, valuesNow, states, problems }
}

/** Edits go to the node a moment later, or at the end. */
function saved({ sync, valuesNow }) {
  sync.dispose()
  return valuesNow()
}

test("a number of frames that is meant for the next clip is left alone", () => {
  const editor = opened({ ...AS_NORMAL, num_frames: 41 })
  editor.set({ num_frames: 81 })
  editor.sync.watch()
  assert.equal(editor.store.numFrames, 41)
  editor.store.edit(setAmount(2))
  assert.equal(saved(editor).num_frames, 81)
})

test("a freeze makes the clip that was seen", () => {
  const editor = opened(AS_NORMAL)
  editor.store.edit(freeze(0.5, 0.5, 0.75))
  assert.equal(saved(editor).num_frames, editor.store.numFrames)
})

test("what changes text and length is one step of the graph's undo, and undoing it brings both back", () => {
  const editor = opened(SLOW)
  assert.equal(editor.store.numFrames, 81)
  const before = JSON.stringify({ format: "postcam-trajectory", version: 1, path: { kind: "preset", name: "pan_left" },
    timing: [{ time: 0, source: 0 }, { time: 1, source: 1 }] })
  editor.set({ trajectory: before, shot: "as normal" })
  editor.sync.watch()
  editor.store.edit(clearTiming())
  assert.equal(saved(editor).num_frames, 41)
  assert.deepEqual(editor.states.map((state) => state.num_frames), [41])
  editor.set({ trajectory: before, num_frames: 81 })
  editor.sync.watch()
  assert.equal(editor.store.numFrames, 81)
  assert.equal(editor.valuesNow().num_frames, 81)
})

test("undoing in the graph after the clip was loaded anew brings the length back too", () => {
  const plain = { format: "postcam-trajectory", version: 1, path: { kind: "preset", name: "pan_left" } }
  const editor = opened({ ...AS_NORMAL, trajectory: JSON.stringify(plain), num_frames: 41 })
  const timing = [{ time: 0, source: 0 }, { time: 1, source: 1 }]
  editor.set({ trajectory: JSON.stringify({ ...plain, timing }), num_frames: 81 })
  editor.sync.watch()
  assert.equal(editor.store.numFrames, 81)
})

test("slow motion that is played backwards twice stays slow", () => {
  const editor = opened(SLOW)
  editor.store.edit(reverseTime())
  editor.store.edit(reverseTime())
  assert.equal(editor.store.numFrames, 81)
  assert.equal(saved(editor).num_frames, 81)
})

test("a length that comes by a connection is that of the clip, and never written", () => {
  const editor = opened(SLOW, { connected: ["num_frames"] })
  assert.equal(editor.store.numFrames, 41)
  editor.store.edit(reverseTime())
  assert.equal(saved(editor).num_frames, 81)
})

test("without a text the node's preset, amount and shot are followed", () => {
  const editor = opened(AS_NORMAL)
  editor.set({ preset: "pan_left", amount: 2, shot: "reverse" })
  editor.sync.watch()
  assert.deepEqual(editor.store.document.path, { kind: "preset", name: "pan_left", amount: 2 })
  assert.deepEqual(editor.store.document.timing.map(({ source }) => source), [1, 0])
  assert.equal(saved(editor).trajectory, "", "what came from the node is not written back")
})

test("the shot that goes into the text is remembered for the way back", () => {
  const editor = opened(SLOW)
  editor.store.edit(setAmount(2))
  assert.equal(saved(editor).shot, "as normal")
  assert.equal(editor.node.properties.postcam_shot, "slow down")
})

test("a text that is no document is told, and the store keeps what it has", () => {
  const editor = opened(AS_NORMAL)
  const { document } = editor.store
  editor.set({ trajectory: "{}" })
  editor.sync.watch()
  assert.match(editor.problems.at(-1), /postcam-trajectory/)
  assert.equal(editor.store.document, document)
  editor.set({ trajectory: "" })
  editor.sync.watch()
  assert.equal(editor.problems.at(-1), "")
})

test("a path that comes by a connection is not the node's own", () => {
  assert.ok(opened(AS_NORMAL, { connected: ["trajectory"] }).host.isTextConnected)
  assert.equal(opened(AS_NORMAL, { connected: ["num_frames"] }).host.isTextConnected, false)
})

test("an edit is saved a moment later, as the last step of the change", async () => {
  const editor = opened(AS_NORMAL)
  editor.store.edit(setName("mine"))
  editor.sync.watch()
  assert.equal(editor.store.document.name, "mine")
  await new Promise((resolve) => setTimeout(resolve, 250))
  assert.match(editor.valuesNow().trajectory, /mine/)
  assert.deepEqual(editor.states, [editor.valuesNow()])
})
