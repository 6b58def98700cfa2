// A path drawn in a plan: a line from above or from the side becomes a few keyframes.

import { poseFrom, positionOf, rotationOf } from "../math/pose.mjs"
import { panTiltRoll } from "../math/rotation.mjs"
import { subtract } from "../math/vec3.mjs"
import { fitKeyframes } from "../state/fit_keyframes.mjs"
import { samplePath } from "../state/path_at.mjs"
import { refusal } from "../state/refusal.mjs"
import { SUBJECT, panTiltAlong, panTiltTo } from "./aim.mjs"
import { evenlySpaced, lengthOf, smoothed } from "./strokes.mjs"

/** Which coordinates of a place (x right, y down, z ahead) the two of a plan's points are; the third is kept. */
export const PLANS = Object.freeze({ above: [0, 2], side: [2, 1] })

const NUM_POINTS = 161
const TIMES = Array.from({ length: NUM_POINTS }, (_, i) => i / (NUM_POINTS - 1))
// The direction of travel is taken over so many points to each side.
const AHEAD_REACH = 3

/**
 * Keyframes along a stroke, passed at even speed. What the plan does not show stays as it is on the present path at the
 * same time: the height when drawn from above, left and right when drawn from the side; and the focal length.
 * @param {[number, number][]} stroke points of the plan in the path's unit: x and z from above, z and y from the side
 * @param {object} options
 * @param {object} options.path the present one, every field filled in
 * @param {"above"|"side"} [options.plan]
 * @param {"subject"|"ahead"|"keep"} [options.aim] look at the subject, along the way, or as the present path does
 * @param {number[]} [options.subject] in the path's unit
 * @param {number} [options.tolerance] how far the curve may pass beside the smoothed stroke, in the path's unit
 * @param {number} [options.smoothing] σ of the hand's tremor as a share of the stroke
 * @param {number} [options.snap] a stroke that begins this near to the path's start begins there, in the path's unit
 * @param {number} [options.maxKeys]
 * @returns {object[]} keyframes, for setKeyframes
 * @throws {TrajectoryError} if the stroke is no longer than the tolerance
 */
export function strokeToKeyframes(stroke, options) {
  const { path, plan = "above", aim = "subject", subject = SUBJECT, tolerance = 0.01, maxKeys = 30 } = options
  const { smoothing = 0.02, snap = 0.15 } = options
  if (!(lengthOf(stroke) > tolerance)) throw tooShort()
  const present = samplePath(path, TIMES)
  const line = evenlySpaced(smoothed(evenlySpaced(stroke, NUM_POINTS), smoothing * NUM_POINTS), NUM_POINTS)
  const places = atPlaces(snapped(line, PLANS[plan], present.c2w[0], snap), PLANS[plan], present)
  const target = {
    times: TIMES,
    c2w: aimedPoses(places, { aim, subject, present }),
    focalScale: present.focalScale,
  }
  return fitKeyframes(target, { tolerance: { length: tolerance, angleDeg: 1, focal: 0.01 }, maxKeys, isSmooth: true })
}

/** The whole line moved, so that its form stays. */
function snapped(line, [a, b], start, snap) {
  const shift = [positionOf(start)[a] - line[0][0], positionOf(start)[b] - line[0][1]]
  return Math.hypot(...shift) <= snap ? line.map(([x, y]) => [x + shift[0], y + shift[1]]) : line
}

function atPlaces(line, [a, b], { c2w }) {
  return line.map((point, i) => {
    const place = positionOf(c2w[i])
    place[a] = point[0]
    place[b] = point[1]
    return place
  })
}

function aimedPoses(places, { aim, subject, present }) {
  if (aim === "keep") return places.map((place, i) => poseFrom(rotationOf(present.c2w[i]), place))
  let near = 0
  return places.map((place, i) => {
    const angles = aim === "subject" ? panTiltTo(place, subject, near) : panTiltAlong(directionAt(places, i), near)
    near = angles.pan_deg
    return poseFrom(panTiltRoll(angles.pan_deg, angles.tilt_deg, 0), place)
  })
}

function directionAt(places, i) {
  const [from, to] = [Math.max(i - AHEAD_REACH, 0), Math.min(i + AHEAD_REACH, places.length - 1)]
  return subtract(places[to], places[from])
}

function tooShort() {
  return refusal("stroke_too_short", "stroke", {
    expected: "a line",
    got: "little more than a point",
    todo: "Press, draw, and let go at the end of the way.",
  })
}
