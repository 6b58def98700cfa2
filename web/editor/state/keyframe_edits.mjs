// Edits of single keyframes. Times of keyframes are times of the path: clip_times.mjs turns the playhead's into them.
// Where the path is something else, those that put keys in turn it into keyframes first.

import { positionOf, rotationOf } from "../math/pose.mjs"
import { pathUnit } from "../trajectory/path_schemas.mjs"
import { clamp01, intervalAt } from "../trajectory/times.mjs"
import { panTiltRollOf } from "./angles.mjs"
import { asKeyframes } from "./bake.mjs"
import { MIN_KEY_GAP, timeBetween } from "./key_times.mjs"
import { pathInUnit } from "./lengths.mjs"
import { samplePath } from "./path_at.mjs"
import { refusal } from "./refusal.mjs"

/**
 * Keyframes instead of the path.
 * @param {object[]} keyframes in the order of their times
 * @param {string|null} [unit] of their positions; null: the unit that the path has now
 */
export const setKeyframes = (keyframes, unit = null) => (document) => ({
  ...document,
  path: { kind: "keyframes", unit: unit ?? pathUnit(document.path), keyframes },
})

/**
 * A key where the path is at a time; nothing where there is one already (within MIN_KEY_GAP).
 *
 * The curve goes through the same places, but the new key takes part in the speeds of a spline. Straight lines, holds
 * and constant turns stay exactly as they are, presets within 0.005 nearest depths and 0.3°; beside sharp turns the
 * curve may move by a seventh of the longest step between two keys.
 * @param {number} time in the path, 0 to 1
 */
export const addKeyframe = (time) => (document) => {
  const baked = asKeyframes(document)
  const { keyframes } = baked.path
  const at = clamp01(time)
  if (keyframes.some((key) => Math.abs(key.time - at) < MIN_KEY_GAP)) return baked
  return withKeys(baked, withKeyAt(keyframes, at))
}

function withKeyAt(keyframes, time) {
  const [first, last] = [keyframes[0], keyframes.at(-1)]
  // The path stands still before its first key and after its last one; a straight line between equals keeps it so.
  if (time < first.time) return [{ ...first, time, interpolation: "linear" }, ...keyframes]
  if (time > last.time) return [...keyframes.slice(0, -1), { ...last, interpolation: "linear" }, { ...last, time }]
  const i = intervalAt(keyframes.map((key) => key.time), time)
  return keyframes.toSpliced(i + 1, 0, keyOnPath(keyframes, time, keyframes[i]))
}

function keyOnPath(keyframes, time, before) {
  const { c2w: [pose], focalScale: [focal_scale] } = samplePath({ kind: "keyframes", keyframes }, [time])
  const near = [before.pan_deg, before.tilt_deg, before.roll_deg]
  const [pan_deg, tilt_deg, roll_deg] = panTiltRollOf(rotationOf(pose), near)
  const { interpolation } = before
  return { time, position: positionOf(pose), pan_deg, tilt_deg, roll_deg, focal_scale, interpolation }
}

/**
 * Other values for a keyframe.
 * @param {number} index
 * @param {object} fields any of a keyframe's; a time is kept between the neighbours'
 */
export const updateKeyframe = (index, { time, ...fields }) => (document) => {
  const keyframes = [...keysOf(document, index)]
  keyframes[index] = { ...keyframes[index], ...fields }
  const updated = withKeys(document, keyframes)
  return time === undefined ? updated : moveKeyframe(index, time)(updated)
}

/**
 * Another time for a keyframe, which keeps its place among the others: at least MIN_KEY_GAP from its neighbours.
 * @param {number} index
 * @param {number} time in the path
 */
export const moveKeyframe = (index, time) => (document) => {
  const keyframes = [...keysOf(document, index)]
  const [before, after] = [keyframes[index - 1]?.time ?? null, keyframes[index + 1]?.time ?? null]
  keyframes[index] = { ...keyframes[index], time: timeBetween(time, before, after) }
  return withKeys(document, keyframes)
}

/** @param {number[]} indices of keyframes; one at least has to stay */
export const deleteKeyframes = (indices) => (document) => {
  const keyframes = keysOf(document, ...indices).filter((_, i) => !indices.includes(i))
  if (keyframes.length > 0) return withKeys(document, keyframes)
  throw refusal("last_keyframe", "keyframes", {
    expected: "one that stays",
    got: "all of them to be deleted",
    todo: "Choose a preset to start anew.",
  })
}

/**
 * Copied keyframes put in so that the first is at a time. Those that would come after the end are left out, keys at the
 * times of others take their place.
 * @param {object[]} keys their times increasing
 * @param {number} atTime in the path
 * @param {string} [unit] of their positions, see clipboard.mjs
 * @param {number|null} [nearestDepth] of the scene, for keys copied from a path in scene units or into one
 */
export const pasteKeyframes = (keys, atTime, unit = "nearest_depth", nearestDepth = null) => (document) => {
  if (keys.length === 0) return document
  const baked = asKeyframes(document)
  const shift = clamp01(atTime) - keys[0].time
  const { keyframes } = pathInUnit({ kind: "keyframes", unit, keyframes: keys }, baked.path.unit, nearestDepth)
  // The first arrives exactly where it was put: adding the shift may be off by a digit.
  const moved = keyframes.map((key, i) => ({ ...key, time: i === 0 ? clamp01(atTime) : key.time + shift }))
  const pasted = moved.filter((key) => key.time <= 1)
  const isFree = ({ time }) => pasted.every((key) => Math.abs(key.time - time) >= MIN_KEY_GAP)
  const kept = baked.path.keyframes.filter(isFree)
  return withKeys(baked, [...kept, ...pasted].sort((a, b) => a.time - b.time))
}

const withKeys = (document, keyframes) => ({ ...document, path: { ...document.path, keyframes } })

/** The document's keyframes, if it has all of these. */
function keysOf({ path }, ...indices) {
  if (path.kind !== "keyframes") {
    throw refusal("no_keyframes", "path", {
      expected: "keyframes",
      got: `a path of kind "${path.kind}"`,
      todo: "Turn the path into keyframes first.",
    })
  }
  const missing = indices.find((index) => path.keyframes[index] === undefined)
  if (missing === undefined) return path.keyframes
  throw refusal("no_such_keyframe", "keyframe", {
    expected: `a number from 0 to ${path.keyframes.length - 1}`,
    got: `${missing}`,
    todo: "Select one of the path's keyframes.",
  })
}
