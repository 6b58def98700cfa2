// The released three-line trajectory: the twin of postcam_core/trajectory/orbit.py.

import { identityPose, poseFrom } from "../math/pose.mjs"
import { panTiltRoll, radians } from "../math/rotation.mjs"
import { evaluateSpline } from "./bspline.mjs"
import { fitSmoothingSpline } from "./smoothing_spline.mjs"
import { intervalAt } from "./times.mjs"

// The released code passes up to three keys through straight lines and more through a spline.
const MAX_LINEAR_KEYS = 3

/**
 * Poses of an orbit about the point one displacement ahead, or of a dolly where there is no angle at all.
 * @param {{pitch_deg: number[], yaw_deg: number[], displacement: number[]}} path
 * @param {number[]} times in [0, 1]
 * @returns {{c2w: Float64Array[], focalScale: Float64Array}}
 */
export function sampleOrbit(path, times) {
  const [pitch, yaw, size] = [path.pitch_deg, path.yaw_deg, path.displacement].map((keys) => curveThrough(keys))
  const isDolly = ![...path.pitch_deg, ...path.yaw_deg].some((degrees) => degrees !== 0)
  const c2w = times.map((time) =>
    isDolly ? dollyPose(size(time)) : orbitPose(pitch(time), yaw(time), size(time)),
  )
  return { c2w, focalScale: new Float64Array(times.length).fill(1) }
}

/** Key values spread evenly over [0, 1], as a function of time. */
function curveThrough(keys) {
  if (keys.length === 1) return () => keys[0]
  const last = keys.length - 1
  const step = 1 / last
  const keyTimes = keys.map((_, i) => (i === last ? 1 : i * step))
  if (keys.length <= MAX_LINEAR_KEYS) return (time) => straightLine(keyTimes, keys, time)
  const spline = fitSmoothingSpline(keyTimes, keys)
  return (time) => evaluateSpline(spline, time)
}

function straightLine(keyTimes, keys, time) {
  const i = intervalAt(keyTimes, time)
  const slope = (keys[i + 1] - keys[i]) / (keyTimes[i + 1] - keyTimes[i])
  return time === keyTimes[i + 1] ? keys[i + 1] : slope * (time - keyTimes[i]) + keys[i]
}

function dollyPose(distance) {
  const pose = identityPose()
  pose[11] = distance
  return pose
}

/** On a sphere about (0, 0, radius), looking at its centre. */
function orbitPose(pitchDeg, yawDeg, radius) {
  const [pitch, yaw] = [radians(pitchDeg), radians(yawDeg)]
  const [cosX, sinX, cosY, sinY] = [Math.cos(pitch), Math.sin(pitch), Math.cos(yaw), Math.sin(yaw)]
  const position = [-radius * cosX * sinY, -radius * sinX, radius * (1 - cosX * cosY)]
  return poseFrom(panTiltRoll(yawDeg, -pitchDeg, 0), position)
}
