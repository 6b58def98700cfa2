import assert from "node:assert/strict"
import { test } from "node:test"

import { NO_SHOT, shotFields } from "../../web/editor/state/shots.mjs"
import { shots } from "./cases.mjs"

test("the page does to a preset what the node does", () => {
  for (const { shot, freeze_at: freezeAt, fields } of shots()) assert.deepEqual(shotFields(shot, freezeAt), fields, shot)
})

test("no shot, and one that this page does not know yet, leave the preset alone", () => {
  assert.deepEqual(shotFields(NO_SHOT, 0.5), {})
  assert.deepEqual(shotFields("a later one", 0.5), {})
})
