// The kinds of path that a document can hold: the twin of postcam_core/trajectory/paths.py.

import { TrajectoryError } from "./errors.mjs"
import { PRESET_NAMES } from "./presets.mjs"
import { checkRigid } from "./rigid.mjs"
import {
  checkIncreasing,
  checked,
  choice,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  required,
} from "./schema.mjs"

export const MAX_KEYS = 1000
const MAX_SEGMENTS = 100
// In all three lines of all segments together, as in one orbit: fitting a spline is slow, a hundred of them slower.
const MAX_ORBIT_NUMBERS = 3 * MAX_KEYS

export const EASES = ["linear", "ease_in", "ease_out", "ease_in_out"]
export const UNITS = ["nearest_depth", "model", "scene"]

export const share = number(0, 1)
export const ease = choice(EASES)
const angle = number()
const factor = number(1e-3, 1e3)
const focalScale = number(1e-9, 1e9)
const line = list(number(), 1, MAX_KEYS)
const vector = list(number(), 3, 3)
const unit = choice(UNITS)

const preset = object({
  kind: required(choice(["preset"])),
  name: required(choice(PRESET_NAMES)),
  amount: optional(number(-20, 20), 1),
})

const orbit = object({
  kind: required(choice(["orbit"])),
  pitch_deg: required(line),
  yaw_deg: required(line),
  displacement: required(line),
})

const keyframe = object({
  time: required(share),
  position: required(vector),
  pan_deg: optional(angle, 0),
  tilt_deg: optional(angle, 0),
  roll_deg: optional(angle, 0),
  focal_scale: optional(focalScale, 1),
  interpolation: optional(choice(["spline", "linear", "hold"]), "spline"),
})

const keyframes = object({
  kind: required(choice(["keyframes"])),
  unit: required(unit),
  keyframes: required(checked(list(keyframe, 1, MAX_KEYS), checkIncreasing)),
})

const around = object({
  kind: required(choice(["around"])),
  unit: required(unit),
  pivot: required(checked(vector, checkPivot)),
  yaw_deg: optional(angle, 0),
  pitch_deg: optional(angle, 0),
  roll_deg: optional(angle, 0),
  distance: optional(factor, 1),
  focal_scale: optional(focalScale, 1),
})

const poses = checked(
  object({
    kind: required(choice(["poses"])),
    unit: required(unit),
    c2w: required(checked(list(list(number(), 16, 16), 1), checkPoses)),
    focal_scale: nullable(list(focalScale, 0)),
  }),
  checkFocalScales,
)

const moves = { preset, orbit, keyframes, around }

const segment = object({
  path: required(checked(oneOf(moves), checkSegmentUnit)),
  duration: optional(number(1e-6, 1e6), 1),
  ease: optional(ease, "linear"),
  scale: optional(factor, 1),
})

const segments = object({
  kind: required(choice(["segments"])),
  segments: required(checked(list(segment, 1, MAX_SEGMENTS), checkOrbits)),
})

export const path = oneOf({ ...moves, segments, poses })

/**
 * What a length of 1 is in a path; presets, orbits and segments have no choice.
 * @param {{unit?: string}} path
 * @returns {"nearest_depth"|"model"|"scene"}
 */
export const pathUnit = (path) => path.unit ?? "nearest_depth"

function checkPivot(pivot, place) {
  if (pivot.some((coordinate) => coordinate !== 0)) return
  throw new TrajectoryError(`pivot (at ${place})`, {
    expected: "a point other than the camera's own place",
    got: "0 0 0",
    todo: "Pick a point in the picture; to turn in place use a pan or keyframes.",
  })
}

function checkPoses(c2w, place) {
  c2w.forEach((pose, i) => checkRigid(pose, `pose (at ${place}[${i}])`))
}

function checkFocalScales(path, place) {
  if (path.focal_scale === undefined || path.focal_scale.length === path.c2w.length) return
  throw new TrajectoryError(`focal_scale (at ${place})`, {
    expected: `one number per pose, ${path.c2w.length}`,
    got: `${path.focal_scale.length}`,
    todo: "Leave focal_scale out to keep the source's focal length.",
  })
}

function checkSegmentUnit(path, place) {
  if (pathUnit(path) === "nearest_depth") return
  throw new TrajectoryError(`unit of a segment (at ${place})`, {
    expected: '"nearest_depth", in which presets and orbits are',
    got: `"${path.unit}"`,
    todo: "Give lengths in nearest depths; a segment's scale multiplies them.",
  })
}

function checkOrbits(segments, place) {
  const orbits = segments.map(({ path }) => path).filter(({ kind }) => kind === "orbit")
  const lines = orbits.flatMap(({ pitch_deg, yaw_deg, displacement }) => [pitch_deg, yaw_deg, displacement])
  const count = lines.reduce((sum, line) => sum + line.length, 0)
  if (count <= MAX_ORBIT_NUMBERS) return
  throw new TrajectoryError(`orbits of the segments (at ${place})`, {
    expected: `at most ${MAX_ORBIT_NUMBERS} numbers in all of them together`,
    got: `${count}`,
    todo: "Use fewer keys; a spline joins them.",
  })
}
