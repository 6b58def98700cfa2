// Edits that make no sense for the document at hand.

import { TrajectoryError } from "../trajectory/errors.mjs"

/**
 * @param {string} code names the words for it in web/editor/texts: refused.<code>
 * @param {string} what the thing at fault
 * @param {{expected: string, got: string, todo: string}} parts
 * @param {object} [values] for the placeholders of those words
 * @returns {TrajectoryError & {code: string, values: object}}
 */
export function refusal(code, what, parts, values = {}) {
  return Object.assign(new TrajectoryError(what, parts), { code, values })
}
