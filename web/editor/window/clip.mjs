// The clip behind the path: its scene, the look-through, and what it tells about each frame of the path.
import { analyse } from "../tools/analysis.mjs"
import { button, make } from "./elements.mjs"
import { CoverageJob } from "./coverage_job.mjs"
import { LookView } from "./look_view.mjs"

/** Shows the clip once the node has been run with it, and says what to do before. */
export class Clip {
  #host
  #store
  #t
  #pane
  #timeline
  #folder = null
  #job = null
  #unsubscribe
  look = null

  constructor({ host, store, texts, pane, timeline }) {
    this.#host = host
    this.#store = store
    this.#t = texts
    this.#pane = pane
    this.#timeline = timeline
    this.#explain(texts("clip.none"))
    this.#unsubscribe = store.subscribe((changes) => {
      if (changes.has("document")) this.#judge()
    })
    this.#judge()
    this.watch()
  }

  /** Load the clip if the node has been shown another one. */
  watch() {
    const folder = this.#host.sceneFolder
    if (folder === this.#folder) return
    this.#folder = folder
    this.#load(folder)
  }

  dispose() {
    this.#unsubscribe()
    this.#folder = null
    this.#drop()
  }

  async #load(folder) {
    let scene
    try {
      scene = await this.#host.loadScene()
    } catch (error) {
      this.#explain(error.message)
      throw error
    }
    if (folder !== this.#folder) return
    this.#drop()
    this.#store.setScene(scene, scene?.numFrames ?? this.#host.numFrames)
    if (scene === null) this.#explain(this.#t("clip.gone"))
    else this.#show()
  }

  #show() {
    try {
      this.#pane.body.replaceChildren()
      this.look = new LookView(this.#pane.body, this.#store, {
        label: this.#t("view.look"),
        onRendered: (coverage) => {
          this.#pane.note.textContent = this.#t("clip.holes", { share: `${Math.round(100 * (1 - coverage))} %` })
        },
        onLost: () => { this.#pane.note.textContent = this.#t("clip.lost") },
      })
      this.#job = new CoverageJob(this.#store, () => this.#judge())
    } catch (error) {
      this.#explain(error.message)
    }
  }

  #drop() {
    this.#job?.dispose()
    this.look?.dispose()
    this.#job = this.look = null
  }

  #explain(text) {
    const run = button(this.#t("clip.run"), () => this.#host.run(), { class: "pc-main" })
    this.#pane.body.replaceChildren(make("div", { class: "pc-empty" }, make("p", { text }), run))
  }

  #judge() {
    const coverage = this.#job?.coverage ?? new Float64Array(this.#store.numFrames).fill(NaN)
    const { isTrained, warnings } = analyse(this.#store, coverage)
    this.#timeline.setFacts({ coverage, isTrained })
    this.#timeline.setWarnings(warnings.map(({ code, values }) => this.#t(`warning.${code}`, values)))
  }
}
