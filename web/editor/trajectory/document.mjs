// The trajectory document, as docs/formats.md defines it: the twin of postcam_core/trajectory/document.py.

import { TrajectoryError, short } from "./errors.mjs"
import { MAX_DOCUMENT_BYTES, checkSize, loadJson } from "./json_text.mjs"
import { MAX_KEYS, ease, path, share } from "./path_schemas.mjs"
import { checkIncreasing, checked, choice, list, nullable, number } from "./schema.mjs"
import { object, optional, required, text } from "./schema.mjs"

export { MAX_DOCUMENT_BYTES }

/**
 * A camera move, independent of the number of frames: a plain object with the fields of docs/formats.md, under their
 * names there, every default filled in. Missing pace and timing stay missing.
 * @typedef {{format: "postcam-trajectory", version: 1, name: string, path: {kind: string}, pace?: Pace,
 *   timing?: {time: number, source: number}[], relative_to: "first_frame"|"source_camera"|"smoothed_source",
 *   smoothing_frames: number}} TrajectoryDocument
 * @typedef {{start: number, end: number, ease: "linear"|"ease_in"|"ease_out"|"ease_in_out"}} Pace
 */

const pace = checked(
  object({ start: optional(share, 0), end: optional(share, 1), ease: optional(ease, "linear") }),
  checkPace,
)

const timing = checked(list(object({ time: required(share), source: required(share) }), 1, MAX_KEYS), checkIncreasing)

const document = object({
  format: required(choice(["postcam-trajectory"])),
  version: required(choice([1])),
  name: optional(text(200), ""),
  path: required(path),
  pace: nullable(pace),
  timing: nullable(timing),
  relative_to: optional(choice(["first_frame", "source_camera", "smoothed_source"]), "first_frame"),
  smoothing_frames: optional(number(0.01, 1000), 8),
})

/**
 * Read a document from JSON text.
 * @param {string} json
 * @returns {TrajectoryDocument}
 * @throws {TrajectoryError} whatever is wrong with it; the message names the first place at fault
 */
export const parseDocument = (json) => validateDocument(loadJson(json))

/**
 * Check a plain object and fill the defaults in. The result shares nothing with it.
 * @param {unknown} object
 * @returns {TrajectoryDocument}
 * @throws {TrajectoryError} at the first place at fault
 */
export function validateDocument(object) {
  checkHeader(object)
  return document.read(object, "$")
}

/**
 * Write a document as compact JSON, defaults left out; both languages read it back to an equal one.
 * @param {TrajectoryDocument} object
 * @returns {string}
 * @throws {TrajectoryError} if it is not valid, or too long to be read again
 */
export function documentToJson(object) {
  const json = JSON.stringify(document.write(validateDocument(object)))
  checkSize(json)
  return json
}

function checkHeader(object) {
  const isObject = typeof object === "object" && object !== null
  if (!isObject || object.format !== "postcam-trajectory") {
    throw new TrajectoryError("trajectory", {
      expected: 'a JSON object with "format": "postcam-trajectory"',
      got: short(object),
      todo: "Other formats are read by the node PostCam Load Trajectory.",
    })
  }
  if (object.version !== 1) {
    throw new TrajectoryError("trajectory version", {
      expected: "1, the only one so far",
      got: short(object.version),
      todo: "A later version needs a later release of this pack.",
    })
  }
}

function checkPace({ start, end }, place) {
  if (start < end) return
  throw new TrajectoryError(`pace (at ${place})`, {
    expected: "a start before the end",
    got: `${start} and ${end}`,
    todo: "Both are shares of the clip, 0 the first frame and 1 the last.",
  })
}
