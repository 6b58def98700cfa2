// Edits of the document as a whole.
//
// Every edit is (…arguments) => (document) => document: it takes a validated document, leaves it as it is and returns
// another one, or throws a TrajectoryError. Values out of their limits are left to validateDocument: the store's edit
// calls it.

import { refusal } from "./refusal.mjs"

const PACE = { start: 0, end: 1, ease: "linear" }

/** @param {string} name for people, up to 200 characters */
export const setName = (name) => (document) => ({ ...document, name })

/**
 * A preset instead of the path; pace, timing and what the path is relative to stay.
 * @param {string} name one of PRESET_NAMES
 * @param {number} [amount] multiple of its natural size, −20 to 20; negative mirrors
 */
export const choosePreset = (name, amount = 1) => (document) => ({
  ...document,
  path: { kind: "preset", name, amount },
})

/** @param {number} amount multiple of the preset's natural size, −20 to 20 */
export const setAmount = (amount) => (document) => {
  if (document.path.kind !== "preset") {
    throw refusal("no_preset", "amount", {
      expected: "a preset",
      got: `a path of kind "${document.path.kind}"`,
      todo: "Choose a preset first, or scale the path.",
    })
  }
  return { ...document, path: { ...document.path, amount } }
}

/**
 * An orbit about a point: a new one, or other values for the one that is there.
 * @param {{pivot?: number[], yaw_deg?: number, pitch_deg?: number, distance?: number, roll_deg?: number,
 *   focal_scale?: number, unit?: string}} fields a new orbit without them is about the subject, one nearest depth ahead
 */
export const setAround = (fields) => (document) => {
  const { path } = document
  const before = path.kind === "around" ? path : { kind: "around", unit: "nearest_depth", pivot: [0, 0, 1] }
  return { ...document, path: { ...before, ...fields } }
}

/**
 * When the move happens within the clip.
 * @param {{start?: number, end?: number, ease?: string}} fields the others stay
 */
export const setPace = (fields) => (document) => withPace(document, { ...PACE, ...document.pace, ...fields })

/**
 * A document with a pace, or without the field where the move lasts all the time anyway.
 * @param {object} document
 * @param {{start: number, end: number, ease: string}} pace
 */
export function withPace({ pace: _, ...document }, pace) {
  const isUsual = pace.start === 0 && pace.end === 1 && pace.ease === "linear"
  return isUsual ? document : { ...document, pace }
}

/**
 * What the path starts from.
 * @param {"first_frame"|"source_camera"|"smoothed_source"} value
 * @param {number} [smoothingFrames] σ in frames, 0.01 to 1000; stays if not given
 */
export const setRelativeTo = (value, smoothingFrames) => (document) => ({
  ...document,
  relative_to: value,
  smoothing_frames: smoothingFrames ?? document.smoothing_frames,
})
