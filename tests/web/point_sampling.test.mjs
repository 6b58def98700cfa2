import assert from "node:assert/strict"
import test from "node:test"

import { samplePoints } from "../../web/editor/scene/point_sampling.mjs"

const [WIDTH, HEIGHT] = [12, 8]
const [MIN_DEPTH, MAX_DEPTH] = [1, 100]
const K = [10, 0.5, 5.5, 0, 11, 3.5, 0, 0, 1]
// A quarter turn to the right, and a step.
const C2W = [0, 0, 1, 2, 0, 1, 0, -1, -1, 0, 0, 5, 0, 0, 0, 1]

function frame(depthAt, more = {}) {
  const colour = new Uint8ClampedArray(4 * WIDTH * HEIGHT)
  const depth = new Uint8ClampedArray(4 * WIDTH * HEIGHT)
  for (let v = 0, i = 0; v < HEIGHT; v++) {
    for (let u = 0; u < WIDTH; u++, i += 4) {
      const code = Math.round((65535 * Math.log(depthAt(u, v) / MIN_DEPTH)) / Math.log(MAX_DEPTH / MIN_DEPTH))
      depth.set([code >> 8, code & 255, 77, 255], i)
      colour.set([u, v, 200, 255], i)
    }
  }
  const scale = { minDepth: MIN_DEPTH, maxDepth: MAX_DEPTH }
  return { colour, depth, width: WIDTH, height: HEIGHT, ...scale, K, c2w: C2W, maxPoints: 1e6, ...more }
}

/** Back from the world to pixel and depth. */
function seen([x, y, z]) {
  const [dx, dy, dz] = [x - C2W[3], y - C2W[7], z - C2W[11]]
  const camera = [0, 1, 2].map((i) => C2W[i] * dx + C2W[4 + i] * dy + C2W[8 + i] * dz)
  const [sx, sy] = [camera[0] / camera[2], camera[1] / camera[2]]
  return { u: K[0] * sx + K[1] * sy + K[2], v: K[4] * sy + K[5], depth: camera[2] }
}

const assertClose = (value, expected, tolerance) =>
  assert.ok(Math.abs(value - expected) <= tolerance, `${value}, not ${expected}`)

test("every pixel becomes the point that it shows, in its colour", () => {
  const depthAt = (u, v) => 2 + 0.3 * u + v
  const { count, positions, colours } = samplePoints(frame(depthAt))
  assert.equal(count, WIDTH * HEIGHT)
  for (let i = 0; i < count; i++) {
    const [u, v, blue] = colours.subarray(3 * i, 3 * i + 3)
    assert.deepEqual([u, v, blue], [i % WIDTH, Math.floor(i / WIDTH), 200])
    const back = seen(positions.subarray(3 * i, 3 * i + 3))
    assertClose(back.u, u, 1e-4)
    assertClose(back.v, v, 1e-4)
    assertClose(back.depth / depthAt(u, v), 1, 1e-4)
  }
})

test("no more points than asked for, all over the picture", () => {
  for (const maxPoints of [95, 50, 24, 7]) {
    const { count, colours, positions, sizes } = samplePoints(frame(() => 3, { maxPoints }))
    assert.ok(count <= maxPoints && count >= maxPoints / 2, `${count} of ${maxPoints}`)
    assert.equal(positions.length, 3 * count)
    assert.equal(sizes.length, count)
    const columns = Array.from({ length: count }, (_, i) => colours[3 * i])
    assert.ok(Math.min(...columns) <= WIDTH / 4 && Math.max(...columns) >= (3 * WIDTH) / 4, `columns ${columns}`)
  }
})

test("points are as large as a grid cell at their depth on a wall, larger on a slanted floor, not at an edge", () => {
  const at = 4 * WIDTH + 6
  const cell = (depth) => depth / K[0]
  const sizes = (depthAt) => samplePoints(frame(depthAt)).sizes
  assert.ok(sizes(() => 3).every((size) => size >= 0.999 * cell(3) && size <= 1.2 * cell(3)))
  assert.ok(sizes((u, v) => 30 / (1 + v))[at] > 1.5 * cell(6))
  const edge = sizes((u) => (u < 6 ? 2 : 40))
  assertClose(edge[at - 1], cell(2), 1e-3)
  assertClose(edge[at], cell(40), 1e-2)
})
