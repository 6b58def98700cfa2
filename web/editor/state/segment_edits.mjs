// Several moves in a row.

import { positionOf } from "../math/pose.mjs"
import { norm, subtract } from "../math/vec3.mjs"
import { MAX_BAKED_KEYS, bakedPath } from "./bake.mjs"
import { withPace } from "./document_edits.mjs"
import { pathInUnit } from "./lengths.mjs"
import { samplePath } from "./path_at.mjs"
import { refusal } from "./refusal.mjs"

const SUBJECT = [0, 0, 1]
const [MIN_SCALE, MAX_SCALE] = [1e-3, 1e3]
const STILL = { kind: "preset", name: "static", amount: 1 }

/**
 * One more move after the path, which becomes the first of them where it is not several already. The new move's lengths
 * are scaled to what is then left of the way to the subject: an arc after half the way in goes around the same point.
 *
 * The first move takes the ease of the document's pace with it, so that it goes on feeling as it did; start and end of
 * the pace stay.
 * @param {object} path a preset, orbit, keyframes or orbit about a point; recorded poses become keyframes
 * @param {object} [options]
 * @param {number} [options.duration] relative to the other moves', each 1 if nothing else was said
 * @param {string} [options.ease]
 * @param {number|null} [options.nearestDepth] of the scene, where a path is in scene units
 */
export const appendSegment = (path, { duration = 1, ease = "linear", nearestDepth = null } = {}) => (document) => {
  const chained = asSegments(document, nearestDepth)
  const { c2w: [end] } = samplePath(chained.path, [1])
  const left = norm(subtract(SUBJECT, positionOf(end)))
  const scale = Math.min(Math.max(left, MIN_SCALE), MAX_SCALE)
  return withSegments(chained, [...chained.path.segments, { path: asMove(path, nearestDepth), duration, ease, scale }])
}

/** @param {number} index @param {{path?: object, duration?: number, ease?: string, scale?: number}} fields */
export const updateSegment = (index, fields) => (document) => {
  const segments = segmentsOf(document, index)
  return withSegments(document, segments.with(index, { ...segments[index], ...fields }))
}

/** @param {number} index of the move to leave out; without any left the camera stands still */
export const deleteSegment = (index) => (document) => {
  const segments = segmentsOf(document, index).toSpliced(index, 1)
  return segments.length > 0 ? withSegments(document, segments) : { ...document, path: STILL }
}

function asSegments(document, nearestDepth) {
  if (document.path.kind === "segments") return document
  const { ease = "linear", ...pace } = document.pace ?? { start: 0, end: 1 }
  const first = { path: asMove(document.path, nearestDepth), duration: 1, ease, scale: 1 }
  return withSegments(withPace(document, { ...pace, ease: "linear" }), [first])
}

/** A path as segments hold it: evaluated at any time, in nearest depths. */
function asMove(path, nearestDepth) {
  const move = path.kind === "poses" ? bakedPath(path, MAX_BAKED_KEYS) : path
  return pathInUnit(move, "nearest_depth", nearestDepth)
}

const withSegments = (document, segments) => ({ ...document, path: { kind: "segments", segments } })

function segmentsOf({ path }, index) {
  if (path.kind === "segments" && path.segments[index] !== undefined) return path.segments
  throw refusal("no_such_segment", "move", {
    expected: path.kind === "segments" ? `a number from 0 to ${path.segments.length - 1}` : "several moves in a row",
    got: path.kind === "segments" ? `${index}` : `a path of kind "${path.kind}"`,
    todo: "Select one of the path's moves, or add one.",
  })
}
