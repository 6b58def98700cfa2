// Any path as keyframes: how near, and how few.

import assert from "node:assert/strict"
import { test } from "node:test"

import { BAKE_TOLERANCE, MAX_BAKED_KEYS } from "../../web/editor/state/bake.mjs"
import { addKeyframe, bakeToKeyframes } from "../../web/editor/state/edits.mjs"
import { samplePath } from "../../web/editor/state/path_at.mjs"
import { poseFrom } from "../../web/editor/math/pose.mjs"
import { panTiltRoll } from "../../web/editor/math/rotation.mjs"
import { PRESET_NAMES } from "../../web/editor/trajectory/presets.mjs"
import { apart, documentOf, keyframesPath, pathsApart, preset } from "./paths.mjs"
import { Random, randomDocument } from "./random.mjs"

const segments = (...moves) => ({ kind: "segments", segments: moves.map(([path, fields]) => ({ path, ...fields })) })

// Between the times that a fit looks at it may be off a little more than it promises.
const SLACK = 1.3

function assertNear(document, baked, unit = 1, times = undefined) {
  const off = pathsApart(document, baked, times)
  assert.ok(off.length <= SLACK * BAKE_TOLERANCE.length * unit, `${off.length} away`)
  assert.ok(off.angleDeg <= SLACK * BAKE_TOLERANCE.angleDeg, `${off.angleDeg}° away`)
  assert.ok(off.focal <= SLACK * BAKE_TOLERANCE.focal, `focal length off by ${off.focal}`)
  return off
}

test("presets as keyframes: a thousandth of the nearest depth, a tenth of a degree", (t) => {
  const worst = { length: 0, angleDeg: 0 }
  const counts = {}
  for (const name of PRESET_NAMES) {
    for (const amount of [1, -2]) {
      const document = documentOf(preset(name, amount))
      const baked = documentOf(bakeToKeyframes()(document).path)
      const off = assertNear(document, baked)
      worst.length = Math.max(worst.length, off.length)
      worst.angleDeg = Math.max(worst.angleDeg, off.angleDeg)
      if (amount === 1) counts[name] = baked.path.keyframes.length
    }
  }
  t.diagnostic(`off by ${worst.length.toExponential(1)} and ${worst.angleDeg.toFixed(3)}°`)
  t.diagnostic(Object.entries(counts).filter(([, count]) => count > 2).map((each) => each.join(" ")).join(", "))
  const straight = PRESET_NAMES.filter((name) => /^(static|pan|tilt|roll|truck|pedestal|dolly_(in|out)|zoom)/.test(name))
  assert.deepEqual(straight.map((name) => counts[name]), straight.map(() => 2))
  assert.ok(counts.arc_left <= 8 && counts.crane_up <= 4 && counts.handheld <= 20)
})

test("corners between moves are met by straight lines, not rounded by many keys", () => {
  const document = documentOf(segments([preset("dolly_in")], [preset("truck_left"), { duration: 2 }]))
  const baked = documentOf(bakeToKeyframes()(document).path)
  const { keyframes } = baked.path
  assert.deepEqual(keyframes.map((key) => key.time), [0, 1 / 3, 1])
  assert.deepEqual(keyframes.slice(0, 2).map((key) => key.interpolation), ["linear", "linear"])
  assert.ok(pathsApart(document, baked).length < 1e-12)
})

test("jumps stay jumps, at the very same frame", () => {
  const waits = keyframesPath([[0, [1, 0, 0]], [0.3, [2, 0, 0], { interpolation: "hold" }], [1, [0, 1, 0]]])
  for (const ease of ["linear", "ease_in", "ease_out", "ease_in_out"]) {
    const moves = [[preset("dolly_in")], [waits, { ease }], [preset("truck_left"), { duration: 3 }]]
    const document = documentOf(segments(...moves))
    const baked = documentOf(bakeToKeyframes()(document).path)
    for (const numFrames of [6, 41, 81, 100]) {
      const times = Array.from({ length: numFrames }, (_, i) => i / (numFrames - 1))
      assertNear(document, baked, 1, times)
    }
  }
})

test("random paths stay within the tolerance as long as there are keys for it", (t) => {
  const random = new Random(7)
  let numCapped = 0
  for (let i = 0; i < 14; i++) {
    const document = documentOf(randomDocument(random).path)
    const baked = documentOf(bakeToKeyframes()(document).path)
    const numKeys = baked.path.keyframes.length
    if (numKeys === MAX_BAKED_KEYS) numCapped++
    // Jumps between the moments before and after them are no deviation: frames have to fall there first.
    const times = Array.from({ length: 81 }, (_, k) => k / 80)
    const unit = { nearest_depth: 1, model: 4, scene: 4 }[baked.path.unit]
    if (numKeys < MAX_BAKED_KEYS) assertNear(document, baked, unit, times)
  }
  t.diagnostic(`${numCapped} of 14 had too few keys`)
  assert.ok(numCapped <= 2)
})

test("recorded poses keep every one of them", () => {
  const random = new Random(3)
  const pose = (_, i) =>
    Array.from(poseFrom(panTiltRoll(i + random.next(), random.next(), 0), [i / 40, 0.1 * random.next(), 0]))
  const document = documentOf({ kind: "poses", unit: "nearest_depth", c2w: Array.from({ length: 81 }, pose) })
  const baked = documentOf(bakeToKeyframes()(document).path)
  assert.ok(baked.path.keyframes.length <= 81)
  assertNear(document, baked)
})

test("as many keys as were asked for, the ends among them", () => {
  const document = documentOf(preset("spiral"))
  for (const maxKeys of [2, 5, 10]) {
    const { keyframes } = bakeToKeyframes(maxKeys)(document).path
    assert.equal(keyframes.length, maxKeys)
    assert.deepEqual([keyframes[0].time, keyframes.at(-1).time], [0, 1])
  }
})

test("keyframes stay as they are where no fewer would do, and get fewer where they do", () => {
  const wild = documentOf(keyframesPath([[0, [0, 0, 0]], [0.3, [1, 0, 0]], [0.5, [0, 1, 0]], [1, [0, 0, 1]]]))
  assert.equal(bakeToKeyframes()(wild).path, wild.path)
  const many = Array.from({ length: 31 }, (_, i) => [i / 30, [Math.sin(i / 20), 0, 0.02 * i]])
  const document = documentOf(keyframesPath(many))
  const baked = documentOf(bakeToKeyframes()(document).path)
  assert.ok(baked.path.keyframes.length < 16, `${baked.path.keyframes.length}`)
  assertNear(document, baked)
})

test("pace, timing, name and unit stay", () => {
  const path = { kind: "around", unit: "model", pivot: [0, 0, 4], yaw_deg: 30 }
  const fields = { name: "n", pace: { start: 0.2, end: 0.7, ease: "ease_in" }, relative_to: "source_camera" }
  const document = documentOf(path, { ...fields, timing: [{ time: 0, source: 1 }] })
  const { path: baked, ...rest } = bakeToKeyframes()(document)
  const { path: _, ...before } = document
  assert.deepEqual(rest, before)
  assert.equal(baked.unit, "model")
})

test("a full turn has keys on its way", () => {
  const document = documentOf({ kind: "around", unit: "nearest_depth", pivot: [0, 0, 1], yaw_deg: 720 })
  const baked = documentOf(bakeToKeyframes()(document).path)
  assertNear(document, baked)
  const pans = baked.path.keyframes.map((key) => key.pan_deg)
  assert.ok(Math.abs(pans.at(-1) - 720) < 1e-6, "angles go on beyond 180")
})

test("a key more does not change presets visibly", (t) => {
  const worst = { length: 0, angleDeg: 0 }
  for (const name of PRESET_NAMES) {
    const document = documentOf(preset(name))
    const baked = documentOf(bakeToKeyframes()(document).path) // as addKeyframe would, once for all times
    for (const time of [0.05, 0.21, 0.5, 0.77, 0.96]) {
      const off = pathsApart(document, documentOf(addKeyframe(time)(baked).path))
      worst.length = Math.max(worst.length, off.length)
      worst.angleDeg = Math.max(worst.angleDeg, off.angleDeg)
    }
  }
  t.diagnostic(`within ${worst.length.toExponential(1)} nearest depths and ${worst.angleDeg.toFixed(2)}°`)
  assert.ok(worst.length < 0.005 && worst.angleDeg < 0.3)
})

test("a key more changes no straight line, no hold, no constant turn, and nothing before or after the keys", () => {
  const paths = [
    keyframesPath([[0, [0, 0, 0]], [1, [1, 2, 3], { pan_deg: 120, focal_scale: 3 }]]),
    keyframesPath([
      [0, [0, 0, 0], { interpolation: "linear" }],
      [0.5, [1, 0, 0], { interpolation: "hold" }],
      [1, [0, 0, 1]],
    ]),
    keyframesPath([[0.3, [0, 0, 0]], [0.5, [1, 0, 0]], [0.7, [0, 0, 1], { interpolation: "hold" }]]),
  ]
  for (const [i, path] of paths.entries()) {
    const document = documentOf(path)
    for (const time of i === 2 ? [0, 0.1, 0.29, 0.75, 1] : [0.1, 0.35, 0.6, 0.9]) {
      const more = documentOf(addKeyframe(time)(document).path)
      assert.equal(more.path.keyframes.length, path.keyframes.length + 1)
      const off = pathsApart(document, more)
      assert.ok(off.length < 1e-9 && off.angleDeg < 1e-6 && off.focal < 1e-9, `path ${i}, ${time}: ${off.length}`)
    }
  }
})

test("a key more among wild ones moves the curve by a seventh of the longest step at most", (t) => {
  const random = new Random(11)
  const shares = []
  for (let i = 0; i < 200; i++) {
    const keys = Array.from({ length: 5 }, (_, k) => [k / 4, random.vector(1)])
    const document = documentOf(keyframesPath(keys))
    const steps = keys.slice(1).map(([, to], k) => Math.hypot(...to.map((value, axis) => value - keys[k][1][axis])))
    const off = pathsApart(document, documentOf(addKeyframe(random.next())(document).path))
    shares.push(off.length / Math.max(...steps))
  }
  shares.sort((a, b) => a - b)
  const percent = (share) => `${(100 * share).toFixed(1)} %`
  t.diagnostic(`${percent(shares[100])} of the longest step half of the time, ${percent(shares.at(-1))} at most`)
  assert.ok(shares[100] < 0.08 && shares.at(-1) < 1 / 7)
})

test("a key where there is one already changes nothing", () => {
  const document = documentOf(keyframesPath([[0, [0, 0, 0]], [0.5, [1, 0, 0]]]))
  assert.deepEqual(addKeyframe(0.50001)(document), document)
})

test("a new key has the pose of the path", () => {
  const document = documentOf(preset("figure_eight"))
  const { path } = addKeyframe(0.3)(document)
  const key = path.keyframes.find(({ time }) => time === 0.3)
  const at = { ...path, keyframes: [key] }
  const off = apart(samplePath(at, [0]), samplePath(document.path, [0.3]))
  assert.ok(off.length < 2e-3 && off.angleDeg < 0.2)
})
