// The one place that talks to ComfyUI's page on behalf of an editor: a node's widgets, its scene, the queue.
import { SceneError } from "../errors.mjs"
import { loadScene } from "../scene/scene.mjs"
import { NO_SHOT } from "../state/shots.mjs"

const SCENE_FILE = "scene.json"

/**
 * A trajectory node as the editor sees it. The page makes node objects anew on undo, reload and tab switch, so the node
 * is looked up by its graph and id each time.
 */
export class NodeHost {
  #app
  #api
  #graphId
  #nodeId
  #place = null
  #loading = { place: null, scene: Promise.resolve(null) }

  /** @param {{app: object, api: object}} page ComfyUI's own @param {object} node */
  constructor({ app, api }, node) {
    this.#app = app
    this.#api = api
    this.#graphId = node.graph?.id
    this.#nodeId = String(node.id)
  }

  /** Names the node among all of all graphs. */
  get key() {
    return `${this.#graphId}:${this.#nodeId}`
  }

  /** @returns {object|null} the node, if it is still there */
  get node() {
    const root = this.#app.rootGraph ?? this.#app.graph
    const graphs = [root, ...(root?.subgraphs?.values() ?? [])]
    const graph = graphs.find((each) => each?.id === this.#graphId)
    return graph?._nodes.find((each) => String(each.id) === this.#nodeId) ?? null
  }

  get title() {
    return this.node?.title ?? ""
  }

  /** @returns {string} the document as JSON; empty where preset and amount count */
  get text() {
    return String(this.#widget("trajectory")?.value ?? "")
  }

  /**
   * Store a document in the node, and let the page see it as one change of the workflow. The document holds what the
   * preset's shot did; the node takes no shot beside a document, but remembers it for the way back to the preset.
   */
  set text(json) {
    if (!this.text.trim()) this.node.properties.postcam_shot = this.shot.name
    this.#set("trajectory", json)
    this.#set("shot", NO_SHOT)
    const tracker = this.#app.extensionManager?.workflow?.activeWorkflow?.changeTracker
    if (tracker?.captureCanvasState) tracker.captureCanvasState()
    else tracker?.checkState?.()
  }

  /** Whether the document comes from another node: what is edited here would not count. */
  get isTextConnected() {
    return this.#isConnected("trajectory")
  }

  /** @returns {{name: string, amount: number}} */
  get preset() {
    return { name: this.#widget("preset")?.value ?? "arc_left", amount: Number(this.#widget("amount")?.value ?? 1) }
  }

  /** @returns {{name: string, freezeAt: number}} what else happens to the preset */
  get shot() {
    return { name: this.#widget("shot")?.value ?? NO_SHOT, freezeAt: Number(this.#widget("freeze_at")?.value ?? 0.5) }
  }

  get numFrames() {
    return Math.max(1, Math.round(Number(this.#widget("num_frames")?.value ?? 41)))
  }

  /**
   * @param {object|null} scene the clip that the node was last run with
   * @returns {number} frames of the new clip; what a connection gives is known only from the clip that it was used for
   */
  numFramesWith(scene) {
    return scene !== null && this.#isConnected("num_frames") ? scene.c2w.length : this.numFrames
  }

  /** The new clip's number of frames, unless the node gets it by a connection. */
  set numFrames(count) {
    if (!this.#isConnected("num_frames") && count !== this.numFrames) this.#set("num_frames", count)
  }

  /**
   * @returns {{subfolder: string, type: string}|null} where the clip's files lie; another object after each run. Undo in
   *   the graph may take it from the node, but not the files from the server: the last one stays
   */
  get scenePlace() {
    this.#place = this.node?.properties?.postcam_scene ?? this.#place
    return this.#place
  }

  /**
   * The clip that the node was last run with.
   * @returns {Promise<import("../scene/scene.mjs").Scene|null>} null where it has not been run, or its files are gone
   */
  loadScene() {
    const place = this.scenePlace
    if (place !== this.#loading.place) this.#loading = { place, scene: this.#loadFrom(place) }
    return this.#loading.scene
  }

  async #loadFrom(place) {
    if (place === null) return null
    const fetchBytes = async (name) => {
      const query = new URLSearchParams({ filename: name, subfolder: place.subfolder, type: place.type })
      const answer = await this.#api.fetchApi(`/view?${query}`)
      if (!answer.ok) throw new MissingFile(name)
      return answer.arrayBuffer()
    }
    try {
      return await loadScene(SCENE_FILE, fetchBytes)
    } catch (error) {
      if (error instanceof MissingFile) return null
      throw error
    }
  }

  /** Queue the workflow, as the page's own button does. */
  run() {
    this.#app.queuePrompt(0, 1)
  }

  #isConnected(name) {
    return this.node?.inputs?.some((input) => input.widget?.name === name && input.link != null) ?? false
  }

  #widget(name) {
    return this.node?.widgets?.find((widget) => widget.name === name)
  }

  #set(name, value) {
    const widget = this.#widget(name)
    if (!widget || widget.value === value) return
    widget.value = value
    widget.callback?.(value)
    this.node.setDirtyCanvas?.(true, true)
  }
}

/** Temporary files are gone after a restart of the server. */
class MissingFile extends SceneError {
  constructor(name) {
    super(name, {
      expected: "a file in the server's temporary folder", got: "none", todo: "Run the workflow once more.",
    })
  }
}
