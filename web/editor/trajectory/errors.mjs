// The only error that this folder throws, whatever it is given.

import { PostCamError } from "../errors.mjs"

/** A trajectory that cannot be read or sampled. */
export class TrajectoryError extends PostCamError {}

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
