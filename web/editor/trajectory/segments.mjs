// Several moves in a row: the twin of postcam_core/trajectory/segments.py.

import { identityPose, multiplyPoses, scalePose } from "../math/pose.mjs"
import { sampleMove } from "./moves.mjs"
import { eased } from "./pace.mjs"
import { clamp01, intervalAt } from "./times.mjs"

/**
 * Poses of moves in a row, each in the axes of the camera that the one before left behind.
 * @param {{segments: object[]}} path every field filled in
 * @param {number[]} times in [0, 1]
 * @returns {{c2w: Float64Array[], focalScale: Float64Array}}
 */
export function sampleSegments({ segments }, times) {
  const bounds = boundsOf(segments)
  const framesOf = segments.map(() => [])
  times.forEach((time, frame) => framesOf[intervalAt(bounds, time)].push(frame))

  const samples = { c2w: new Array(times.length), focalScale: new Float64Array(times.length) }
  let before = { c2w: identityPose(), focalScale: 1 }
  segments.forEach((segment, i) => {
    const progress = framesOf[i].map((frame) => clamp01((times[frame] - bounds[i]) / (bounds[i + 1] - bounds[i])))
    const own = sampleMove(segment.path, [...progress, 1].map((s) => eased(s, segment.ease)))
    const chained = own.c2w.map((pose) => multiplyPoses(before.c2w, scalePose(pose, segment.scale)))
    const focal = own.focalScale.map((factor) => before.focalScale * factor)
    framesOf[i].forEach((frame, k) => {
      samples.c2w[frame] = chained[k]
      samples.focalScale[frame] = focal[k]
    })
    before = { c2w: chained.at(-1), focalScale: focal.at(-1) }
  })
  return samples
}

/** Path times at which segments begin, and 1. */
function boundsOf(segments) {
  const ends = []
  let end = 0
  for (const segment of segments) ends.push((end += segment.duration))
  return [0, ...ends.map((each) => each / end)]
}
