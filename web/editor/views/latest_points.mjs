// Points of the frame that was asked for last: what has become out of date on the way is left out.
import { framePoints } from "../scene/frame_points.mjs"

/** Loads one frame at a time, so that playing does not pile frames up. */
export class LatestPoints {
  #onPoints
  #onError
  #wanted = { scene: null, stored: null }
  #shown = { scene: null, stored: null }
  #isLoading = false
  #isDisposed = false

  /** @param {{onPoints: (points: object|null) => void, onError: (error: Error) => void}} callbacks */
  constructor({ onPoints, onError }) {
    this.#onPoints = onPoints
    this.#onError = onError
  }

  /**
   * @param {object|null} scene none: no points
   * @param {number} index of a source frame
   */
  want(scene, index) {
    this.#wanted = { scene, stored: scene ? scene.storedIndex(index) : null }
    if (!this.#isLoading) this.#load()
  }

  dispose() {
    this.#isDisposed = true
  }

  async #load() {
    this.#isLoading = true
    try {
      while (!this.#isDisposed && !isSame(this.#wanted, this.#shown)) {
        const wanted = this.#wanted
        this.#shown = wanted // one that fails is not tried again and again
        const points = wanted.scene && (await framePoints(wanted.scene, wanted.stored))
        const isOtherScene = wanted.scene !== this.#wanted.scene
        if (!this.#isDisposed && !isOtherScene) this.#onPoints(points)
      }
    } catch (error) {
      if (!this.#isDisposed) this.#onError(error)
    } finally {
      this.#isLoading = false
    }
  }
}

const isSame = (a, b) => a.scene === b.scene && a.stored === b.stored
