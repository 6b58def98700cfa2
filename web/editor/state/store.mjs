// What the editor's views share: they read it, call it, and hear of every change.

import { validateDocument } from "../trajectory/document.mjs"
import { TrajectoryError } from "../trajectory/errors.mjs"
import { sampleTrajectory } from "../trajectory/sample.mjs"
import { clamp01 } from "../trajectory/times.mjs"
import { History } from "./history.mjs"
import { selectionAfter } from "./selection.mjs"

/**
 * @typedef {import("../trajectory/document.mjs").TrajectoryDocument} TrajectoryDocument
 * @typedef {"document"|"time"|"selection"|"scene"|"playing"|"problem"} Change
 */

/**
 * The document that is edited, the clip it belongs to, and where its user is in it.
 *
 * Read only, from outside:
 * - `document`: validated and frozen, every default filled in.
 * - `numFrames`: length of the new clip: the source's, unless a timing says what a longer or shorter one shows.
 *   `scene`: the source clip with its cameras, or null.
 * - `trajectory`: the document at the frames, as sampleTrajectory gives it. Without a scene, or where its cameras
 *   cannot be followed, a document relative to them is shown as if it were relative to the first frame: see
 *   `isPathAlone`.
 * - `time`: 0 at the first frame, 1 at the last. `isPlaying`. `selection`: index of a keyframe, or null.
 * - `problem`: TrajectoryError of the last edit that was refused or scene that did not fit, or null.
 */
export class EditorStore {
  #history
  #listeners = new Set()
  #ownLength

  /**
   * @param {{document: object, numFrames: number, scene?: object|null}} given
   * @throws {TrajectoryError} if the document or the number of frames is not valid
   */
  constructor({ document, numFrames, scene = null }) {
    this.document = frozen(validateDocument(document))
    this.scene = scene
    this.#ownLength = this.#lengthOf(this.document, numFrames)
    this.time = 0
    this.selection = null
    this.isPlaying = false
    this.problem = null
    this.trajectory = null
    this.isPathAlone = false
    this.#history = new History(this.document)
    this.#resample()
  }

  get numFrames() {
    return this.#lengthOf(this.document)
  }

  /** @returns {number} the frame that is shown at `time` */
  get frame() {
    return Math.floor(this.time * (this.numFrames - 1) + 0.5)
  }

  get canUndo() {
    return this.#history.canUndo
  }

  get canRedo() {
    return this.#history.canRedo
  }

  /**
   * Change the document. A refused change leaves everything as it was and sets `problem`.
   * @param {(document: TrajectoryDocument) => object} change from edits.mjs; its result is validated
   * @param {{merge?: string|null}} [options] edits in a row with the same key become one step to undo: a drag
   * @returns {boolean} whether it was accepted; an edit that changes nothing is, and is no step
   */
  edit(change, { merge = null } = {}) {
    let document, sampled
    try {
      document = validateDocument(change(this.document))
      if (isSame(document, this.document)) return this.#accept(null)
      sampled = sample(document, this.#lengthOf(document), this.scene)
    } catch (error) {
      return this.#refuse(error)
    }
    this.#history.push(frozen(document), merge)
    const { previous } = this.#history
    if (merge !== null && previous !== null && isSame(document, previous)) this.#history.drop()
    return this.#accept(sampled)
  }

  /** The next edit is a step of its own: a drag has ended. */
  endMerge() {
    this.#history.endMerge()
  }

  /** @returns {boolean} whether there was something to undo */
  undo() {
    return this.#history.undo() && this.#revisit()
  }

  /** @returns {boolean} whether there was something to redo */
  redo() {
    return this.#history.redo() && this.#revisit()
  }

  /**
   * A document from outside, e.g. the node's JSON was changed. One step to undo, unless it is equal.
   * @param {object} document
   * @returns {boolean} whether it was accepted
   */
  replaceDocument(document) {
    this.endMerge()
    return this.edit(() => document)
  }

  /** @param {number} time in [0, 1]; beyond, the nearest end */
  setTime(time) {
    this.#set("time", "time", clamp01(finite(time)))
  }

  /** @param {number|null} index of a keyframe; null, or one that is not there, selects none */
  setSelection(index) {
    this.#set("selection", "selection", selectionAfter(this.document, this.document, index))
  }

  /** @param {boolean} isPlaying */
  setPlaying(isPlaying) {
    this.#set("isPlaying", "playing", Boolean(isPlaying))
  }

  /**
   * @param {object|null} scene with `c2w` and `nearestDepth`, as sampleTrajectory's source
   * @param {number} [numFrames] wanted of the new clip, if that changed too
   */
  setScene(scene, numFrames = this.numFrames) {
    const before = this.problem
    this.scene = scene
    this.#ownLength = this.#lengthOf(this.document, numFrames)
    this.problem = null
    this.#resample()
    this.#notify(before === this.problem ? ["scene"] : ["scene", "problem"])
  }

  /**
   * @param {(changes: Set<Change>) => void} listener called once per change, after it
   * @returns {() => void} ends the subscription
   */
  subscribe(listener) {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #set(field, change, value) {
    if (this[field] === value) return
    this[field] = value
    this.#notify([change])
  }

  /** The history's document becomes the present one; `sampled` is null where it already was. */
  #accept(sampled) {
    const changes = []
    if (sampled !== null) {
      Object.assign(this, sampled)
      changes.push(...this.#show(this.#history.document))
    }
    if (this.problem !== null) changes.push("problem")
    this.problem = null
    this.#notify(changes)
    return true
  }

  #refuse(error) {
    if (!(error instanceof TrajectoryError)) throw error
    this.problem = error
    this.#notify(["problem"])
    return false
  }

  #revisit() {
    const changes = this.#show(this.#history.document)
    if (this.problem !== null) changes.push("problem")
    this.problem = null
    this.#resample()
    this.#notify(changes)
    return true
  }

  /** Python's check_length refuses what has another length than the source and no timing. */
  #lengthOf({ timing }, ownLength = this.#ownLength) {
    return this.scene === null || timing ? ownLength : this.scene.c2w.length
  }

  #show(document) {
    const selection = selectionAfter(this.document, document, this.selection)
    const changes = selection === this.selection ? ["document"] : ["document", "selection"]
    Object.assign(this, { document, selection })
    return changes
  }

  /** Sample a document that was accepted before; cameras that it cannot follow are a problem, not a reason to stop. */
  #resample() {
    try {
      Object.assign(this, sample(this.document, this.numFrames, this.scene))
    } catch (error) {
      if (!(error instanceof TrajectoryError) || this.scene === null) throw error
      Object.assign(this, sample(this.document, this.numFrames, null))
      this.problem = error
    }
  }

  #notify(changes) {
    if (changes.length === 0) return
    for (const listener of [...this.#listeners]) listener(new Set(changes))
  }
}

function sample(document, numFrames, scene) {
  const isPathAlone = scene === null && document.relative_to !== "first_frame"
  const shown = isPathAlone ? { ...document, relative_to: "first_frame" } : document
  const source = scene === null ? null : { c2w: scene.c2w, nearestDepth: scene.nearestDepth }
  return { trajectory: sampleTrajectory(shown, numFrames, source), isPathAlone }
}

/** Validated documents have their fields in one order and no −0. */
const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b)

function frozen(value) {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

function finite(time) {
  if (!Number.isFinite(time)) throw new TypeError(`a time is a number from 0 to 1, not ${time}`)
  return time
}
