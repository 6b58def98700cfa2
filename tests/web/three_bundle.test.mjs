import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import test from "node:test"

const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8")

test("the bundle is what its source and package.json say", async () => {
  const bundle = await import("../../web/vendor/three.bundle.mjs")
  const source = await read("web/vendor/three.source.mjs")
  const names = [...source.matchAll(/export \{([^}]*)\}/g)].flatMap(([, list]) => list.split(",").map((name) => name.trim()))
  assert.deepEqual(Object.keys(bundle).sort(), names.filter(Boolean).sort())
  const { devDependencies } = JSON.parse(await read("package.json"))
  assert.equal(devDependencies.three, `0.${bundle.REVISION}.0`)
})

test("the licence comes with it", async () => {
  assert.match((await read("web/vendor/three.bundle.mjs")).slice(0, 200), /@license[^]*SPDX-License-Identifier: MIT/)
  assert.match(await read("web/vendor/three.LICENSE.txt"), /Permission is hereby granted/)
})
