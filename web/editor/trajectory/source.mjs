// Paths that follow the camera which took the clip: the twin of postcam_core/trajectory/source.py.

import { multiplyPoses, scalePose } from "../math/pose.mjs"
import { sceneUnitsIn } from "../scene/units.mjs"
import { TrajectoryError, short } from "./errors.mjs"
import { checkRigid } from "./rigid.mjs"

/**
 * The cameras that took the clip, in the unit of its geometry.
 * @typedef {{c2w: Float64Array[], nearestDepth: number}} SourceCameras poses relative to the first frame's, which is
 *   the identity; nearest depth of the first frame
 */

/**
 * @param {SourceCameras} source
 * @throws {TrajectoryError} on poses that are not rigid or do not start at the identity, or a nearest depth that is no
 *   positive finite number
 */
export function checkSource(source) {
  const { c2w, nearestDepth } = source
  if (!Array.isArray(c2w) || c2w.length === 0 || !c2w.every((pose) => pose?.length === 16)) {
    throw refused("one 4×4 pose per source frame", short(c2w))
  }
  c2w.forEach((pose, i) => checkRigid(pose, `source cameras[${i}]`))
  const off = Math.max(...c2w[0].map((value, i) => Math.abs(value - (i % 5 === 0 ? 1 : 0))))
  if (off > 1e-3) throw refused("the identity as the first frame's pose", `one off by ${off.toPrecision(2)}`)
  if (!(Number.isFinite(nearestDepth) && nearestDepth > 0)) {
    throw refused("a positive finite nearest depth", short(nearestDepth))
  }
}

/**
 * Poses of a path that starts anew from the source camera of the frame shown, in scene units.
 * @param {Float64Array[]} pathC2w in the axes of that camera
 * @param {"nearest_depth"|"model"|"scene"} unit of the path
 * @param {{c2w: Float64Array[], nearestDepth: number, sourceIndex: Int32Array}} followed smoothed or not
 * @returns {Float64Array[]}
 */
export function followSource(pathC2w, unit, { c2w, nearestDepth, sourceIndex }) {
  const factor = sceneUnitsIn(unit, nearestDepth)
  return pathC2w.map((pose, i) => multiplyPoses(c2w[sourceIndex[i]], scalePose(pose, factor)))
}

function refused(expected, got) {
  const todo = "Take them from the clip's geometry, anchored to its first frame."
  return new TrajectoryError("source cameras", { expected, got, todo })
}
