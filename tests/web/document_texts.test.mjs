// Texts from strangers: refused or accepted as in Python, quickly, and never with another error.

import assert from "node:assert/strict"
import { test } from "node:test"

import { documentToJson, parseDocument, validateDocument } from "../../web/editor/trajectory/document.mjs"
import { TrajectoryError } from "../../web/editor/trajectory/errors.mjs"
import { sampleTrajectory } from "../../web/editor/trajectory/sample.mjs"
import { joined, texts, trajectories } from "./cases.mjs"

const { refused, accepted } = texts()
const ARC = { format: "postcam-trajectory", version: 1, path: { kind: "preset", name: "arc_left" } }

const isComplete = (error) =>
  error instanceof TrajectoryError &&
  [error.what, error.expected, error.got, error.todo].every((part) => typeof part === "string" && part.length > 0) &&
  error.message.length < 2000

test("refused texts", () => {
  for (const { name, parts } of refused) assert.throws(() => parseDocument(joined(parts)), isComplete, name)
})

test("accepted texts can be sampled and written", () => {
  for (const { name, parts } of accepted) {
    const document = parseDocument(joined(parts))
    assert.deepEqual(parseDocument(documentToJson(document)), document, name)
    assert.equal(sampleTrajectory(document, 5).c2w.length, 5, name)
  }
})

test("nesting is refused from the seventeenth level on", () => {
  const nested = (depth) => "[".repeat(depth) + "]".repeat(depth)
  assert.throws(() => parseDocument(nested(17)), /at most 16 levels/)
  assert.throws(() => parseDocument(nested(16)), /a JSON object with "format"/)
})

test("a name stays the text that it is", () => {
  const name = "<script>alert(1)</script>\u0000\u202e"
  assert.equal(parseDocument(documentToJson({ ...ARC, name })).name, name)
})

test("every shared document makes the round trip", () => {
  for (const { name, document } of trajectories().cases) {
    const full = validateDocument(document)
    assert.deepEqual(parseDocument(documentToJson(full)), full, name)
    assert.deepEqual(validateDocument(full), full, name)
  }
})

test("defaults are filled in, and left out when written", () => {
  const full = validateDocument(ARC)
  assert.equal(full.path.amount, 1)
  assert.deepEqual([full.name, full.relative_to, full.smoothing_frames], ["", "first_frame", 8])
  assert.equal("pace" in full || "timing" in full, false)
  assert.equal(documentToJson(full), JSON.stringify(ARC))
  assert.deepEqual(validateDocument({ ...ARC, pace: {} }).pace, { start: 0, end: 1, ease: "linear" })
})

test("the result shares nothing with what was given", () => {
  const given = { ...ARC, path: { kind: "around", unit: "scene", pivot: [0, 0, 1] } }
  const clean = validateDocument(given)
  given.path.pivot[2] = 9
  assert.equal(clean.path.pivot[2], 1)
})

test("values that no JSON holds are refused too", () => {
  const looping = { ...ARC }
  looping.path = looping
  const values = [undefined, null, 1n, Symbol("s"), () => 1, new Map(), new Date(), [, 1], NaN, Infinity, looping]
  for (const value of values) {
    assert.throws(() => validateDocument(value), isComplete)
    assert.throws(() => parseDocument(value), isComplete)
    assert.throws(() => validateDocument({ ...ARC, path: value }), isComplete)
    assert.throws(() => validateDocument({ ...ARC, path: { ...ARC.path, amount: value ?? "" } }), isComplete)
    assert.throws(() => validateDocument({ ...ARC, version: value }), isComplete)
    assert.throws(() => sampleTrajectory(ARC, value), isComplete)
  }
  const inherited = Object.create({ path: ARC.path })
  assert.throws(() => validateDocument(Object.assign(inherited, { ...ARC, path: undefined })), isComplete)
})

test("the place of the first fault is named", () => {
  const keyframes = [{ time: 0, position: [0, 0, 0] }, { time: 1, position: [0, 0, "1"] }]
  const path = { kind: "segments", segments: [{ path: { kind: "keyframes", unit: "nearest_depth", keyframes } }] }
  const place = "$.path.segments[0].path.keyframes[1].position[2]"
  assert.throws(() => validateDocument({ ...ARC, path }), (error) => error.what.endsWith(place) && error.got === '"1"')
})

test("a document that would be too long to read is not written", () => {
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0.123456789, 0, 0, 0, 1]
  const path = { kind: "poses", unit: "scene", c2w: Array(25_000).fill(identity) }
  assert.throws(() => documentToJson({ ...ARC, path }), /at most 1,000,000 bytes/)
})

test("the largest texts take no more than a moment", () => {
  const nasty = [
    ['"' + '\\"'.repeat(499_999), "escaped quotes"],
    ["{".repeat(16) + " ".repeat(999_900), "space"],
    [`{"a":"${"\\\\".repeat(499_900)}"}`, "backslashes"],
    ["[" + "1,".repeat(499_900) + "1]", "numbers"],
    ["{" + '"a":0,'.repeat(160_000) + "}", "keys"],
    [`{"name":"${"n".repeat(999_900)}"}`, "a name"],
    ["-".repeat(999_999), "minus signs"],
    ["0." + "3".repeat(999_000) + "e", "digits"],
  ]
  for (const [text, what] of nasty) {
    const start = performance.now()
    assert.throws(() => parseDocument(text), isComplete, what)
    assert.ok(performance.now() - start < 2000, `${what}: ${performance.now() - start} ms`)
  }
})
