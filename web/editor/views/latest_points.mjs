// Points of the frame that was asked for last: what has become out of date on the way is left out.
import { PostCamError } from "../errors.mjs"
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
    while (!this.#isDisposed && !isSame(this.#wanted, this.#shown)) {
      this.#shown = this.#wanted // one that fails is not tried again and again
      await this.#show(this.#shown)
    }
    this.#isLoading = false
  }

  async #show({ scene, stored }) {
    try {
      const points = scene && (await framePoints(scene, stored))
      if (!this.#isDisposed && scene === this.#wanted.scene) this.#onPoints(points)
    } catch (error) {
      if (!this.#isDisposed) this.#onError(error)
    }
  }
}

/** What to tell of an error: ours say themselves what to do. */
export const pointsProblem = (error, texts) => (error instanceof PostCamError ? error.message : texts.pointsFailed)

const isSame = (a, b) => a.scene === b.scene && a.stored === b.stored
