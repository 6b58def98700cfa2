// Chords by the keys that are pressed.
import assert from "node:assert/strict"
import { test } from "node:test"

import { chordOf } from "../../web/editor/window/keyboard.mjs"

const pressed = (key, modifiers = {}) => chordOf({ key, code: "", ...modifiers })

test("Shift counts beside Ctrl and ⌘ and with named keys; elsewhere it chooses the character", () => {
  for (const mod of [{ ctrlKey: true }, { metaKey: true }]) {
    assert.equal(pressed("z", mod), "Mod+Z")
    assert.equal(pressed("Z", { ...mod, shiftKey: true }), "Mod+Shift+Z")
  }
  assert.equal(pressed("ArrowLeft", { shiftKey: true }), "Shift+ArrowLeft")
  assert.equal(pressed("?", { shiftKey: true }), "?")
  assert.equal(pressed("K", { shiftKey: true }), "K")
  assert.equal(pressed(" ", { code: "Space" }), "Space")
})
