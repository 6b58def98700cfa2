// Recorded poses at other times than they were recorded at: the twin of postcam_core/trajectory/poses.py.

import { interpolatePoses } from "../math/pose.mjs"
import { sampleTimes } from "./times.mjs"

/**
 * Straight in position, the shortest arc in rotation, evenly in the logarithm of the focal scale. As many times as
 * poses, spread as they are, give the recorded poses to the last digit.
 * @param {{c2w: number[][], focal_scale?: number[]}} path
 * @param {number[]} times in [0, 1]
 * @returns {{c2w: Float64Array[], focalScale: Float64Array}}
 */
export function resamplePoses(path, times) {
  const c2w = path.c2w.map((pose) => Float64Array.from(pose))
  const focalScale = Float64Array.from(path.focal_scale ?? c2w.map(() => 1))
  if (times.length === c2w.length && sampleTimes(times.length).every((time, i) => time === times[i])) {
    return { c2w, focalScale }
  }
  const last = c2w.length - 1
  const places = times.map((time) => {
    const start = Math.min(Math.floor(time * last), Math.max(last - 1, 0))
    return { start, end: Math.min(start + 1, last), fraction: time * last - start }
  })
  return {
    c2w: places.map(({ start, end, fraction }) => interpolatePoses(c2w[start], c2w[end], fraction)),
    focalScale: Float64Array.from(places, ({ start, end, fraction }) => {
      const [from, to] = [Math.log(focalScale[start]), Math.log(focalScale[end])]
      return Math.exp(from + (to - from) * fraction)
    }),
  }
}
