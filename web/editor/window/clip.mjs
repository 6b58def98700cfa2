// The clip behind the path: its scene, the look-through, and what it tells about each frame of the path.
import { framePoints } from "../scene/frame_points.mjs"
import { analyse } from "../tools/analysis.mjs"
import { button, make } from "./elements.mjs"
import { CoverageJob } from "./coverage_job.mjs"
import { LookView } from "./look_view.mjs"

// Warnings about a path that is being dragged can wait that long.
const JUDGE_MS = 120

/** Shows the clip once the node has been run with it, and says what to do before. */
export class Clip {
  #host
  #store
  #words
  #t
  #pane
  #timeline
  #place = null
  #job = null
  #points = null
  #judging = null
  #unsubscribe
  #settle
  look = null
  /** Settles once the first picture is there, or it is clear that there is none yet. */
  ready = new Promise((resolve) => { this.#settle = resolve })

  constructor({ host, store, words, pane, timeline }) {
    this.#host = host
    this.#store = store
    this.#words = words
    this.#t = (key, values) => words.text(key, values)
    this.#pane = pane
    this.#timeline = timeline
    this.#unsubscribe = store.subscribe((changes) => {
      if (changes.has("document")) this.#judgeSoon()
    })
    this.#judgeSoon()
    this.#place = host.scenePlace
    if (this.#place === null) this.#explain(this.#t("clip.none"))
    else this.#load(this.#place)
  }

  /** Load the clip if the node has been run with another one, or again after its files were gone. */
  watch() {
    const place = this.#host.scenePlace
    if (place === this.#place) return
    const isShown = this.#store.scene !== null && place?.subfolder === this.#place?.subfolder
    this.#place = place
    if (!isShown) this.#load(place)
  }

  dispose() {
    clearTimeout(this.#judging)
    this.#unsubscribe()
    this.#place = null
    this.#drop()
  }

  async #load(place) {
    let scene
    try {
      scene = await this.#host.loadScene()
    } catch (error) {
      this.#explain(error.message)
      throw error
    }
    if (place !== this.#place) return
    this.#drop()
    this.#store.setScene(scene, this.#host.numFramesWith(scene))
    if (scene === null) this.#explain(this.#t("clip.gone"))
    else {
      this.#show()
      await this.ready
      const { positions } = await framePoints(scene, 0)
      if (place !== this.#place) return
      this.#points = positions
      this.#judgeSoon()
    }
  }

  #show() {
    try {
      this.#pane.body.replaceChildren()
      this.look = new LookView(this.#pane.body, this.#store, {
        label: this.#t("view.look"),
        onRendered: (coverage) => {
          this.#settle()
          this.#pane.note.textContent = this.#t("clip.holes", { share: `${Math.round(100 * (1 - coverage))} %` })
        },
        onError: ({ message }) => {
          this.#settle()
          this.#pane.note.textContent = message
        },
        onLost: () => { this.#pane.note.textContent = this.#t("clip.lost") },
      })
      this.#job = new CoverageJob(this.#store, () => this.#judgeSoon())
    } catch (error) {
      this.#explain(error.message)
    }
  }

  #drop() {
    this.#job?.dispose()
    this.look?.dispose()
    this.#job = this.look = this.#points = null
  }

  #explain(text) {
    const run = button(this.#t("clip.run"), () => this.#host.run(), { class: "pc-main" })
    this.#pane.body.replaceChildren(make("div", { class: "pc-empty" }, make("p", { text }), run))
    this.#settle()
  }

  #judgeSoon() {
    this.#judging ??= setTimeout(() => {
      this.#judging = null
      this.#judge()
    }, JUDGE_MS)
  }

  #judge() {
    const { document, trajectory, scene, isPathAlone, numFrames } = this.#store
    const known = this.#job?.coverage ?? new Float64Array(numFrames).fill(NaN)
    const nearestDepth = scene?.nearestDepth ?? null
    const { warnings } = analyse({ document, trajectory, nearestDepth, points: this.#points, known, isPathAlone })
    const isTrained = Array.from(known, () => true)
    for (const { code, frames: [first, last] } of warnings) {
      if (code.startsWith("trained_")) isTrained.fill(false, first, last + 1)
    }
    this.#timeline.setFacts({ coverage: known, isTrained })
    this.#timeline.setWarnings(warnings.map((warning) => this.#words.warning(warning)))
  }
}
