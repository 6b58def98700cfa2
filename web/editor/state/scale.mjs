// A longer or shorter move.

import { positionOf } from "../math/pose.mjs"
import { add, norm, scale as times, subtract } from "../math/vec3.mjs"
import { presetPath } from "../trajectory/presets.mjs"
import { exactKeyframes } from "./bake.mjs"
import { withLengths } from "./lengths.mjs"
import { samplePath, scaledAbout } from "./path_at.mjs"
import { refusal } from "./refusal.mjs"

/** Presets that are lengths and nothing else: their amount is their length. */
const LENGTHS = /^(zoom|truck|pedestal|dolly)_(in|out|left|right|up|down)$/
const MAX_AMOUNT = 20
const [MIN_SCALE, MAX_SCALE] = [1e-3, 1e3]
// More keys than these go through a smoothing spline, which scaled values may get a different one of.
const MAX_EXACT_KEYS = 4

/**
 * The path with its lengths multiplied, about where it starts; angles and focal lengths stay.
 * @param {number} factor above 0
 */
export const scale = (factor) => (document) => {
  if (!(factor > 0 && factor < Infinity)) {
    throw refusal("scale", "factor", {
      expected: "a number above 0",
      got: `${factor}`,
      todo: "To turn a move round, mirror or reverse it.",
    })
  }
  return { ...document, path: scaledPath(document.path, factor) }
}

function scaledPath(path, factor) {
  return SCALES[path.kind](path, factor) ?? scaledKeyframes(exactKeyframes(path), factor)
}

/** By kind: the scaled path, or null where only keyframes can say it. */
const SCALES = {
  preset: (path, factor) => {
    const amount = path.amount * factor
    if (path.name === "static") return path
    if (LENGTHS.test(path.name) && Math.abs(amount) <= MAX_AMOUNT) return { ...path, amount }
    return scaledPath(presetPath(path.name, path.amount), factor)
  },
  orbit: (path, factor) => {
    if (path.displacement.length > MAX_EXACT_KEYS || !startsAtOrigin(path)) return null
    return { ...path, displacement: path.displacement.map((value) => value * factor) }
  },
  keyframes: scaledKeyframes,
  around: withLengths,
  poses: (path, factor) => {
    const start = positionOf(path.c2w[0])
    return { ...path, c2w: path.c2w.map((pose) => Array.from(scaledAbout(pose, start, factor))) }
  },
  segments: (path, factor) => {
    const scales = path.segments.map((each) => each.scale * factor)
    if (scales.some((each) => each < MIN_SCALE || each > MAX_SCALE) || !startsAtOrigin(path)) return null
    return { ...path, segments: path.segments.map((each, i) => ({ ...each, scale: scales[i] })) }
  },
}

function scaledKeyframes(path, factor) {
  const start = path.keyframes[0].position
  const about = (position) => add(start, times(subtract(position, start), factor))
  return { ...path, keyframes: path.keyframes.map((key) => ({ ...key, position: about(key.position) })) }
}

/** But for the last digits of a spline. */
function startsAtOrigin(path) {
  return norm(positionOf(samplePath(path, [0]).c2w[0])) < 1e-12
}
