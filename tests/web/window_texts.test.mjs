// The window asks for words that exist, and no words lie around that nobody asks for.
import assert from "node:assert/strict"
import { readFileSync, readdirSync } from "node:fs"
import test from "node:test"

import en from "../../web/editor/texts/en.mjs"

const FOLDER = new URL("../../web/editor/window/", import.meta.url)
const SOURCE = readdirSync(FOLDER).map((name) => readFileSync(new URL(name, FOLDER), "utf8")).join("\n")
const CALL = /\b(?:texts|#?t|#texts)\((?:isPlaying \? )?["`]([^"`]+)["`](?: : "([^"]+)")?/g
const BY_CODE = /^(preset|warning|refused|frames)\./

const asked = [...SOURCE.matchAll(CALL)].flatMap(([, first, second]) => [first, second]).filter(Boolean)

test("every word that is asked for exists", () => {
  assert.ok(asked.length > 60)
  for (const key of asked.filter((key) => !key.includes("${"))) assert.ok(key in en, key)
})

test("every word is asked for", () => {
  // Keys made of parts: `inspector.${name}` asks for all that begin and end like it; choices ask by their group.
  const groups = [...SOURCE.matchAll(/#choices\("(\w+)"/g)].map(([, group]) => `${group}.\${name}`)
  const patterns = [...asked, ...groups]
    .filter((key) => key.includes("${") && !key.startsWith("${"))
    .map((key) => new RegExp(`^${key.replace(/\$\{[^}]*\}/g, "\0").replace(/\./g, "\\.").replace(/\0/g, "[a-z_0-9]+")}$`))
  // Actions by name: act("mirror") asks for edit.mirror.
  for (const key of Object.keys(en).filter((key) => !BY_CODE.test(key))) {
    assert.ok(asked.includes(key) || patterns.some((pattern) => pattern.test(key)), key)
  }
})
