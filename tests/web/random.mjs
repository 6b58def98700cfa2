// Documents and edits at random, the same ones on every run.

import * as edits from "../../web/editor/state/edits.mjs"
import { poseFrom } from "../../web/editor/math/pose.mjs"
import { panTiltRoll } from "../../web/editor/math/rotation.mjs"
import { PRESET_NAMES } from "../../web/editor/trajectory/presets.mjs"

/** Mulberry32: 32 bits of state, good enough to scatter cases. */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0
  }

  /** @returns {number} in [0, 1) */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  between = (low, high) => low + (high - low) * this.next()
  integer = (count) => Math.floor(this.next() * count)
  pick = (values) => values[this.integer(values.length)]
  isOnceIn = (count) => this.integer(count) === 0
  list = (count, make) => Array.from({ length: count }, (_, i) => make(i))
  vector = (size) => this.list(3, () => this.between(-size, size))
}

const EASES = ["linear", "ease_in", "ease_out", "ease_in_out"]
const UNITS = ["nearest_depth", "model", "scene"]

/** Times in [0, 1] that increase, now and then so close that 1 − t joins them. */
export function randomTimes(random, count) {
  const times = new Set(random.list(count, () => (random.isOnceIn(6) ? random.integer(2) : random.next())))
  if (random.isOnceIn(5)) times.add([...times][0] * (1 - 2 ** -50))
  return [...times].sort((a, b) => a - b)
}

export function randomKeyframes(random, { size = 1.5, turn = 80, count = 1 + random.integer(6) } = {}) {
  return randomTimes(random, count).map((time) => {
    const key = { time, position: random.vector(size), interpolation: random.pick(["spline", "spline", "linear", "hold"]) }
    const [pan_deg, tilt_deg, roll_deg] = random.vector(turn)
    if (random.isOnceIn(2)) Object.assign(key, { pan_deg, tilt_deg, roll_deg })
    return random.isOnceIn(4) ? { ...key, focal_scale: 4 ** random.between(-1, 1) } : key
  })
}

const randomLine = (random, size) => random.list(1 + random.integer(6), () => random.between(-size, size))

const MOVES = {
  preset: (random) => ({ kind: "preset", name: random.pick(PRESET_NAMES), amount: random.between(-2, 2) }),
  orbit: (random) => ({
    kind: "orbit",
    pitch_deg: random.isOnceIn(3) ? [0] : randomLine(random, 40),
    yaw_deg: random.isOnceIn(3) ? [0] : randomLine(random, 60),
    displacement: randomLine(random, 1.5),
  }),
  keyframes: (random, unit) => ({ kind: "keyframes", unit, keyframes: randomKeyframes(random) }),
  around: (random, unit) => ({
    ...{ kind: "around", unit, pivot: random.vector(2) },
    ...{ yaw_deg: random.between(-90, 90), pitch_deg: random.between(-60, 60), roll_deg: random.between(-20, 20) },
    ...{ distance: 2 ** random.between(-1, 1), focal_scale: 2 ** random.between(-1, 1) },
  }),
}

const randomMove = (random, unit = "nearest_depth") => random.pick(Object.values(MOVES))(random, unit)

function randomSegment(random) {
  const segment = { path: randomMove(random) }
  if (random.isOnceIn(2)) Object.assign(segment, { duration: random.between(0.1, 3), ease: random.pick(EASES) })
  return random.isOnceIn(2) ? { ...segment, scale: 2 ** random.between(-2, 1) } : segment
}

function randomPoses(random, unit) {
  const pose = () => Array.from(poseFrom(panTiltRoll(...random.vector(60)), random.vector(1)))
  const c2w = random.list(1 + random.integer(8), pose)
  const focal_scale = random.isOnceIn(2) ? c2w.map(() => 2 ** random.between(-1, 1)) : null
  return { kind: "poses", unit, c2w, focal_scale }
}

export function randomPath(random) {
  const kind = random.integer(6)
  if (kind === 0) return { kind: "segments", segments: random.list(1 + random.integer(4), () => randomSegment(random)) }
  if (kind === 1) return randomPoses(random, random.pick(UNITS))
  return randomMove(random, random.pick(UNITS))
}

export function randomPace(random) {
  const [start, end] = [random.between(0, 0.5), random.between(0.5, 1)]
  return { start, end: Math.max(end, start + 0.1), ease: random.pick(EASES) }
}

export const randomTiming = (random) =>
  randomTimes(random, 1 + random.integer(5)).map((time) => ({ time, source: random.next() }))

/** @returns {object} as a node might send it: defaults missing, minus zeros and all */
export function randomDocument(random, path = randomPath(random)) {
  const document = { format: "postcam-trajectory", version: 1, path }
  if (random.isOnceIn(2)) document.pace = randomPace(random)
  if (random.isOnceIn(2)) document.timing = randomTiming(random)
  if (random.isOnceIn(3)) document.relative_to = random.pick(["source_camera", "smoothed_source"])
  return document
}

/** Edits that make sense for the document: they have to be accepted. */
export function randomEdit(random, { path }) {
  const makers = [...ANYWHERE, ...(path.kind === "keyframes" ? ON_KEYFRAMES : []), ...(BY_KIND[path.kind] ?? [])]
  return random.pick(makers)(random, path)
}

const ANYWHERE = [
  (random) => ["choosePreset", edits.choosePreset(random.pick(PRESET_NAMES), random.between(-3, 3))],
  (random) => ["setAround", edits.setAround({ pivot: random.vector(2), yaw_deg: random.between(-90, 90) })],
  () => ["bakeToKeyframes", edits.bakeToKeyframes()],
  (random) => ["bakeToKeyframes", edits.bakeToKeyframes(2 + random.integer(20))],
  (random) => ["addKeyframe", edits.addKeyframe(random.next())],
  (random) => ["setKeyframes", edits.setKeyframes(randomKeyframes(random))],
  (random, path) => ["pasteKeyframes", edits.pasteKeyframes(randomKeyframes(random), random.next(), unitOf(path))],
  (random) => ["mirror", edits.mirror(random.pick(["x", "y", "z"]))],
  () => ["reverse", edits.reverse()],
  (random) => ["scale", edits.scale(2 ** random.between(-1, 1))],
  (random) => ["setPace", edits.setPace(randomPace(random))],
  () => ["setPace", edits.setPace({ start: 0, end: 1, ease: "linear" })],
  (random) => ["freeze", edits.freeze(random.next(), random.between(0, 0.5), random.between(0.5, 1))],
  (random) => freezeHere(random.between(0, 0.8)),
  () => ["clearTiming", edits.clearTiming()],
  () => ["reverseTime", edits.reverseTime()],
  (random) => ["setTiming", edits.setTiming(randomTiming(random))],
  (random) => ["setRelativeTo", edits.setRelativeTo(random.pick(["first_frame", "source_camera", "smoothed_source"]))],
  (random) => {
    const options = { duration: random.between(0.2, 2), ease: random.pick(EASES), nearestDepth: 2 }
    return ["appendSegment", edits.appendSegment(randomMove(random), options)]
  },
  (random) => ["setName", edits.setName(`move ${random.integer(100)}`)],
]

const ON_KEYFRAMES = [
  (random, path) => ["moveKeyframe", edits.moveKeyframe(random.integer(path.keyframes.length), random.next())],
  (random, path) => {
    const fields = { position: random.vector(1), pan_deg: random.between(-200, 200), time: random.between(-1, 2) }
    return ["updateKeyframe", edits.updateKeyframe(random.integer(path.keyframes.length), fields)]
  },
  (random, path) => {
    const some = path.keyframes.map((_, i) => i).filter(() => random.isOnceIn(3))
    return ["deleteKeyframes", edits.deleteKeyframes(some.length < path.keyframes.length ? some : [])]
  },
]

const BY_KIND = {
  preset: [(random) => ["setAmount", edits.setAmount(random.between(-20, 20))]],
  segments: [
    (random, path) => ["updateSegment", edits.updateSegment(random.integer(path.segments.length), randomSegment(random))],
    (random, path) => ["deleteSegment", edits.deleteSegment(random.integer(path.segments.length))],
  ],
}

const freezeHere = (time) => ["freeze", edits.freeze(time, time, time + 0.2)]

const unitOf = (path) => path.unit ?? "nearest_depth"
