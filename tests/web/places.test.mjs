import assert from "node:assert/strict"
import test from "node:test"

import { poseFrom, positionOf, rotationOf } from "../../web/editor/math/pose.mjs"
import { panTiltRoll } from "../../web/editor/math/rotation.mjs"
import { MODEL_NEAREST_DEPTH } from "../../web/editor/scene/units.mjs"
import { setAround, updateKeyframe } from "../../web/editor/state/edits.mjs"
import { EditorStore } from "../../web/editor/state/store.mjs"
import {
  keyframeAt, keyframePoses, pivotAt, pivotPoint, sourceFrame, sourcePoses, targetPoses,
} from "../../web/editor/views/places.mjs"

const NEAREST = 2.5 // scene units
const NUM_FRAMES = 21

// A clip whose camera goes to the right and turns.
const SCENE = {
  nearestDepth: NEAREST,
  c2w: Array.from({ length: NUM_FRAMES }, (_, i) => poseFrom(panTiltRoll(i, 0, 0.5 * i), [0.1 * i, 0, 0.02 * i])),
}
const KEYS = [
  { time: 0, position: [0, 0, 0] },
  { time: 0.4, position: [-0.4, 0.1, 0.2], pan_deg: 200, tilt_deg: 20, roll_deg: -10 },
  { time: 1, position: [1, -0.5, 0.3], pan_deg: 170 },
]

function createStore({ unit = "nearest_depth", scene = SCENE, path, ...fields } = {}) {
  const keyframes = { kind: "keyframes", unit, keyframes: KEYS }
  const document = { format: "postcam-trajectory", version: 1, path: path ?? keyframes, ...fields }
  return new EditorStore({ document, numFrames: NUM_FRAMES, scene })
}

const assertClose = (values, expected, tolerance = 1e-9) => {
  assert.equal(values.length, expected.length)
  values.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) <= tolerance, `${values}, not ${expected}`))
}

test("lengths are in nearest depths, whatever the path's unit", () => {
  const x = (store) => positionOf(keyframePoses(store)[2])[0]
  assertClose([x(createStore())], [1])
  assertClose([x(createStore({ unit: "model" }))], [1 / MODEL_NEAREST_DEPTH])
  assertClose([x(createStore({ unit: "scene" }))], [1 / NEAREST])
  assertClose([positionOf(sourcePoses(createStore())[5])[0]], [0.5 / NEAREST])
})

test("without a scene there are the path alone and no source cameras", () => {
  const store = createStore({ scene: null, relative_to: "source_camera" })
  assert.deepEqual(sourcePoses(store), [])
  assertClose(positionOf(keyframePoses(store)[2]), [1, -0.5, 0.3])
  assertClose(positionOf(targetPoses(store)[20]), [1, -0.5, 0.3])
})

for (const unit of ["nearest_depth", "model", "scene"]) {
  for (const relative_to of ["first_frame", "source_camera", "smoothed_source"]) {
    for (const pace of [undefined, { start: 0.25, end: 0.75, ease: "ease_in_out" }]) {
      const timing = [{ time: 0, source: 1 }, { time: 1, source: 0 }]
      const store = createStore({ unit, relative_to, pace, timing })
      const name = `${unit}, ${relative_to}${pace ? ", paced" : ""}`

      test(`${name}: keyframes stand on the path`, () => {
        const [keys, path] = [keyframePoses(store), targetPoses(store)]
        const [first, last] = pace ? [5, 15] : [0, 20]
        assertClose(keys[0], path[first])
        assertClose(keys[2], path[last])
        if (!pace) assertClose(keys[1], path[8])
      })

      test(`${name}: a keyframe that is put where it stands stays as it is`, () => {
        keyframePoses(store).forEach((pose, i) => {
          const { position, pan_deg, tilt_deg, roll_deg } = keyframeAt(store, i, pose)
          const key = store.document.path.keyframes[i]
          assertClose([...position, pan_deg, tilt_deg, roll_deg], [...key.position, key.pan_deg, key.tilt_deg, key.roll_deg], 1e-6)
        })
      })

      test(`${name}: a keyframe goes where it is put`, () => {
        const moved = createStore({ unit, relative_to, pace, timing })
        const wanted = poseFrom(panTiltRoll(-20, 35, 80), [0.3, -0.7, 0.9])
        assert.ok(moved.edit(updateKeyframe(1, keyframeAt(moved, 1, wanted))))
        assertClose(keyframePoses(moved)[1], wanted, 1e-6)
      })
    }
  }
}

test("other paths have no keyframes, and only orbits a pivot", () => {
  const store = createStore({ path: { kind: "preset", name: "arc_left" } })
  assert.deepEqual(keyframePoses(store), [])
  assert.equal(pivotPoint(store), null)
})

for (const relative_to of ["first_frame", "source_camera"]) {
  test(`${relative_to}: a picked point of the frame shown becomes the pivot`, () => {
    const store = createStore({ relative_to })
    store.setTime(0.5)
    assert.equal(sourceFrame(store), 10)
    const picked = { x: 1.5, y: -0.5, z: 4 }
    assert.ok(store.edit(setAround({ unit: "nearest_depth", pivot: pivotAt(store, picked), yaw_deg: 30 })))
    assertClose(pivotPoint(store), [1.5 / NEAREST, -0.5 / NEAREST, 4 / NEAREST])
    // The camera keeps its distance from it: relative to the frame's own camera in both cases.
    const base = relative_to === "first_frame" ? [0, 0, 0] : positionOf(sourcePoses(store)[10])
    const distance = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]))
    const from = positionOf(targetPoses(store)[10])
    assertClose([distance(from, pivotPoint(store))], [distance(base, pivotPoint(store))])
  })
}

test("rotations stay rotations", () => {
  const [pose] = keyframePoses(createStore()).slice(1)
  assertClose(rotationOf(pose), panTiltRoll(200, 20, -10))
})
