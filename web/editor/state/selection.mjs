// Which keyframe stays selected when a document changes.

/**
 * The same index where there are as many keyframes as before (a key was moved), else the keyframe at the same time
 * (others came or went), else none.
 * @param {{path: object}} before
 * @param {{path: object}} after
 * @param {number|null} index of a keyframe before
 * @returns {number|null} its index after
 */
export function selectionAfter(before, after, index) {
  const [keys, next] = [before, after].map((document) => document.path.keyframes ?? [])
  const key = Number.isInteger(index) ? keys[index] : undefined
  if (key === undefined) return null
  if (keys.length === next.length) return index
  const found = next.findIndex((each) => each.time === key.time)
  return found < 0 ? null : found
}
