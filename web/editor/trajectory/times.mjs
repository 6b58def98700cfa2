// Where in a trajectory each frame lies.

import { TrajectoryError, short } from "./errors.mjs"

const MAX_FRAMES = 100_000

/**
 * Times of the frames, from 0 at the first to 1 at the last.
 * @param {number} numFrames
 * @returns {number[]}
 * @throws {TrajectoryError} if it is no whole number from 1 to 100,000
 */
export function sampleTimes(numFrames) {
  if (!Number.isInteger(numFrames) || numFrames < 1 || numFrames > MAX_FRAMES) {
    throw new TrajectoryError("number of frames", {
      expected: "a whole number from 1 to 100,000",
      got: short(numFrames),
      todo: "The released checkpoint takes 41 frames.",
    })
  }
  return Array.from({ length: numFrames }, (_, i) => i / Math.max(numFrames - 1, 1))
}

/**
 * Which of the intervals between neighbouring bounds a time lies in; on a bound, the later one.
 * @param {ArrayLike<number>} bounds two or more, increasing
 * @param {number} time before the first bound: interval 0, after the last: the last one
 * @returns {number}
 */
export function intervalAt(bounds, time) {
  let [low, high] = [0, bounds.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (bounds[middle] <= time) low = middle
    else high = middle
  }
  return low
}

/** @param {number} value @returns {number} the nearest number in [0, 1] */
export const clamp01 = (value) => Math.min(Math.max(value, 0), 1)
