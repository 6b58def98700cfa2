// What keeps a node and the editor's store equal: the node's text is the truth, and edits are written back to it.
import { shotFields } from "../state/shots.mjs"
import { EditorStore } from "../state/store.mjs"
import { documentToJson, parseDocument, validateDocument } from "../trajectory/document.mjs"
import { TrajectoryError } from "../trajectory/errors.mjs"

const SAVE_MS = 200

/** A store with a node's document, and the way back. */
export class NodeSync {
  #host
  #onProblem
  #unsubscribe
  #timer = null
  // When node and store were last in step: what the node said, its number of frames, and the store's.
  #said
  #nodeFrames
  #numFrames

  /**
   * @param {import("../comfy/node_host.mjs").NodeHost} host
   * @param {(message: string) => void} onProblem the node's text is no document; empty once it is one again
   */
  constructor(host, onProblem) {
    this.#host = host
    this.#onProblem = onProblem
    const { document, problem } = readDocument(host)
    this.store = new EditorStore({ document, numFrames: host.numFrames })
    /** What is wrong with the text that the node began with. */
    this.problem = problem
    this.#meet()
    this.#unsubscribe = this.store.subscribe((changes) => {
      if (changes.has("scene")) this.#meetLengths() // another clip is no edit
      if (changes.has("document")) this.#saveSoon()
    })
  }

  /** Take over what was changed in the node by undo in the graph, by hand or by another run. */
  watch() {
    if (this.#timer !== null) return
    // The text comes first: whether it has a timing decides what the number of frames means.
    if (saidBy(this.#host) !== this.#said) this.#take()
    const numFrames = this.#host.numFramesWith(this.store.scene)
    if (numFrames !== this.#nodeFrames) this.store.setScene(this.store.scene, numFrames)
    this.#meet()
  }

  /** Save what is unsaved. */
  dispose() {
    if (this.#timer !== null) this.#save()
    this.#unsubscribe()
  }

  #take() {
    const { document, problem } = readDocument(this.#host)
    this.#onProblem(problem)
    if (!problem) this.store.replaceDocument(document)
    this.#forgetSave() // what came from the node is not written back to it
  }

  #saveSoon() {
    this.#forgetSave()
    this.#timer = setTimeout(() => this.#save(), SAVE_MS)
  }

  #forgetSave() {
    clearTimeout(this.#timer)
    this.#timer = null
  }

  #save() {
    this.#forgetSave()
    if (this.#host.node === null) return
    const { document, numFrames } = this.store
    // A timing makes a clip of any length: the one that was seen. Without one the clip is as long as its source, and
    // the node's number may already be meant for another source. Text comes last: with it the change is complete.
    if (document.timing || numFrames !== this.#numFrames) this.#host.numFrames = numFrames
    this.#host.text = documentToJson(document)
    this.#meet()
  }

  #meet() {
    this.#said = saidBy(this.#host)
    this.#meetLengths()
  }

  #meetLengths() {
    this.#nodeFrames = this.#host.numFramesWith(this.store.scene)
    this.#numFrames = this.store.numFrames
  }
}

/** All that makes the node's document. */
const saidBy = ({ text, preset, shot }) => JSON.stringify(text.trim() ? text : [preset, shot])

/** The node's document; its preset where there is no text, or a text that is no document. */
function readDocument(host) {
  const { name, freezeAt } = host.shot
  const preset = validateDocument({
    format: "postcam-trajectory", version: 1, path: { kind: "preset", ...host.preset }, ...shotFields(name, freezeAt),
  })
  if (!host.text.trim()) return { document: preset, problem: "" }
  try {
    return { document: parseDocument(host.text), problem: "" }
  } catch (error) {
    if (!(error instanceof TrajectoryError)) throw error
    return { document: preset, problem: error.message }
  }
}
