// The editor's sampler gives what Python gave for the shared cases, to a millionth.

import assert from "node:assert/strict"
import { test } from "node:test"

import { TrajectoryError } from "../../web/editor/trajectory/errors.mjs"
import { sampleTrajectory } from "../../web/editor/trajectory/sample.mjs"
import { camerasOf, deviation, trajectories } from "./cases.mjs"

const TOLERANCE = 1e-6

const { sources, cases, refused } = trajectories()
const cameras = Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, camerasOf(source)]))
const cameraOf = (name) => (name === null ? null : cameras[name])

for (const kind of ["preset", "orbit", "keyframes", "around", "segments", "poses"]) {
  test(`${kind}: poses, focal scales and source frames are Python's`, (t) => {
    const ours = cases.filter((each) => each.document.path.kind === kind)
    assert.ok(ours.length > 20)
    const worst = Math.max(...ours.map(checkCase))
    t.diagnostic(`${ours.length} cases, largest deviation ${worst.toExponential(1)}`)
  })
}

function checkCase({ name, document, num_frames: numFrames, source, unit, source_index: sourceIndex, ...wanted }) {
  const trajectory = sampleTrajectory(document, numFrames, cameraOf(source))
  assert.equal(trajectory.unit, unit, name)
  assert.deepEqual([...trajectory.sourceIndex], sourceIndex, name)
  assert.equal(trajectory.c2w.length, numFrames, name)
  const off = wanted.frames.map((frame, i) => {
    assert.deepEqual([...trajectory.c2w[frame].slice(12)], [0, 0, 0, 1], name)
    const ofPose = deviation(trajectory.c2w[frame].slice(0, 12), wanted.c2w[i])
    return Math.max(ofPose, deviation([trajectory.focalScale[frame]], [wanted.focal_scale[i]]))
  })
  assert.ok(Math.max(...off) <= TOLERANCE, `${name} is off by ${Math.max(...off)}`)
  return Math.max(...off)
}

test("what Python refuses to sample is refused here", () => {
  for (const { name, document, num_frames: numFrames } of refused) {
    assert.throws(() => sampleTrajectory(document, numFrames), TrajectoryError, name)
  }
})

test("every kind is there at one frame, at 41 and at 81, with and without options", () => {
  for (const kind of new Set(cases.map((each) => each.document.path.kind))) {
    const ours = cases.filter((each) => each.document.path.kind === kind)
    const counts = new Set(ours.map((each) => each.num_frames))
    if (kind !== "preset") assert.ok(counts.has(1) && counts.has(41) && counts.has(81), kind)
    for (const option of ["pace", "timing", "relative_to"]) assert.ok(ours.some((each) => option in each.document))
  }
})
