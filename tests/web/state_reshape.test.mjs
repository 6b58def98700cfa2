// Mirrored, scaled and reversed moves, against what that means for their samples.

import assert from "node:assert/strict"
import { test } from "node:test"

import { multiplyPoses, poseFrom, positionOf, rotationOf } from "../../web/editor/math/pose.mjs"
import { multiply } from "../../web/editor/math/rotation.mjs"
import { mirror, reverse, scale } from "../../web/editor/state/edits.mjs"
import { samplePath, scaledAbout } from "../../web/editor/state/path_at.mjs"
import { PRESET_NAMES } from "../../web/editor/trajectory/presets.mjs"
import { sampleTrajectory } from "../../web/editor/trajectory/sample.mjs"
import { apart, documentOf, keyframesPath, preset } from "./paths.mjs"
import { Random, randomDocument } from "./random.mjs"

const TIMES = Array.from({ length: 81 }, (_, i) => i / 80)
const random = new Random(5)
const RANDOM = Array.from({ length: 24 }, () => documentOf(randomDocument(random).path))
const PRESETS = PRESET_NAMES.map((name, i) => documentOf(preset(name, i % 2 ? 1 : -1.7)))

/** How far the edited path is from the samples it should have. */
function offFrom(document, change, wanted) {
  const samples = samplePath(document.path, TIMES)
  const edited = documentOf(change(document).path)
  return apart(samplePath(edited.path, TIMES), wanted(samples))
}

const worstOf = (offs) => ({
  length: Math.max(...offs.map((off) => off.length)),
  angleDeg: Math.max(...offs.map((off) => off.angleDeg)),
})

const told = ({ length, angleDeg }) => `off by ${length.toExponential(1)} and ${angleDeg.toExponential(1)}°`

const withPoses = (change) => (samples) => ({ ...samples, c2w: samples.c2w.map(change) })

const MIRRORS = {
  x: poseFrom(Float64Array.of(-1, 0, 0, 0, 1, 0, 0, 0, 1), [0, 0, 0]),
  y: poseFrom(Float64Array.of(1, 0, 0, 0, -1, 0, 0, 0, 1), [0, 0, 0]),
}

for (const axis of ["x", "y"]) {
  test(`mirror ${axis}: places and views are those of a camera in a mirror`, (t) => {
    const mirrored = withPoses((pose) => multiplyPoses(multiplyPoses(MIRRORS[axis], pose), MIRRORS[axis]))
    const worst = worstOf([...RANDOM, ...PRESETS].map((document) => offFrom(document, mirror(axis), mirrored)))
    t.diagnostic(told(worst))
    assert.ok(worst.length < 1e-9 && worst.angleDeg < 1e-6)
  })
}

test("mirror z: places change sides, views stay", (t) => {
  const mirrored = withPoses((pose) => {
    const [x, y, z] = positionOf(pose)
    return poseFrom(rotationOf(pose), [x, y, -z])
  })
  const worst = worstOf(PRESETS.map((document) => offFrom(document, mirror("z"), mirrored)))
  t.diagnostic(told(worst))
  assert.ok(worst.length < 2e-3 && worst.angleDeg < 0.15) // baked where no other path can say it
})

test("a mirrored camera still has the subject where it had it", () => {
  for (const name of ["arc_left", "arc_up", "crane_up", "spiral", "figure_eight"]) {
    for (const axis of ["x", "y"]) {
      const { path } = mirror(axis)(documentOf(preset(name)))
      for (const pose of samplePath(documentOf(path).path, TIMES).c2w) {
        const ahead = [pose[2], pose[6], pose[10]]
        const toSubject = [-pose[3], -pose[7], 1 - pose[11]]
        const length = Math.hypot(...toSubject)
        const cosine = ahead.reduce((sum, value, i) => sum + (value * toSubject[i]) / length, 0)
        assert.ok(cosine > 1 - 1e-4, `${name} ${axis}: ${cosine}`)
      }
    }
  }
})

test("presets become their twins, so that they stay presets", () => {
  const twin = (name, axis) => mirror(axis)(documentOf(preset(name, 1.5))).path
  assert.deepEqual(twin("arc_left", "x"), preset("arc_right", 1.5))
  assert.deepEqual(twin("arc_left", "y"), preset("arc_left", 1.5))
  assert.deepEqual(twin("crane_up", "y"), preset("crane_down", 1.5))
  assert.deepEqual(twin("dolly_in", "z"), preset("dolly_out", 1.5))
  assert.deepEqual(twin("roll_left", "y"), preset("roll_right", 1.5))
  assert.equal(twin("figure_eight", "x").kind, "keyframes")
})

test("mirroring twice gives the path back", () => {
  for (const document of [...RANDOM, ...PRESETS]) {
    for (const axis of ["x", "y"]) {
      const twice = documentOf(mirror(axis)(documentOf(mirror(axis)(document).path)).path)
      if (document.path.kind !== "preset" || twice.path.kind === "preset") assert.deepEqual(twice, document)
    }
  }
})

test("scale multiplies lengths about the start, and nothing else", (t) => {
  const offs = [...RANDOM, ...PRESETS].map((document, i) => {
    const factor = i % 3 ? 2.5 : 0.3
    const off = offFrom(document, scale(factor), (samples) => {
      const start = positionOf(samples.c2w[0])
      return withPoses((pose) => scaledAbout(pose, start, factor))(samples)
    })
    return { ...off, isBaked: document.path.kind !== scale(factor)(document).path.kind }
  })
  const [exact, baked] = [offs.filter(({ isBaked }) => !isBaked), offs.filter(({ isBaked }) => isBaked)].map(worstOf)
  t.diagnostic(`${told(exact)}; what became keyframes: ${told(baked)}`)
  assert.ok(exact.length < 1e-9 && exact.angleDeg < 1e-6)
  assert.ok(baked.length < 0.02 && baked.angleDeg < 0.3) // a thousandth of scene units' extents, times 2.5
})

test("moves that are a length keep their preset, up to its limit", () => {
  assert.deepEqual(scale(2)(documentOf(preset("truck_left", 3))).path, preset("truck_left", 6))
  assert.equal(scale(2)(documentOf(preset("truck_left", 15))).path.kind, "keyframes")
  assert.deepEqual(scale(2)(documentOf(preset("static"))).path, preset("static"))
  const arc = scale(2)(documentOf(preset("arc_left"))).path
  assert.deepEqual([arc.kind, arc.displacement], ["orbit", [2, 2, 2, 2]])
})

test("reverse plays the path backwards", (t) => {
  const backwards = ({ c2w, focalScale }) => ({ c2w: c2w.toReversed(), focalScale: focalScale.toReversed() })
  const isHeld = ({ path }) => JSON.stringify(path).includes("hold") // tested below
  const documents = [...RANDOM, ...PRESETS].filter((each) => !isHeld(each))
  const isKeyframes = ({ path }) => path.kind === "keyframes"
  const [keyframes, others] = [isKeyframes, (each) => !isKeyframes(each)].map((isOurs) =>
    worstOf(documents.filter(isOurs).map((each) => offFrom(each, reverse(), backwards))),
  )
  t.diagnostic(`${told(others)}; keyframes: ${told(keyframes)}`)
  assert.ok(others.length < 0.005 && others.angleDeg < 0.13) // a thousandth of a nearest depth is 0.004 model units
  assert.ok(keyframes.length < 1e-9 && keyframes.angleDeg < 1.5) // wide turns: cumulative splines have a direction
})

test("keyframes and poses are reversed exactly, and twice is as before", () => {
  const isExact = ({ path }) => ["keyframes", "poses"].includes(path.kind)
  for (const document of RANDOM.filter(isExact)) {
    const twice = documentOf(reverse()(documentOf(reverse()(document).path)).path)
    const keys = document.path.keyframes
    if (keys === undefined) assert.deepEqual(twice, document)
    else keys.forEach((key, i) => assert.ok(Math.abs(key.time - twice.path.keyframes[i].time) < 1e-12))
  }
})

test("interpolations go with the way between their keys", () => {
  const modes = ["linear", "hold", "spline", "spline"]
  const document = documentOf(keyframesPath(modes.map((interpolation, i) => [i / 4, [i, 0, 0], { interpolation }])))
  const { keyframes } = reverse()(document).path
  assert.deepEqual(keyframes.map((key) => key.time), [0.25, 0.5, 0.75, 1])
  assert.deepEqual(keyframes.map((key) => key.position[0]), [3, 2, 1, 0])
  assert.deepEqual(keyframes.slice(0, 3).map((key) => key.interpolation), ["spline", "hold", "linear"])
})

test("the pace is reversed too: the camera is at 1 − t where it was at t", () => {
  for (const ease of ["linear", "ease_in", "ease_out", "ease_in_out"]) {
    const document = documentOf(preset("dolly_in"), { pace: { start: 0.1, end: 0.6, ease } })
    const [there, back] = [document, documentOf(reverse()(document).path, { pace: reverse()(document).pace })]
      .map((each) => sampleTrajectory(each, 81))
    assert.ok(apart({ ...there, c2w: there.c2w.toReversed() }, back).length < 1e-9, ease)
  }
  const usual = reverse()(documentOf(preset("dolly_in")))
  assert.equal("pace" in usual, false)
})

test("times too close for 1 − t stay apart", () => {
  const keys = [0, 2 ** -60, 2 ** -55, 1e-13, 0.3].map((time) => [time, [time, 0, 0]])
  const reversed = documentOf(reverse()(documentOf(keyframesPath(keys))).path)
  assert.equal(reversed.path.keyframes.length, 5)
})

test("rotations stay rotations", () => {
  for (const document of RANDOM.slice(0, 6)) {
    for (const change of [mirror("x"), mirror("y"), mirror("z"), scale(2), reverse()]) {
      const { c2w } = samplePath(documentOf(change(document).path).path, TIMES)
      for (const pose of c2w) {
        const r = rotationOf(pose)
        const product = multiply(r, Float64Array.of(r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5], r[8]))
        assert.ok(product.every((value, i) => Math.abs(value - (i % 4 === 0 ? 1 : 0)) < 1e-9))
      }
    }
  }
})
