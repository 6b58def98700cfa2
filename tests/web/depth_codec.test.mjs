import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import test from "node:test"

import { decodeDepth, decodeDepthPicture } from "../../web/editor/scene/depth_codec.mjs"

const { cases } = JSON.parse(await readFile(new URL("cases/log_depth.json", import.meta.url)))

const assertClose = (value, expected, tolerance) =>
  assert.ok(Math.abs(value / expected - 1) <= tolerance, `${value}, not ${expected}`)

test("bytes stand for the depth that Python means", () => {
  for (const { red, green, min_depth, max_depth, depth } of cases) {
    assertClose(decodeDepth(red, green, min_depth, max_depth), depth, 1e-12)
  }
})

test("a picture is decoded pixel by pixel, blue and alpha left aside", () => {
  const depth = decodeDepthPicture(Uint8ClampedArray.of(0, 0, 9, 255, 1, 0, 9, 255, 51, 51, 9, 255), 0.25, 4)
  assert.equal(depth.length, 3)
  depth.forEach((value, i) => assertClose(value, [0.25, 0.25272236327824593, 0.4352752816480621][i], 1e-7))
})
