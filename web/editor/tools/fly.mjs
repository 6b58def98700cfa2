// Flying the camera with keys and mouse, and keeping the flight.

import { interpolatePoses, poseFrom, positionOf, rotationOf } from "../math/pose.mjs"
import { panTiltRoll, rotate } from "../math/rotation.mjs"
import { add } from "../math/vec3.mjs"
import { panTiltRollOf } from "../state/angles.mjs"
import { fitKeyframes } from "../state/fit_keyframes.mjs"
import { refusal } from "../state/refusal.mjs"
import { clamp01, intervalAt } from "../trajectory/times.mjs"

/** What a key does, by the place of the key on the keyboard (KeyboardEvent.code). */
export const FLY_KEYS = Object.freeze({
  ...{ KeyW: "ahead", KeyS: "back", KeyA: "left", KeyD: "right", KeyE: "up", KeyQ: "down" },
  ...{ ArrowLeft: "pan_left", ArrowRight: "pan_right", ArrowUp: "tilt_up", ArrowDown: "tilt_down" },
  ...{ KeyZ: "roll_left", KeyC: "roll_right", ShiftLeft: "fast", ShiftRight: "fast" },
})

const MOVES = { right: [0, 1], left: [0, -1], down: [1, 1], up: [1, -1], ahead: [2, 1], back: [2, -1] }
const TURNS = {
  ...{ pan_right: [0, 1], pan_left: [0, -1], tilt_up: [1, 1], tilt_down: [1, -1] },
  ...{ roll_right: [2, 1], roll_left: [2, -1] },
}
const FAST = 3
const MAX_TILT_DEG = 89
// A tab that slept must not fly through the wall when it wakes.
const MAX_TICK_S = 0.1

const FLIGHT_TOLERANCE = Object.freeze({ length: 0.005, angleDeg: 0.25, focal: 0.005 })
const TIMES = Array.from({ length: 241 }, (_, i) => i / 240)

/**
 * @typedef {object} FlyState
 * @property {number[]} position in lengths
 * @property {number[]} angles pan, tilt, roll in degrees
 * @property {number[]} velocity to the right, down, ahead, in the camera's own axes, in lengths per second
 * @property {number[]} turning of pan, tilt, roll in degrees per second
 */

/**
 * @param {Float64Array} c2w where the flight starts
 * @returns {FlyState} standing still
 */
export function flyStart(c2w) {
  const angles = panTiltRollOf(rotationOf(c2w))
  return { position: positionOf(c2w), angles, velocity: [0, 0, 0], turning: [0, 0, 0] }
}

/** @param {FlyState} state @returns {Float64Array} c2w */
export const flyPose = ({ position, angles }) => poseFrom(panTiltRoll(...angles), position)

/**
 * One tick. Speeds go towards what the keys ask for as e^(−t/τ), integrated exactly: flights do not depend on the rate
 * of the ticks.
 * @param {FlyState} state
 * @param {{actions?: Iterable<string>, dx_px?: number, dy_px?: number}} input values of FLY_KEYS whose keys are down;
 *   how far the mouse went, to the right and downwards
 * @param {number} tick_s time since the last tick; more than 0.1 s counts as 0.1
 * @param {object} [options]
 * @param {number} [options.speed] lengths per second; three times that when fast
 * @param {number} [options.turnSpeedDeg] degrees per second
 * @param {number} [options.degreesPerPixel] of the mouse
 * @param {number} [options.ease_s] the time τ
 * @returns {FlyState}
 */
export function flyStep(state, input, tick_s, options = {}) {
  const { speed = 0.3, turnSpeedDeg = 25, degreesPerPixel = 0.1, ease_s = 0.25 } = options
  const actions = new Set(input.actions ?? [])
  const time = Math.min(Math.max(tick_s, 0), MAX_TICK_S)
  const factor = actions.has("fast") ? FAST : 1
  const [velocity, moved] = eased(state.velocity, wanted(actions, MOVES, speed * factor), time, ease_s)
  const [turning, turned] = eased(state.turning, wanted(actions, TURNS, turnSpeedDeg * factor), time, ease_s)
  const [pan, tilt, roll] = add(state.angles, turned)
  const { dx_px = 0, dy_px = 0 } = input
  const looked = Math.min(Math.max(tilt - dy_px * degreesPerPixel, -MAX_TILT_DEG), MAX_TILT_DEG)
  const angles = [pan + dx_px * degreesPerPixel, looked, roll]
  return { position: add(state.position, rotate(panTiltRoll(...angles), moved)), angles, velocity, turning }
}

function wanted(actions, axes, size) {
  const speeds = [0, 0, 0]
  for (const action of actions) {
    const [axis, sign] = axes[action] ?? [0, 0]
    speeds[axis] += sign * size
  }
  return speeds
}

/** Speeds after a time, and the way made in it. */
function eased(speeds, goals, time, ease) {
  const rest = ease > 0 ? Math.exp(-time / ease) : 0
  const after = speeds.map((speed, i) => goals[i] + (speed - goals[i]) * rest)
  const way = speeds.map((speed, i) => goals[i] * time + (speed - goals[i]) * ease * (1 - rest))
  return [after, way]
}

/**
 * A recorded flight as keyframes, from its first pose at time 0 to its last at time 1.
 * @param {{time_s: number, c2w: Float64Array, focal_scale?: number}[]} recording in the order of its times
 * @param {object} [options]
 * @param {import("../state/fit_keyframes.mjs").Tolerance} [options.tolerance] in the recording's unit
 * @param {number} [options.maxKeys]
 * @returns {object[]} keyframes, for setKeyframes
 * @throws {TrajectoryError} if there are not two moments in it
 */
export function recordingToKeyframes(recording, { tolerance = FLIGHT_TOLERANCE, maxKeys = 60 } = {}) {
  const moments = recording.filter(({ time_s }, i) => i === 0 || time_s > recording[i - 1].time_s)
  if (moments.length < 2) throw tooShort()
  const [start, end] = [moments[0].time_s, moments.at(-1).time_s]
  const seconds = TIMES.map((time) => start + (end - start) * time)
  const keyTimes = moments.map(({ time_s }) => time_s)
  const poses = seconds.map((second) => between(moments, keyTimes, second))
  const target = { times: TIMES, c2w: poses.map(({ c2w }) => c2w), focalScale: poses.map(({ focal }) => focal) }
  return fitKeyframes(target, { tolerance, maxKeys, isSmooth: true })
}

function between(moments, keyTimes, second) {
  const i = intervalAt(keyTimes, second)
  const fraction = clamp01((second - keyTimes[i]) / (keyTimes[i + 1] - keyTimes[i]))
  const [from, to] = [moments[i], moments[i + 1]].map((moment) => Math.log(moment.focal_scale ?? 1))
  const c2w = interpolatePoses(moments[i].c2w, moments[i + 1].c2w, fraction)
  return { c2w, focal: Math.exp(from + (to - from) * fraction) }
}

function tooShort() {
  return refusal("recording_too_short", "recording", {
    expected: "a flight",
    got: "a single moment",
    todo: "Press Fly, steer with the keys, then press Enter.",
  })
}
