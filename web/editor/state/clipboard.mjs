// Keyframes as text, to copy and paste between editors.

import { validateDocument } from "../trajectory/document.mjs"
import { TrajectoryError } from "../trajectory/errors.mjs"
import { loadJson } from "../trajectory/json_text.mjs"
import { refusal } from "./refusal.mjs"

const FORMAT = "postcam-keyframes"

/**
 * @param {{unit: string, keyframes: object[]}} path of kind "keyframes"
 * @param {number[]|null} [indices] of the keyframes to copy, in any order; null: all
 * @returns {string} JSON
 * @throws {TrajectoryError} if there is nothing to copy
 */
export function keyframesToText(path, indices = null) {
  const keyframes = path.keyframes?.filter((_, i) => indices === null || indices.includes(i)) ?? []
  if (keyframes.length === 0) {
    throw refusal("nothing_to_copy", "clipboard", {
      expected: "selected keyframes",
      got: "none",
      todo: "Select one or more keyframes.",
    })
  }
  return JSON.stringify({ format: FORMAT, version: 1, unit: path.unit, keyframes })
}

/**
 * @param {string} text from anywhere
 * @returns {{unit: string, keyframes: object[]}} for pasteKeyframes(keyframes, atTime, unit)
 * @throws {TrajectoryError} if it is anything else than copied keyframes
 */
export function keyframesFromText(text) {
  try {
    const { format, version, ...path } = Object(loadJson(text))
    if (format !== FORMAT || version !== 1) throw notKeyframes()
    return read(path)
  } catch (error) {
    if (error instanceof TrajectoryError) throw notKeyframes(error.message)
    throw error
  }
}

/** The document's own checks, for keyframes alone. */
function read(fields) {
  const path = { ...fields, kind: "keyframes" }
  const { unit, keyframes } = validateDocument({ format: "postcam-trajectory", version: 1, path }).path
  return { unit, keyframes }
}

function notKeyframes(cause = "other content") {
  return refusal("clipboard", "clipboard", {
    expected: "keyframes copied from this editor",
    got: cause,
    todo: "Copy keyframes first.",
  })
}
