// The shared cases, which tests/web/test_shared_cases.py reads too.

import { readFileSync } from "node:fs"

const read = (name) => JSON.parse(readFileSync(new URL(`./cases/${name}`, import.meta.url), "utf8"))

/** @returns {{sources: object, cases: object[], refused: object[]}} documents, and what Python makes of them */
export const trajectories = () => read("trajectories.json")

/** @returns {{refused: object[], accepted: object[]}} texts as {name, parts} */
export const texts = () => read("texts.json")

/** @returns {{shot: string, freeze_at: number, fields: object}[]} what the node's shots add to a preset's document */
export const shots = () => read("shots.json")

/** The text of parts: strings, and [string, times] with the repetition's number at every #. */
export const joined = (parts) =>
  parts.map((part) => (typeof part === "string" ? part : repeated(...part))).join("")

function repeated(text, times) {
  if (!text.includes("#")) return text.repeat(times)
  return Array.from({ length: times }, (_, i) => text.replaceAll("#", `${i}`)).join("")
}

/** Source cameras as sampleTrajectory takes them. */
export const camerasOf = ({ c2w, nearest_depth: nearestDepth }) => ({
  c2w: c2w.map((pose) => Float64Array.from(pose)),
  nearestDepth,
})

/** Largest difference between two rows of numbers, in shares of the number where that is above 1. */
export function deviation(actual, expected) {
  if (actual.length !== expected.length) return Infinity
  const differences = Array.from(expected, (value, i) => Math.abs(actual[i] - value) / Math.max(1, Math.abs(value)))
  return differences.reduce((worst, each) => (each >= worst || Number.isNaN(each) ? each : worst), 0)
}
