// Between times of the clip and times of the path, which its pace sets apart.

import { pathTimes } from "../trajectory/pace.mjs"
import { clamp01 } from "../trajectory/times.mjs"

/** The inverse of eased in trajectory/pace.mjs. */
const UNEASED = {
  linear: (s) => s,
  ease_in: (s) => Math.sqrt(s),
  ease_out: (s) => 1 - Math.sqrt(1 - s),
  ease_in_out: (s) => 0.5 - Math.sin(Math.asin(1 - 2 * s) / 3),
}

/**
 * @param {{pace?: object}} document
 * @param {number} clipTime in [0, 1]
 * @returns {number} the time in the path, in [0, 1], e.g. for a keyframe at the playhead
 */
export const pathTimeAt = ({ pace }, clipTime) => pathTimes([clamp01(clipTime)], pace)[0]

/**
 * @param {{pace?: object}} document
 * @param {number} pathTime in [0, 1], e.g. a keyframe's
 * @returns {number} when the clip shows it; for 0 and 1, which may last, the moment nearest to the move
 */
export function clipTimeAt({ pace }, pathTime) {
  if (pace === undefined) return pathTime
  return pace.start + (pace.end - pace.start) * uneased(pathTime, pace.ease)
}

/**
 * @param {number} progress in [0, 1]
 * @param {string} ease
 * @returns {number} the share of the time at which it is reached
 */
export const uneased = (progress, ease) => clamp01(UNEASED[ease](clamp01(progress)))
