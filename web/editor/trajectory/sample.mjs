// A document at the frames of a clip: the twin of postcam_core/trajectory/trajectory.py.

import { validateDocument } from "./document.mjs"
import { TrajectoryError } from "./errors.mjs"
import { sampleMove } from "./moves.mjs"
import { pathTimes } from "./pace.mjs"
import { pathUnit } from "./path_schemas.mjs"
import { resamplePoses } from "./poses.mjs"
import { checkRigid } from "./rigid.mjs"
import { sampleSegments } from "./segments.mjs"
import { smoothPoses } from "./smooth_poses.mjs"
import { checkSource, followSource } from "./source.mjs"
import { sampleTimes } from "./times.mjs"
import { sourceFrames } from "./timing.mjs"

/**
 * The target camera of every frame.
 * @typedef {{c2w: Float64Array[], unit: "nearest_depth"|"model"|"scene", focalScale: Float64Array,
 *   sourceIndex: Int32Array}} Trajectory camera-to-world poses, sixteen numbers row by row, lengths in `unit`; factor
 *   on the source's focal length; the source frame that each frame shows
 */

/**
 * Sample a document at times spread evenly over the clip.
 * @param {import("./document.mjs").TrajectoryDocument} document defaults may be missing
 * @param {number} numFrames length of the result
 * @param {import("./source.mjs").SourceCameras|null} [source] cameras of the clip. They say how many frames there are
 *   to show (without them: as many as the result has), and are needed by a document that is relative to them; its
 *   result is in scene units
 * @returns {Trajectory}
 * @throws {TrajectoryError} if the document or the number is not valid, the source's cameras are needed and missing, or
 *   focal scales or lengths multiply beyond what numbers hold
 */
export function sampleTrajectory(document, numFrames, source = null) {
  const { path, pace, timing, relative_to: relativeTo, smoothing_frames: smoothingFrames } = validateDocument(document)
  if (source !== null) checkSource(source)
  const times = sampleTimes(numFrames)
  const sourceIndex = sourceFrames(times, timing, source === null ? numFrames : source.c2w.length)
  const { c2w, focalScale } = samplePath(path, pathTimes(times, pace))
  const sampled = { c2w, unit: pathUnit(path), focalScale, sourceIndex }
  if (relativeTo !== "first_frame") {
    const followed = followedCameras(relativeTo, smoothingFrames, source)
    sampled.c2w = followSource(c2w, sampled.unit, { c2w: followed, nearestDepth: source.nearestDepth, sourceIndex })
    sampled.unit = "scene"
  }
  return checked(sampled)
}

/**
 * Any kind of path.
 * @param {{kind: string}} path every field filled in
 * @param {number[]} times in [0, 1]
 * @returns {{c2w: Float64Array[], focalScale: Float64Array}}
 */
function samplePath(path, times) {
  if (path.kind === "poses") return resamplePoses(path, times)
  if (path.kind === "segments") return sampleSegments(path, times)
  return sampleMove(path, times)
}

function followedCameras(relativeTo, smoothingFrames, source) {
  if (source === null) {
    throw new TrajectoryError("trajectory relative to the source's camera", {
      expected: "the cameras of the clip",
      got: "none",
      todo: 'Connect the clip\'s geometry, or set relative_to to "first_frame".',
    })
  }
  return relativeTo === "source_camera" ? source.c2w : smoothPoses(source.c2w, smoothingFrames)
}

function checked(sampled) {
  sampled.c2w.forEach((pose, i) => checkRigid(pose, `c2w[${i}]`))
  const bad = sampled.focalScale.findIndex((factor) => !(factor > 0 && factor < Infinity))
  if (bad < 0) return sampled
  throw new TrajectoryError(`focal scale of frame ${bad}`, {
    expected: "a positive finite number",
    got: `${sampled.focalScale[bad]}`,
    todo: "Choose focal scales nearer to 1; those of segments multiply.",
  })
}
