import assert from "node:assert/strict"
import { test } from "node:test"

import { History } from "../../web/editor/state/history.mjs"

const documents = Array.from({ length: 300 }, (_, i) => ({ i }))

test("steps are undone and redone as the same objects", () => {
  const history = new History(documents[0])
  history.push(documents[1])
  history.push(documents[2])
  assert.ok(history.undo() && history.undo())
  assert.equal(history.document, documents[0])
  assert.equal(history.undo(), false)
  assert.ok(history.redo())
  assert.equal(history.document, documents[1])
  assert.deepEqual([history.canUndo, history.canRedo], [true, true])
})

test("a new step forgets what could be redone", () => {
  const history = new History(documents[0])
  history.push(documents[1])
  history.undo()
  history.push(documents[2])
  assert.equal(history.canRedo, false)
  history.undo()
  assert.equal(history.document, documents[0])
})

test("steps with one key in a row are one step", () => {
  const history = new History(documents[0])
  for (let i = 1; i < 5; i++) history.push(documents[i], "drag")
  history.push(documents[5], "other")
  history.push(documents[6], "other")
  history.undo()
  assert.equal(history.document, documents[4])
  history.undo()
  assert.equal(history.document, documents[0])
  assert.equal(history.canUndo, false)
})

test("endMerge, undo and redo end a row", () => {
  const history = new History(documents[0])
  history.push(documents[1], "drag")
  history.endMerge()
  history.push(documents[2], "drag")
  history.undo()
  assert.equal(history.document, documents[1])
  history.push(documents[3], "drag")
  history.undo()
  assert.equal(history.document, documents[1])
})

test("steps without a key never merge", () => {
  const history = new History(documents[0])
  history.push(documents[1])
  history.push(documents[2])
  history.undo()
  assert.equal(history.document, documents[1])
})

test("the oldest of too many steps are forgotten", () => {
  const history = new History(documents[0])
  documents.slice(1).forEach((document) => history.push(document))
  let steps = 0
  while (history.undo()) steps++
  assert.equal(steps, 200)
  assert.equal(history.document, documents[99])
})

test("a dropped step never was", () => {
  const history = new History(documents[0])
  history.push(documents[1], "drag")
  history.drop()
  assert.equal(history.document, documents[0])
  assert.deepEqual([history.canUndo, history.canRedo], [false, false])
  history.push(documents[2], "drag")
  history.undo()
  assert.equal(history.document, documents[0])
})
