// Which source frame each target frame shows: the twin of postcam_core/trajectory/timing.py.

import { clamp01, intervalAt } from "./times.mjs"

/**
 * Number of the source frame nearest to the source's time; a half goes up.
 * @param {number[]} times in [0, 1]
 * @param {{time: number, source: number}[]|undefined} timing keys joined by straight lines; without any, the source
 *   runs along
 * @param {number} numSource frames of the source
 * @returns {Int32Array}
 */
export function sourceFrames(times, timing, numSource) {
  const keyTimes = timing?.map((key) => key.time)
  return Int32Array.from(times, (time) => {
    const sourceTime = timing === undefined ? time : betweenKeys(timing, keyTimes, time)
    return Math.floor(sourceTime * (numSource - 1) + 0.5)
  })
}

function betweenKeys(timing, keyTimes, time) {
  if (timing.length === 1) return timing[0].source
  const i = intervalAt(keyTimes, time)
  const [key, next] = [timing[i], timing[i + 1]]
  const fraction = clamp01((time - key.time) / (next.time - key.time))
  return key.source + (next.source - key.source) * fraction
}
