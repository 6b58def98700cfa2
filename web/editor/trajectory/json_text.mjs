// Reading JSON from strangers: the twin of postcam_core/trajectory/json_text.py.

import { TrajectoryError, short } from "./errors.mjs"

export const MAX_DOCUMENT_BYTES = 1_000_000
const MAX_DEPTH = 16
const [QUOTE, BACKSLASH, COLON] = ['"', "\\", ":"].map((c) => c.charCodeAt(0))

/**
 * Parse JSON text strictly. Time is linear in the text, whatever it holds.
 * @param {string} text
 * @returns {unknown}
 * @throws {TrajectoryError} if it is more than 1,000,000 bytes of UTF-8, nested deeper than 16, not JSON, or has an
 *   object with the same key twice
 */
export function loadJson(text) {
  if (typeof text !== "string") throw notJson(short(text))
  checkSize(text)
  checkDepth(text)
  const json = text.startsWith("\ufeff") ? text.slice(1) : text
  let value
  try {
    value = JSON.parse(json)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw notJson(error.message)
  }
  checkKeys(json)
  return value
}

/**
 * Refuse a text that other readers would find too long.
 * @param {string} text
 * @throws {TrajectoryError}
 */
export function checkSize(text) {
  // No character is longer than three bytes per UTF-16 unit: most texts need no second look.
  if (text.length * 3 <= MAX_DOCUMENT_BYTES) return
  const bytes = text.length > MAX_DOCUMENT_BYTES ? text.length : new TextEncoder().encode(text).length
  if (bytes <= MAX_DOCUMENT_BYTES) return
  throw new TrajectoryError("trajectory", {
    expected: "at most 1,000,000 bytes",
    got: `${bytes.toLocaleString("en")} or more`,
    todo: "Split it, or keep fewer frames.",
  })
}

function checkDepth(text) {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '"') i = endOfString(text, i)
    else if (c === "[" || c === "{") depth += 1
    else if (c === "]" || c === "}") depth -= 1
    if (depth > MAX_DEPTH) {
      throw new TrajectoryError("trajectory", {
        expected: `at most ${MAX_DEPTH} levels of nesting`,
        got: "more",
        todo: "This is no trajectory; check which file you chose.",
      })
    }
  }
}

/** Refuse objects with the same key twice; the text is known to be JSON, in which only keys precede a colon. */
function checkKeys(json) {
  const open = []
  for (let i = 0; i < json.length; i++) {
    const c = json[i]
    if (c === "{") open.push(new Set())
    else if (c === "}") open.pop()
    else if (c === '"') {
      const end = endOfString(json, i)
      if (nextAfterSpace(json, end + 1) === COLON) addKey(open.at(-1), JSON.parse(json.slice(i, end + 1)))
      i = end
    }
  }
}

function addKey(keys, key) {
  if (keys.has(key)) {
    throw new TrajectoryError(`JSON key ${short(key)}`, {
      expected: "each key once in an object",
      got: "the same key twice",
      todo: "Remove one of them.",
    })
  }
  keys.add(key)
}

/** Index of the quote that closes the string opened at `start`, or the last index where none does. */
function endOfString(text, start) {
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === QUOTE) return i
    if (c === BACKSLASH) i += 1
  }
  return text.length - 1
}

function nextAfterSpace(text, start) {
  let i = start
  while (" \t\n\r".includes(text[i])) i += 1
  return text.charCodeAt(i)
}

function notJson(got) {
  return new TrajectoryError("trajectory", {
    expected: "JSON",
    got,
    todo: "Open it in an editor that checks JSON.",
  })
}
