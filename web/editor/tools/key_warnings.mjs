// Keyframes that may not be joined as their author means.

import { poseFrom } from "../math/pose.mjs"
import { panTiltRoll } from "../math/rotation.mjs"
import { clipTimeAt } from "../state/clip_times.mjs"
import { turnBetweenDeg } from "../state/path_at.mjs"

/** Keys are joined the short way round. Beyond this it is easy to mean the other way, and the curve swings. */
export const MAX_TURN_BETWEEN_KEYS_DEG = 90

/**
 * @param {object} document
 * @param {number} numFrames
 * @returns {import("./analysis.mjs").Warning[]} values: the turn in degrees, the numbers of both keys from 1, as
 *   the timeline counts them. The turn is what the angles say: 200 from 0 to 200, though the camera would turn 160 the
 *   other way
 */
export function keyWarnings(document, numFrames) {
  const { keyframes = [] } = document.path
  return keyframes.slice(1).flatMap((key, i) => {
    const turn_deg = turnBetween(keyframes[i], key)
    if (!(turn_deg > MAX_TURN_BETWEEN_KEYS_DEG)) return []
    const frames = [keyframes[i], key].map(({ time }) => frameAt(clipTimeAt(document, time), numFrames))
    return [{ code: "wide_turn", frames, values: { turn_deg, first: i + 1, second: i + 2 } }]
  })
}

const frameAt = (time, numFrames) => Math.floor(time * (numFrames - 1) + 0.5)

/** Angles more than half a turn apart say what is meant; nearer ones may say little, e.g. looking straight down. */
function turnBetween(a, b) {
  const meant = Math.max(...["pan_deg", "tilt_deg", "roll_deg"].map((angle) => Math.abs(b[angle] - a[angle])))
  if (meant > 180) return meant
  return turnBetweenDeg(poseOf(a), poseOf(b))
}

const poseOf = (key) => poseFrom(panTiltRoll(key.pan_deg, key.tilt_deg, key.roll_deg), key.position)
