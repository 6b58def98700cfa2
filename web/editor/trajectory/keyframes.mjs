// From keyframes to poses and focal scales, by the formulas of docs/formats.md: the twin of
// postcam_core/trajectory/interpolation.py.

import { poseFrom } from "../math/pose.mjs"
import { exp, log, multiply, panTiltRoll, transpose } from "../math/rotation.mjs"
import { scale } from "../math/vec3.mjs"
import { clamp01, intervalAt } from "./times.mjs"

/**
 * Pose and focal scale at each time. Two keys more than half a turn apart are joined the short way round.
 * @param {{keyframes: object[]}} path every field filled in
 * @param {number[]} times in [0, 1]
 * @returns {{c2w: Float64Array[], focalScale: Float64Array}}
 */
export function sampleKeyframes({ keyframes }, times) {
  const turns = keyframes.map((key) => panTiltRoll(key.pan_deg, key.tilt_deg, key.roll_deg))
  const values = keyframes.map((key) => [...key.position, Math.log(key.focal_scale)])
  const curve = keyframes.length === 1 ? () => [turns[0], values[0]] : curveThrough(keyframes, turns, values)
  const samples = times.map(curve)
  return {
    c2w: samples.map(([turn, [x, y, z]]) => poseFrom(turn, [x, y, z])),
    focalScale: Float64Array.from(samples, ([, value]) => Math.exp(value[3])),
  }
}

/** Function from a time to rotation and values; what does not depend on the time is done once. */
function curveThrough(keys, turns, values) {
  const keyTimes = keys.map((key) => key.time)
  const steps = keys.slice(1).map((_, i) => [
    ...values[i].map((value, channel) => values[i + 1][channel] - value),
    ...log(multiply(transpose(turns[i]), turns[i + 1])),
  ])
  const segments = steps.map((_, i) => segment(keys, turns, values, steps, i))
  return (time) => {
    const i = intervalAt(keyTimes, time)
    const s = clamp01((time - keyTimes[i]) / (keyTimes[i + 1] - keyTimes[i]))
    return segments[i](keys[i].interpolation === "hold" ? Math.floor(s) : s)
  }
}

/** Curve of one segment over s in [0, 1]; its ends are left and met with the steps that a whole segment would make. */
function segment(keys, turns, values, steps, i) {
  const duration = keys[i + 1].time - keys[i].time
  const [first, last] = [i, i + 1].map((key) => rateAt(keys, steps, key, i).map((rate) => rate * duration))
  const [w1, w3] = [scale(first.slice(4), 1 / 3), scale(last.slice(4), 1 / 3)]
  const between = multiply(transpose(turns[i]), turns[i + 1])
  const w2 = log(multiply(multiply(exp(scale(w1, -1)), between), exp(scale(w3, -1))))
  return (s) => [
    turnAt(s, turns[i], w1, w2, w3),
    values[i].map((value, channel) => valueAt(s, value, steps[i][channel], first[channel], last[channel])),
  ]
}

/** Cubic Hermite curve in cumulative form. */
function turnAt(s, start, w1, w2, w3) {
  const early = exp(scale(w1, 1 - (1 - s) ** 3))
  const middle = exp(scale(w2, 3 * s ** 2 - 2 * s ** 3))
  const late = exp(scale(w3, s ** 3))
  return multiply(multiply(multiply(start, early), middle), late)
}

function valueAt(s, start, step, first, last) {
  return start + (s ** 3 - 2 * s ** 2 + s) * first + (3 * s ** 2 - 2 * s ** 3) * step + (s ** 3 - s ** 2) * last
}

/** Rate of every channel at a key, as the given segment sees it: shared only between two spline segments. */
function rateAt(keys, steps, key, segment) {
  const isShared =
    key > 0 &&
    key < keys.length - 1 &&
    keys[key - 1].interpolation === "spline" &&
    keys[key].interpolation === "spline"
  if (!isShared) return steps[segment].map((step) => step / (keys[segment + 1].time - keys[segment].time))
  const duration = keys[key].time - keys[key - 1].time + (keys[key + 1].time - keys[key].time)
  return steps[key].map((step, channel) => (steps[key - 1][channel] + step) / duration)
}
