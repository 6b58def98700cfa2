import assert from "node:assert/strict"
import test from "node:test"

import { PlanProjection, scaleBarLength } from "../../web/editor/views/plan/projection.mjs"

function plan(plane) {
  const projection = Object.assign(new PlanProjection(plane), { width: 400, height: 300 })
  return Object.assign(projection, { centre: [0.5, -0.25], pxPerUnit: 80 })
}

const assertClose = (values, expected) =>
  values.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-9, `${values}, not ${expected}`))

for (const plane of ["top", "side"]) {
  test(`${plane}: pixels and points belong together, and what is not seen stays`, () => {
    const projection = plan(plane)
    for (const point of [[0, 0, 0], [1, -2, 3], [-0.3, 0.4, 0.5]]) {
      assertClose(projection.fromPx(...projection.toPx(point), point), point)
    }
  })

  test(`${plane}: zooming leaves what is under the pointer where it is`, () => {
    const projection = plan(plane)
    const point = projection.fromPx(90, 210)
    projection.zoom(3, 90, 210)
    assert.equal(projection.pxPerUnit, 240)
    assertClose(projection.toPx(point), [90, 210])
  })

  test(`${plane}: the picture follows the pointer`, () => {
    const projection = plan(plane)
    const [x, y] = projection.toPx([1, 1, 1])
    projection.slide(15, -40)
    assertClose(projection.toPx([1, 1, 1]), [x + 15, y - 40])
  })

  test(`${plane}: everything fits`, () => {
    const projection = plan(plane)
    const points = [[0, 0, 0], [3, -1, 2], [-1, 0.5, 7]]
    projection.fit(points, 20)
    for (const [x, y] of points.map((point) => projection.toPx(point))) {
      assert.ok(x >= 20 - 1e-9 && x <= 380 + 1e-9 && y >= 20 - 1e-9 && y <= 280 + 1e-9, `${x} ${y}`)
    }
  })
}

test("from above, right is right and ahead is up", () => {
  const projection = plan("top")
  const [x, y] = projection.toPx([0, 0, 0])
  assertClose(projection.toPx([1, 5, 0]), [x + 80, y])
  assertClose(projection.toPx([0, 5, 1]), [x, y - 80])
})

test("from the side, ahead is right and down is down", () => {
  const projection = plan("side")
  const [x, y] = projection.toPx([0, 0, 0])
  assertClose(projection.toPx([5, 0, 1]), [x + 80, y])
  assertClose(projection.toPx([5, 1, 0]), [x, y + 80])
})

test("the scale bar is a round length that fits", () => {
  assertClose([scaleBarLength(100, 140), scaleBarLength(100, 199), scaleBarLength(100, 60)], [1, 1, 0.5])
  assertClose([scaleBarLength(100, 250), scaleBarLength(3000, 140), scaleBarLength(1, 140)], [2, 0.02, 100])
})
