// How much of each guide frame the clip shows, worked out in the pauses.
import { LookThrough } from "../render/look_through.mjs"
import { targetOf } from "./look_view.mjs"

const IDLE_MS = 350
const PAUSE_MS = 15

/**
 * Renders every frame of the path once it has rested for a moment, and starts over when it changes.
 * `coverage` holds shares in [0, 1], NaN where not known yet.
 */
export class CoverageJob {
  #store
  #look = null
  #scene = null
  #run = 0
  #onProgress
  #unsubscribe

  /**
   * @param {import("../state/store.mjs").EditorStore} store
   * @param {() => void} onProgress after each frame, and when the numbers are void
   */
  constructor(store, onProgress) {
    this.#store = store
    this.#onProgress = onProgress
    this.coverage = new Float64Array(store.numFrames).fill(NaN)
    this.#unsubscribe = store.subscribe((changes) => {
      if (changes.has("document") || changes.has("scene")) this.#restart()
    })
    this.#restart()
  }

  /** Whether all frames are known. */
  get isComplete() {
    return !this.coverage.some(Number.isNaN)
  }

  dispose() {
    this.#run = -1
    this.#unsubscribe()
    this.#look?.dispose()
  }

  async #restart() {
    const run = (this.#run += 1)
    this.coverage = new Float64Array(this.#store.numFrames).fill(NaN)
    this.#onProgress()
    await pause(IDLE_MS)
    if (run !== this.#run || !this.#store.scene) return
    this.#prepareLook()
    for (let frame = 0; frame < this.coverage.length; frame += 1) {
      const target = targetOf(this.#store, frame)
      await this.#look.prepare(target.sourceIndex)
      if (run !== this.#run || this.#look.isLost) return
      this.#look.render(target)
      this.coverage[frame] = this.#look.coverage()
      this.#onProgress()
      await pause(this.#store.isPlaying ? 10 * PAUSE_MS : PAUSE_MS)
      if (run !== this.#run) return
    }
  }

  #prepareLook() {
    this.#look ??= new LookThrough(document.createElement("canvas"))
    if (this.#scene === this.#store.scene) return
    this.#scene = this.#store.scene
    this.#look.setScene(this.#scene)
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
