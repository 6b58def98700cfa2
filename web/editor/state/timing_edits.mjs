// Which moment of the source is shown when: freezing, running backwards. Times are times of the clip, 0 to 1; the
// source runs along with it where there is no timing.

import { clamp01, intervalAt } from "../trajectory/times.mjs"
import { increasing, mirroredTime } from "./key_times.mjs"
import { refusal } from "./refusal.mjs"

/** @typedef {{time: number, source: number}} TimingKey */

// A jump of the source takes this share of the clip: no frame falls into it.
const JUST = 1e-9

const RUNS_ALONG = [{ time: 0, source: 0 }, { time: 1, source: 1 }]

/** @param {TimingKey[]|null} keys their times increasing; none or null as clearTiming */
export const setTiming = (keys) => (document) => withTiming(document, keys ?? [])

/** The source runs along with the clip again. */
export const clearTiming = () => (document) => withTiming(document, [])

/** The source runs backwards: what was shown at t is shown at 1 − t. The camera's path stays: see reverse. */
export const reverseTime = () => (document) => {
  const keys = document.timing ?? RUNS_ALONG
  const times = increasing(keys.map((key) => mirroredTime(key.time)).reverse())
  return withTiming(document, times.map((time, i) => ({ time, source: keys.at(-1 - i).source })))
}

/**
 * Bullet time: the source stands still while the camera goes on.
 *
 * Before the plateau the source runs as it did. After it, it goes on from the frozen moment at the speed that it had:
 * all that follows comes later by the plateau's length, and what no longer fits before the end of the clip is not shown
 * any more. If atTime is not fromTime, the source jumps to the frozen moment where the plateau starts, and what follows
 * that moment follows the plateau; should it run out before the clip ends, its last frame stays.
 * @param {number} atTime time of the clip that shows the moment to freeze
 * @param {number} fromTime start of the plateau
 * @param {number} toTime its end
 */
export const freeze = (atTime, fromTime, toTime) => (document) => {
  checkPlateau(atTime, fromTime, toTime)
  const keys = document.timing ?? RUNS_ALONG
  const shift = toTime - atTime
  const plateau = [fromTime, toTime].map((time) => ({ time, source: sourceAt(keys, atTime) }))
  const later = keys.filter((key) => key.time > atTime).map((key) => ({ ...key, time: key.time + shift }))
  const after = [...later.filter((key) => key.time < 1), { time: 1, source: sourceAt(keys, 1 - shift) }]
  return withTiming(document, [
    ...keysUpTo(keys, fromTime, atTime === fromTime),
    ...plateau,
    ...(toTime < 1 ? after : []),
  ])
}

/** What comes before a plateau; where the source jumps to it, it stays where it was up to the last moment. */
function keysUpTo(keys, time, isContinuous) {
  const moment = isContinuous ? time : time - JUST
  const before = keys.filter((key) => key.time < moment)
  return isContinuous || moment <= 0 ? before : [...before, { time: moment, source: sourceAt(keys, moment) }]
}

/** @returns {number} the source's time at a time of the clip; the first and the last key's hold beyond them */
function sourceAt(keys, time) {
  if (keys.length === 1) return keys[0].source
  const i = intervalAt(keys.map((key) => key.time), time)
  const [key, next] = [keys[i], keys[i + 1]]
  const fraction = clamp01((time - key.time) / (next.time - key.time))
  return clamp01(key.source + (next.source - key.source) * fraction)
}

/** A source that runs along needs no timing; one that was there stays: it lets the clip have another length. */
function withTiming({ timing, ...document }, keys) {
  const isUsual = timing === undefined && JSON.stringify(keys) === JSON.stringify(RUNS_ALONG)
  if (isUsual || keys.length === 0) return document
  const times = increasing(keys.map((key) => key.time))
  return { ...document, timing: keys.map((key, i) => ({ time: times[i], source: key.source })) }
}

function checkPlateau(atTime, fromTime, toTime) {
  const times = [atTime, fromTime, toTime]
  if (times.every((time) => time >= 0 && time <= 1) && fromTime < toTime) return
  throw refusal("freeze", "freeze", {
    expected: "a start before the end, all times from 0 to 1",
    got: times.join(", "),
    todo: "Choose an earlier start or a later end.",
  })
}
