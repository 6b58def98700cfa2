// Where a path may turn sharply or jump: what a smooth curve through it has to know.

import { presetPath } from "../trajectory/presets.mjs"
import { uneased } from "./clip_times.mjs"
import { distanceBetween, samplePath, turnBetweenDeg } from "./path_at.mjs"

// Wide enough for a slow stop, whose last moment rounds to its end, and too narrow for any move that is no jump.
const JUST = 1e-6

/**
 * @param {object} path every field filled in
 * @returns {number[]} times in (0, 1), increasing
 */
export function cornerTimes(path) {
  const times = cornersOf(path).filter((time) => time > 0 && time < 1)
  return [...new Set(times)].sort((a, b) => a - b)
}

function cornersOf(path) {
  if (path.kind === "preset") return cornersOf(presetPath(path.name, path.amount))
  if (path.kind === "keyframes") return path.keyframes.filter(isCorner).map((key) => key.time)
  if (path.kind === "poses") return path.c2w.map((_, i) => i / Math.max(path.c2w.length - 1, 1))
  if (path.kind === "segments") return segmentCorners(path.segments)
  // Orbits go straight through up to three keys, and smoothly through more.
  if (path.kind === "orbit") return [path.pitch_deg, path.yaw_deg, path.displacement].some(hasCorner) ? [0.5] : []
  return []
}

/** Between two splines the curve is smooth. */
const isCorner = (key, i, keys) => key.interpolation !== "spline" || keys[i - 1]?.interpolation !== "spline"

const hasCorner = (line) => line.length === 3

function segmentCorners(segments) {
  const total = segments.reduce((sum, { duration }) => sum + duration, 0)
  let end = 0
  return segments.flatMap((segment) => {
    const start = end / total
    end += segment.duration
    const own = [...cornersOf(segment.path), 1].map((s) => start + (end / total - start) * uneased(s, segment.ease))
    return [...own.slice(0, -1), end / total] // as trajectory/segments.mjs counts it, to the last digit
  })
}

/**
 * Times at which a path is somewhere else all of a sudden.
 * @param {object} path
 * @param {number[]} corners where to look, increasing
 * @param {{length: number, angleDeg: number, focal: number}} tolerance less than this is no jump
 * @returns {number[]} the first times after each jump, exactly
 */
export function jumpTimes(path, corners, tolerance) {
  const sample = (times) => samplePath(path, times)
  const [before, after] = [corners.map((time) => time - JUST), corners.map((time) => Math.min(time + JUST, 1))]
  const [from, to] = [sample(before), sample(after)]
  const found = corners.map((_, i) => i).filter((i) => differs(at(from, i), at(to, i), tolerance))
  return found.map((i) => firstAfter(sample, before[i], after[i], at(from, i), tolerance))
}

const at = ({ c2w, focalScale }, i) => ({ c2w: c2w[i], focalScale: focalScale[i] })

function differs(a, b, { length, angleDeg, focal }) {
  return (
    distanceBetween(a.c2w, b.c2w) > length ||
    turnBetweenDeg(a.c2w, b.c2w) > angleDeg ||
    Math.abs(Math.log(a.focalScale / b.focalScale)) > focal
  )
}

/** Halve the interval until there is no number between its ends. */
function firstAfter(sample, low, high, before, tolerance) {
  for (;;) {
    const middle = low + (high - low) / 2
    if (middle <= low || middle >= high) return high
    if (differs(before, at(sample([middle]), 0), tolerance)) high = middle
    else low = middle
  }
}
