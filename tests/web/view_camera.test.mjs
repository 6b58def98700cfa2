import assert from "node:assert/strict"
import test from "node:test"

import { add, norm, scale, subtract } from "../../web/editor/math/vec3.mjs"
import { homeView } from "../../web/editor/views/home_view.mjs"
import { pickPoint } from "../../web/editor/views/picking.mjs"
import { ViewCamera } from "../../web/editor/views/view_camera.mjs"

function camera(fields = {}) {
  const view = Object.assign(new ViewCamera(), { width: 640, height: 400 })
  view.lookAt({ target: [0.2, -0.1, 1.5], panDeg: 30, tiltDeg: -20, distance: 3, ...fields })
  return view
}

const assertClose = (value, expected, tolerance = 1e-9) =>
  assert.ok(norm(subtract(value, expected)) <= tolerance, `${value}, not ${expected}`)
const place = ({ pose }) => [pose[3], pose[7], pose[11]]

test("the target is in the middle, at its distance", () => {
  const view = camera()
  const { x, y, depth } = view.project(view.target)
  assertClose([x, y, depth], [320, 200, 3])
})

test("a ray goes through the pixel that it was made for", () => {
  const view = camera()
  for (const [x, y] of [[0, 0], [640, 400], [123, 321]]) {
    const at = view.project(add(place(view), scale(view.ray(x, y), 2.5)))
    assertClose([at.x, at.y, at.depth], [x, y, 2.5], 1e-6)
  }
})

test("right is right, down is down, ahead is ahead", () => {
  const view = camera({ panDeg: 0, tiltDeg: 0 })
  assert.ok(view.project(add(view.target, [0.1, 0, 0])).x > 320)
  assert.ok(view.project(add(view.target, [0, 0.1, 0])).y > 200)
  assert.ok(view.project(add(view.target, [0, 0, 0.1])).depth > 3)
})

test("turning takes what is in front along with the pointer, and keeps target and distance", () => {
  const view = camera({ panDeg: 0, tiltDeg: 0 })
  const inFront = add(view.target, [0, 0, -0.5])
  view.turn(40, 25)
  const at = view.project(inFront)
  assert.ok(at.x > 325 && at.y > 205, `${at.x} ${at.y}`)
  const { x, y, depth } = view.project(view.target)
  assertClose([x, y, depth], [320, 200, 3])
})

test("it never turns over the top", () => {
  const view = camera()
  view.turn(0, 1e4)
  assert.equal(view.tiltDeg, -89)
  view.turn(0, -1e5)
  assert.equal(view.tiltDeg, 89)
})

test("sliding takes the target along with the pointer to the pixel", () => {
  const view = camera()
  const { target } = view
  view.slide(70, -30)
  const { x, y } = view.project(target)
  assertClose([x, y, 0], [390, 170, 0], 1e-6)
})

test("zooming in comes nearer", () => {
  const view = camera()
  view.zoom(2)
  assert.equal(view.distance, 1.5)
  view.zoom(1e9)
  assert.ok(view.distance > 0)
})

test("at home every camera is in view", () => {
  const places = [[0, 0, 0], [-2, 0.3, 1], [1.5, -1, -1], [0, 0, 4]]
  const view = camera(homeView(places))
  for (const { x, y, depth } of places.map((each) => view.project(each))) {
    assert.ok(depth > 0 && x > 0 && x < 640 && y > 0 && y < 400, `${x} ${y} ${depth}`)
  }
})

/** Taken from far aside, so that their sizes are seen in full. */
const pointsAt = (places, size) => ({
  ...{ camera: [1e6, 0, 0], cellSize: 0, count: places.length },
  positions: Float32Array.from(places.flat()),
  sizes: new Float32Array(places.length).fill(size),
})

test("a point is picked that covers the pointer, the nearest of them", () => {
  const view = camera()
  const at = (x, y, depth) => add(place(view), scale(view.ray(x, y), depth))
  const places = [at(300, 200, 9), at(306, 197, 2), at(302, 200, 3), at(300, 200, -2), at(297, 200, 1)]
  const points = pointsAt(places, 20 * view.pxAngle) // 20 px at depth 1, 10 at 2
  const pick = (x, y) => pickPoint(points, view, { x, y, radiusPx: 1, scale: 1 })
  assert.equal(pick(296, 201), 4)
  assert.equal(pick(311.5, 197), 1)
  assert.equal(pick(340, 200), null)
})

test("beside all points, the one that is nearest to the pointer in front", () => {
  const view = camera()
  const at = (x, y, depth) => add(place(view), scale(view.ray(x, y), depth))
  const points = pointsAt([at(303, 200, 2), at(300, 201, 9), at(302, 201, 2.02), at(330, 200, 1)], 0)
  const pick = (x, y) => pickPoint(points, view, { x, y, radiusPx: 6, scale: 1 })
  assert.equal(pick(300, 200), 2)
  assert.equal(pick(304, 200), 0)
  assert.equal(pick(328, 199), 3)
  assert.equal(pick(100, 100), null)
})

test("points may be in another unit than the view", () => {
  const view = camera()
  const points = pointsAt([scale(view.target, 50)], 0)
  assert.equal(pickPoint(points, view, { x: 321, y: 200, radiusPx: 3, scale: 1 / 50 }), 0)
  assert.equal(pickPoint(points, view, { x: 340, y: 200, radiusPx: 3, scale: 1 / 50 }), null)
})
