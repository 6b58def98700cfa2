// Paths in another unit.

import { scale } from "../math/vec3.mjs"
import { nearestDepthIn } from "../scene/units.mjs"
import { pathUnit } from "../trajectory/path_schemas.mjs"
import { refusal } from "./refusal.mjs"

/**
 * Keyframes, or an orbit about a point, with their lengths in another unit; every other kind has nearest depths anyway.
 * @param {object} path
 * @param {"nearest_depth"|"model"|"scene"} unit
 * @param {number|null} [nearestDepth] in scene units
 * @returns {object}
 * @throws {TrajectoryError} if scene units are involved and there is no scene
 */
export function pathInUnit(path, unit, nearestDepth = null) {
  if (pathUnit(path) === unit) return path
  const [from, to] = [pathUnit(path), unit].map((each) => nearestDepthIn(each, nearestDepth))
  if (from === null || to === null) throw withoutScene()
  return { ...withLengths(path, to / from), unit }
}

/**
 * Keyframes or an orbit about a point with every length multiplied.
 * @param {object} path
 * @param {number} factor
 * @returns {object}
 */
export function withLengths(path, factor) {
  if (path.kind === "around") return { ...path, pivot: scale(path.pivot, factor) }
  return { ...path, keyframes: path.keyframes.map((key) => ({ ...key, position: scale(key.position, factor) })) }
}

function withoutScene() {
  return refusal("scene_units", "unit of the path", {
    expected: "nearest depths or the model's unit",
    got: "scene units, and no scene to measure them in",
    todo: "Connect images and geometry and run the node once, or start from a preset.",
  })
}
