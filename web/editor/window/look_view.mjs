// What the new camera sees: the guide at the current time, rendered from the clip's depth.
import { LookThrough } from "../render/look_through.mjs"
import { sceneUnitsIn } from "../scene/units.mjs"
import { scalePose } from "../math/pose.mjs"
import { make } from "./elements.mjs"

/** The camera of a target frame, as LookThrough wants it: in scene units. */
export function targetOf({ trajectory, scene }, frame) {
  const { c2w, unit, focalScale, sourceIndex } = trajectory
  return {
    sourceIndex: sourceIndex[frame],
    c2w: scalePose(c2w[frame], sceneUnitsIn(unit, scene.nearestDepth)),
    focalScale: focalScale[frame],
  }
}

/** Renders whenever the time, the path or the clip changes, the latest state first and only when asked. */
export class LookView {
  #store
  #look
  #element
  #isBusy = false
  #isStale = false
  #flown = null
  #unsubscribe
  #onRendered
  #onError

  /**
   * @param {HTMLElement} element
   * @param {import("../state/store.mjs").EditorStore} store
   * @param {{label: string, onRendered: (coverage: number) => void, onError: (error: Error) => void,
   *   onLost: () => void}} given label: for screen readers; onRendered: share of the picture that the clip shows;
   *   onError: the picture is still the one before
   */
  constructor(element, store, { label, onRendered, onError, onLost }) {
    this.#store = store
    this.#element = element
    this.#onRendered = onRendered
    this.#onError = onError
    const canvas = make("canvas", { role: "img", "aria-label": label })
    element.append(canvas)
    this.#look = new LookThrough(canvas, { onContextLost: onLost, onContextRestored: () => this.update() })
    this.#unsubscribe = store.subscribe((changes) => {
      if (changes.has("scene")) this.#setScene()
      if (changes.has("scene") || changes.has("document") || changes.has("time")) this.update()
    })
    this.#setScene()
    this.update()
  }

  /** Whether the last change has been drawn. */
  get isCurrent() {
    return !this.#isBusy && !this.#isStale
  }

  /** What is shown, for tests: RGBA with the first row on top, alpha 0 in holes. */
  readPixels() {
    return this.#look.readPixels()
  }

  /**
   * Show another camera than the path's, while it is steered by hand.
   * @param {Float64Array|null} c2w in nearest depths; null for the path's again
   */
  showCamera(c2w) {
    this.#flown = c2w
    this.update()
  }

  /** Draw again, soon. */
  update() {
    this.#isStale = true
    if (!this.#isBusy) this.#drawWhileStale()
  }

  dispose() {
    this.#unsubscribe()
    this.#store = null
    this.#look.dispose()
    this.#element.replaceChildren()
  }

  #setScene() {
    if (this.#store.scene) this.#look.setScene(this.#store.scene)
  }

  async #drawWhileStale() {
    this.#isBusy = true
    try {
      while (this.#isStale && this.#store?.scene && !this.#look.isLost) {
        this.#isStale = false
        await new Promise(requestAnimationFrame)
        await this.#draw().catch((error) => this.#store && this.#onError(error))
      }
    } finally {
      this.#isBusy = false
    }
  }

  async #draw() {
    const store = this.#store
    if (!store?.scene) return
    const { scene } = store
    const target = targetOf(store, store.frame)
    if (this.#flown) target.c2w = scalePose(this.#flown, scene.nearestDepth)
    if (!this.#look.isPrepared(target.sourceIndex)) await this.#look.prepare(target.sourceIndex)
    // Meanwhile the view may be gone, or show another clip.
    if (this.#store === null || this.#store.scene !== scene || this.#look.isLost) return
    this.#look.render(target)
    this.#onRendered(this.#look.coverage())
  }
}
