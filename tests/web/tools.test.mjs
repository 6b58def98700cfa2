// Aiming, drawing, orbiting and flying.

import assert from "node:assert/strict"
import { test } from "node:test"

import { identityPose, poseFrom, positionOf, rotationOf } from "../../web/editor/math/pose.mjs"
import { panTiltRoll, rotate } from "../../web/editor/math/rotation.mjs"
import { subtract } from "../../web/editor/math/vec3.mjs"
import { panTiltRollOf } from "../../web/editor/state/angles.mjs"
import { setAround } from "../../web/editor/state/edits.mjs"
import { samplePath, turnBetweenDeg } from "../../web/editor/state/path_at.mjs"
import { aimedKeyframes, panTiltAlong, panTiltTo } from "../../web/editor/tools/aim.mjs"
import { FLY_KEYS, flyPose, flyStart, flyStep, recordingToKeyframes } from "../../web/editor/tools/fly.mjs"
import { strokeToKeyframes } from "../../web/editor/tools/freehand.mjs"
import { dolliedOrbit, pickedPoint, turnedOrbit } from "../../web/editor/tools/orbit_handle.mjs"
import { documentOf, keyframesPath, preset } from "./paths.mjs"
import { Random } from "./random.mjs"

const random = new Random(9)
const near = (a, b, tolerance) => a.every((value, i) => Math.abs(value - b[i]) <= tolerance)
const refused = (code) => (error) => error.name === "TrajectoryError" && error.code === code

/** How far off the middle of the picture a point is, in degrees. */
function offCentreDeg({ position, pan_deg, tilt_deg, roll_deg = 0 }, target) {
  const [x, y, z] = rotate(panTiltRoll(pan_deg, tilt_deg, roll_deg), [0, 0, 1])
  const to = subtract(target, position)
  return (Math.acos(Math.min(1, (x * to[0] + y * to[1] + z * to[2]) / Math.hypot(...to))) * 180) / Math.PI
}

test("angles of a rotation give it back, straight up and down too", () => {
  const angles = random.list(300, () => random.vector(400))
  const straight = [[30, 90, 10], [-170, -90, 50], [0, 90, 0], [10, 89.9999999, 20], [200, 270, 100]]
  for (const [pan, tilt, roll] of [...angles, ...straight]) {
    const rotation = panTiltRoll(pan, tilt, roll)
    for (const guess of [[0, 0, 0], [pan + 10, tilt - 5, roll + 3], [500, 0, -500]]) {
      const back = panTiltRoll(...panTiltRollOf(rotation, guess))
      assert.ok(near([...back], [...rotation], 1e-7), `${pan} ${tilt} ${roll}`)
    }
  }
})

test("angles go on from where they were, over the top and round and round", () => {
  for (let i = 0; i < 300; i++) {
    const tilt = random.between(-85, 85) + 360 * random.integer(2)
    const angles = [random.between(-700, 700), tilt, random.between(-300, 300)]
    const guess = angles.map((angle) => angle + random.between(-20, 20))
    assert.ok(near(panTiltRollOf(panTiltRoll(...angles), guess), angles, 1e-6), `${angles}`)
  }
})

test("aimed cameras have their target in the middle", () => {
  for (let i = 0; i < 200; i++) {
    const [position, target] = [random.vector(2), random.vector(2)]
    assert.ok(offCentreDeg({ position, ...panTiltTo(position, target) }, target) < 1e-5)
  }
  assert.deepEqual(panTiltTo([1, 2, 3], [1, 2, 3], 77), { pan_deg: 77, tilt_deg: 0 })
  assert.deepEqual(panTiltAlong([0, -1, 0], 12), { pan_deg: 12, tilt_deg: 90 })
})

test("aimed keyframes pan on beyond half a turn", () => {
  const circle = Array.from({ length: 13 }, (_, i) => [i / 12, [Math.sin(i / 2), 0, 1 - Math.cos(i / 2)]])
  const aimed = aimedKeyframes(documentOf(keyframesPath(circle)).path.keyframes)
  aimed.forEach((key) => assert.ok(offCentreDeg(key, [0, 0, 1]) < 1e-5))
  assert.ok(aimed.at(-1).pan_deg < -300)
})

const WOBBLY = Array.from({ length: 400 }, (_, i) => {
  const angle = (Math.PI * i) / 399
  return [-0.6 * Math.sin(angle) + random.between(-0.01, 0.01), 1 - Math.cos(angle) + random.between(-0.01, 0.01)]
})

test("a wobbly half ellipse from above becomes a few smooth keys at the present height", (t) => {
  const path = documentOf(preset("pedestal_up")).path
  const keyframes = strokeToKeyframes(WOBBLY, { path, tolerance: 0.02 })
  const curve = samplePath(documentOf({ kind: "keyframes", unit: "nearest_depth", keyframes }).path, [0, 0.25, 0.5, 0.75, 1])
  const off = Array.from({ length: 101 }, (_, i) => i / 100).map((time) => {
    const [x, y, z] = positionOf(samplePath({ kind: "keyframes", keyframes }, [time]).c2w[0])
    return [Math.abs(Math.hypot(x / 0.6, z - 1) - 1), Math.abs(y + 0.25 * time)]
  })
  t.diagnostic(`${keyframes.length} keys, ${Math.max(...off.map(([away]) => away)).toFixed(3)} from the ellipse`)
  assert.ok(keyframes.length <= 10)
  assert.ok(Math.max(...off.map(([away]) => away)) < 0.07 && Math.max(...off.map(([, height]) => height)) < 0.02)
  assert.ok(keyframes.every((key) => key.interpolation === "spline"))
  const steps = [1, 2, 3, 4].map((i) => Math.hypot(...subtract(positionOf(curve.c2w[i]), positionOf(curve.c2w[i - 1]))))
  assert.ok(Math.max(...steps) / Math.min(...steps) < 1.3, "even speed along the way")
})

test("drawn cameras look at the subject, along the way, or as they did", () => {
  const path = documentOf(preset("tilt_up", 2)).path
  const line = Array.from({ length: 50 }, (_, i) => [i / 49, 0])
  const aimed = (aim) => strokeToKeyframes(line, { path, aim, tolerance: 0.01 })
  for (const key of aimed("subject")) assert.ok(offCentreDeg(key, [0, 0, 1]) < 1e-5)
  for (const key of aimed("ahead")) assert.ok(near([key.pan_deg, key.tilt_deg], [90, 0], 1e-6))
  for (const key of aimed("keep")) assert.ok(near([key.pan_deg, key.tilt_deg], [0, 20 * key.time], 1e-6))
})

test("from the side left and right stay as they were", () => {
  const path = documentOf(preset("truck_right")).path
  const options = { path, plan: "side", aim: "keep", tolerance: 0.01 }
  const keyframes = strokeToKeyframes([[0, 0], [0.5, -0.2], [1, -0.5]], options)
  const last = keyframes.at(-1)
  assert.ok(near(last.position, [0.3, -0.5, 1], 1e-9))
  for (const key of keyframes) assert.ok(Math.abs(key.position[0] - 0.3 * key.time) < 1e-9)
})

test("a stroke that begins beside the camera begins at it, and the focal length stays", () => {
  const path = documentOf(preset("dolly_zoom")).path
  const near0 = strokeToKeyframes([[0.05, 0.08], [0.5, 0.5]], { path })
  assert.ok(near(near0[0].position, [0, 0, 0], 1e-9) && near(near0.at(-1).position, [0.45, 0, 0.42], 1e-9))
  const away = strokeToKeyframes([[0.5, 0], [0.5, 0.5]], { path })
  assert.ok(near(away[0].position, [0.5, 0, 0], 1e-9))
  assert.ok(Math.abs(away.at(-1).focal_scale - 0.5) < 1e-9)
})

test("strokes that are none are refused", () => {
  const path = documentOf(preset("static")).path
  for (const stroke of [[], [[0, 0]], [[0, 0], [0, 0]], [[0, 0], [0.001, 0]]]) {
    assert.throws(() => strokeToKeyframes(stroke, { path }), refused("stroke_too_short"))
  }
  const doubled = strokeToKeyframes([[0, 0], [0, 0], [0.5, 0.5], [0.5, 0.5], [1, 0]], { path })
  assert.ok(doubled.flatMap((key) => key.position).every(Number.isFinite))
})

const AROUND = { kind: "around", unit: "nearest_depth", pivot: [0, 0, 1], yaw_deg: 10, pitch_deg: 5, distance: 1 }

test("the scene follows the pointer of a drag around it", () => {
  const dragged = turnedOrbit(AROUND, { dx_px: 100, dy_px: 50, size_px: 600 })
  assert.deepEqual(dragged, { yaw_deg: 30, pitch_deg: 15 })
  const end = samplePath(documentOf(setAround(dragged)(documentOf(AROUND)).path).path, [1]).c2w[0]
  assert.ok(end[3] < 0 && end[7] < 0, "the camera went left and up")
})

test("orbits stop at steps and limits", () => {
  const at = (drag) => turnedOrbit(AROUND, { size_px: 600, ...drag })
  assert.deepEqual(at({ dx_px: 12, snap_deg: 5 }), { yaw_deg: 10, pitch_deg: 5 })
  assert.deepEqual(at({ dx_px: 1e6, dy_px: -1e6 }), { yaw_deg: 360, pitch_deg: -85 })
  assert.deepEqual(dolliedOrbit(AROUND, { dy_px: -300, size_px: 600 }), { distance: 0.5 })
  assert.deepEqual(dolliedOrbit(AROUND, { dy_px: 1e6, size_px: 600 }), { distance: 20 })
})

test("a picked pixel is a point of the scene in nearest depths", () => {
  const K = [100, 0, 50, 0, 100, 30, 0, 0, 1]
  const pick = (fields) => pickedPoint({ x_px: 50, y_px: 30, depth: 4, K, c2w: identityPose(), nearestDepth: 2, ...fields })
  assert.deepEqual(pick({}), [0, 0, 2])
  assert.deepEqual(pick({ x_px: 100, y_px: 80 }), [1, 1, 2])
  const moved = poseFrom(panTiltRoll(90, 0, 0), [2, 0, 0])
  assert.ok(near(pick({ c2w: moved }), [3, 0, 0], 1e-12))
})

function flown(actions, seconds, tick_s, options) {
  let state = flyStart(identityPose())
  for (let i = 0; i < Math.round(seconds / tick_s); i++) state = flyStep(state, { actions }, tick_s, options)
  return state
}

test("a straight flight does not depend on the rate of the ticks", () => {
  const slow = flown(["ahead", "left"], 2, 0.05)
  const fast = flown(["ahead", "left"], 2, 0.005)
  assert.ok(near(slow.position, fast.position, 1e-9))
  // 0.3 a second, less what it takes to get going: τ.
  assert.ok(Math.abs(slow.position[2] - 0.3 * (2 - 0.25 * (1 - Math.exp(-8)))) < 1e-9)
})

test("flights that turn depend on it by less than a hundredth", () => {
  const [slow, fast] = [0.05, 0.005].map((tick) => flown(["ahead", "pan_right"], 2, tick))
  assert.ok(near(slow.position, fast.position, 0.01) && near(slow.angles, fast.angles, 1e-9))
})

test("keys fly the camera where they say, and let go it comes to rest", () => {
  const moves = { KeyW: [2, 1], KeyS: [2, -1], KeyA: [0, -1], KeyD: [0, 1], KeyE: [1, -1], KeyQ: [1, 1] }
  for (const [code, [axis, sign]] of Object.entries(moves)) {
    const { position } = flown([FLY_KEYS[code]], 1, 0.02)
    assert.ok(position.every((value, i) => (i === axis ? value * sign > 0.1 : value === 0)), code)
  }
  const turns = {
    ...{ ArrowRight: [0, 1], ArrowUp: [1, 1], KeyC: [2, 1] },
    ...{ ArrowLeft: [0, -1], ArrowDown: [1, -1], KeyZ: [2, -1] },
  }
  for (const [code, [axis, sign]] of Object.entries(turns)) {
    assert.ok(flown([FLY_KEYS[code]], 1, 0.02).angles[axis] * sign > 5, code)
  }
  let state = flown(["ahead"], 1, 0.02)
  for (let i = 0; i < 200; i++) state = flyStep(state, {}, 0.02)
  assert.ok(Math.hypot(...state.velocity) < 1e-6)
})

test("ahead is where the camera looks, and the mouse turns it", () => {
  const looked = flyStep(flyStart(identityPose()), { dx_px: 900, dy_px: 0 }, 0)
  let state = looked
  for (let i = 0; i < 50; i++) state = flyStep(state, { actions: ["ahead"] }, 0.02)
  assert.ok(state.position[0] > 0.1 && Math.abs(state.position[2]) < 1e-9)
  const down = flyStep(flyStart(identityPose()), { dy_px: 1e6 }, 0.01)
  assert.equal(down.angles[1], -89)
  assert.ok(turnBetweenDeg(flyPose(looked), poseFrom(panTiltRoll(90, 0, 0), [0, 0, 0])) < 1e-6)
})

test("a tab that slept does not fly through the wall", () => {
  const start = flown(["ahead"], 1, 0.02)
  const { position } = flyStep(start, { actions: ["ahead"] }, 3600)
  assert.ok(position[2] - start.position[2] < 0.031)
})

test("a recorded flight becomes a few keys that follow it", (t) => {
  let state = flyStart(identityPose())
  const recording = []
  let time_s = 0
  for (let i = 0; i < 300; i++) {
    const actions = i < 120 ? ["ahead"] : i < 200 ? ["ahead", "pan_left"] : ["left", "up"]
    const tick = 0.012 + 0.01 * random.next()
    state = flyStep(state, { actions }, tick)
    time_s += tick
    recording.push({ time_s, c2w: flyPose(state) })
  }
  const keyframes = recordingToKeyframes(recording)
  const [start, end] = [recording[0].time_s, recording.at(-1).time_s]
  const times = recording.map((moment) => (moment.time_s - start) / (end - start))
  const curve = samplePath({ kind: "keyframes", keyframes }, times)
  const off = recording.map(({ c2w }, i) => Math.hypot(...subtract(positionOf(c2w), positionOf(curve.c2w[i]))))
  const turned = recording.map(({ c2w }, i) => turnBetweenDeg(c2w, curve.c2w[i]))
  t.diagnostic(`${keyframes.length} keys, off by ${Math.max(...off).toExponential(1)} and ${Math.max(...turned).toFixed(2)}°`)
  assert.ok(keyframes.length <= 16)
  assert.ok(Math.max(...off) < 0.006 && Math.max(...turned) < 0.3)
  assert.ok(near([...rotationOf(curve.c2w.at(-1))], [...rotationOf(recording.at(-1).c2w)], 1e-9))
})

test("a recording of one moment is refused", () => {
  const moment = { time_s: 1, c2w: identityPose() }
  assert.throws(() => recordingToKeyframes([moment, moment]), refused("recording_too_short"))
  assert.throws(() => recordingToKeyframes([]), refused("recording_too_short"))
})
