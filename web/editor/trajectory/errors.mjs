// The only error that this folder throws, whatever it is given.

/** A trajectory that cannot be read or sampled: what was expected, what came, and what to do about it. */
export class TrajectoryError extends Error {
  /**
   * @param {string} what the thing at fault, as the user knows it
   * @param {{expected: string, got: string, todo: string}} parts todo is a full sentence
   */
  constructor(what, { expected, got, todo }) {
    super(`${what}: expected ${expected}, got ${got}. ${todo}`)
    this.name = "TrajectoryError"
    Object.assign(this, { what, expected, got, todo })
  }
}

/**
 * A value in a message, never long.
 * @param {unknown} value
 * @returns {string}
 */
export function short(value) {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === "object" && value !== null) return "an object"
  if (typeof value === "function") return "a function"
  return String(value)
}
