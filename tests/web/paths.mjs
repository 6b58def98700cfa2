// Paths by hand, and how far two of them are apart.

import { distanceBetween, samplePath, turnBetweenDeg } from "../../web/editor/state/path_at.mjs"
import { validateDocument } from "../../web/editor/trajectory/document.mjs"

export const documentOf = (path, fields = {}) =>
  validateDocument({ format: "postcam-trajectory", version: 1, path, ...fields })

export const preset = (name, amount = 1) => ({ kind: "preset", name, amount })

/** Keyframes from [time, position, further fields]. */
export const keyframesPath = (keys, unit = "nearest_depth") => ({
  kind: "keyframes",
  unit,
  keyframes: keys.map(([time, position, fields]) => ({ time, position, ...fields })),
})

/** Not the frames of any clip, and not the grid that paths are fitted on. */
export const TIMES = Array.from({ length: 1000 }, (_, i) => (i + 0.37) / 1000)

/** Largest distances between samples: {length, angleDeg, focal}. */
export function apart(a, b) {
  const focal = Array.from(a.focalScale, (value, i) => Math.abs(Math.log(value / b.focalScale[i])))
  return {
    length: Math.max(...a.c2w.map((pose, i) => distanceBetween(pose, b.c2w[i]))),
    angleDeg: Math.max(...a.c2w.map((pose, i) => turnBetweenDeg(pose, b.c2w[i]))),
    focal: Math.max(...focal),
  }
}

/** The same between two documents' paths. */
export const pathsApart = (a, b, times = TIMES) => apart(samplePath(a.path, times), samplePath(b.path, times))
