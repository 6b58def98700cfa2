// Left and right, up and down, ahead and back: the same move the other way.

import { poseFrom, positionOf, rotationOf } from "../math/pose.mjs"
import { exactKeyframes } from "./bake.mjs"
import { twinPreset } from "./preset_twins.mjs"

/** @typedef {"x"|"y"|"z"} Axis */

const INDEX = { x: 0, y: 1, z: 2 }
/** Angles that turn the other way in a mirror. None for z: the camera still has to look at what is ahead of it. */
const TURNED = { x: ["pan_deg", "roll_deg"], y: ["tilt_deg", "roll_deg"], z: [] }
/** The same of an orbit, whose yaw goes along x and whose pitch goes along y. */
const TURNED_AROUND = { x: ["yaw_deg", "roll_deg"], y: ["pitch_deg", "roll_deg"] }

/**
 * The path mirrored. x swaps left and right, y swaps up and down: place and view are those of a camera in a mirror, so
 * what was aimed at the subject still is. z swaps ahead and back: the places go to the other side of the first camera
 * and the view stays what it was, as a mirrored one would look behind.
 * @param {Axis} axis
 */
export const mirror = (axis) => (document) => ({ ...document, path: mirroredPath(document.path, axis) })

function mirroredPath(path, axis) {
  const mirrored = MIRRORS[path.kind](path, axis)
  return mirrored ?? mirroredKeyframes(exactKeyframes(path), axis)
}

/** By kind: the mirrored path, or null where only keyframes can say it. */
const MIRRORS = {
  preset: (path, axis) => {
    const name = twinPreset(path.name, axis)
    return name === null ? null : { ...path, name }
  },
  orbit: mirroredOrbit,
  keyframes: mirroredKeyframes,
  around: (path, axis) => {
    if (axis === "z") return null
    return { ...negated(path, TURNED_AROUND[axis]), pivot: negatedAlong(path.pivot, axis) }
  },
  poses: (path, axis) => ({ ...path, c2w: path.c2w.map((pose) => mirroredPose(pose, axis)) }),
  // A mirror goes through a product of poses, but not where the view stays.
  segments: (path, axis) => {
    if (axis === "z") return null
    return { ...path, segments: path.segments.map((each) => ({ ...each, path: mirroredPath(each.path, axis) })) }
  },
}

function mirroredOrbit(path, axis) {
  if (axis !== "z") {
    const line = axis === "x" ? "yaw_deg" : "pitch_deg"
    return { ...path, [line]: path[line].map((value) => -value) }
  }
  const isDolly = [...path.pitch_deg, ...path.yaw_deg].every((angle) => angle === 0)
  return isDolly ? { ...path, displacement: path.displacement.map((value) => -value) } : null
}

function mirroredKeyframes(path, axis) {
  const keyframes = path.keyframes.map((key) => ({
    ...negated(key, TURNED[axis]),
    position: negatedAlong(key.position, axis),
  }))
  return { ...path, keyframes }
}

function mirroredPose(pose, axis) {
  const position = negatedAlong(positionOf(pose), axis)
  const isTurned = (i) => axis !== "z" && (i % 3 === INDEX[axis]) !== (Math.floor(i / 3) === INDEX[axis])
  const rotation = rotationOf(pose).map((value, i) => (isTurned(i) ? -value : value))
  return Array.from(poseFrom(rotation, position))
}

const negated = (fields, names) => ({ ...fields, ...Object.fromEntries(names.map((name) => [name, -fields[name]])) })

const negatedAlong = (vector, axis) => vector.map((value, i) => (i === INDEX[axis] ? -value : value))
