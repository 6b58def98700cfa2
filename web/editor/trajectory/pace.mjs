// When a move happens within the clip, and how it starts and stops: the twin of postcam_core/trajectory/pace.py.

import { clamp01 } from "./times.mjs"

/**
 * From times in the clip to times in the path, both in [0, 1].
 * @param {number[]} times
 * @param {{start: number, end: number, ease: string}} [pace]
 * @returns {number[]}
 */
export function pathTimes(times, pace) {
  if (pace === undefined) return times
  return times.map((time) => eased(clamp01((time - pace.start) / (pace.end - pace.start)), pace.ease))
}

/**
 * Progress in [0, 1] with a slow start, a slow end or both. The order of operations is Python's, so that both meet a
 * key's time alike.
 * @param {number} s
 * @param {string} ease
 * @returns {number}
 */
export function eased(s, ease) {
  if (ease === "ease_in") return s * s
  if (ease === "ease_out") return 1 - (1 - s) * (1 - s)
  if (ease === "ease_in_out") return s * s * (3 - 2 * s)
  return s
}
