// Paths that can be evaluated at any time: presets, orbits, keyframes and orbits about a point.

import { sampleAround } from "./around.mjs"
import { sampleKeyframes } from "./keyframes.mjs"
import { sampleOrbit } from "./orbit.mjs"
import { presetPath } from "./presets.mjs"

const SAMPLERS = { orbit: sampleOrbit, keyframes: sampleKeyframes, around: sampleAround }

/**
 * Pose and focal scale of a move.
 * @param {{kind: string}} path every field filled in
 * @param {number[]} times in [0, 1]
 * @returns {{c2w: Float64Array[], focalScale: Float64Array}}
 */
export function sampleMove(path, times) {
  const move = path.kind === "preset" ? presetPath(path.name, path.amount) : path
  return SAMPLERS[move.kind](move, times)
}
