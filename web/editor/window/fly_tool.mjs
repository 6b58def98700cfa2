// Flying the new camera with the keys; what was flown becomes the path.
import { setKeyframes, setRelativeTo } from "../state/edits.mjs"
import { FLY_KEYS, flyPose, flyStart, flyStep, recordingToKeyframes } from "../tools/fly.mjs"
import { targetPoses } from "../views/places.mjs"
import { FIELDS } from "./keyboard.mjs"

/** On or off; while on, it takes the keys that steer and shows each pose. */
export class FlyTool {
  #store
  #root
  #onPose
  #onEnd
  #flight = null

  /**
   * @param {import("../state/store.mjs").EditorStore} store
   * @param {HTMLElement} root of the window
   * @param {{onPose: (c2w: Float64Array|null) => void, onEnd: () => void}} given onPose: the camera now, in nearest
   *   depths; null when the flight is over
   */
  constructor(store, root, { onPose, onEnd }) {
    this.#store = store
    this.#root = root
    this.#onPose = onPose
    this.#onEnd = onEnd
  }

  get isOn() {
    return this.#flight !== null
  }

  /** Take off from where the new camera is at the playhead. */
  start() {
    const ended = new AbortController()
    const start = targetPoses(this.#store)[this.#store.frame]
    this.#flight = { ended, state: flyStart(start), actions: new Set(), recording: [], last_ms: performance.now() }
    const options = { signal: ended.signal, capture: true }
    this.#root.addEventListener("keydown", (event) => this.#press(event), options)
    // Keys may be let go where the focus has gone meanwhile, or, in another window, unheard.
    addEventListener("keyup", ({ code }) => this.#flight.actions.delete(FLY_KEYS[code]), options)
    addEventListener("blur", () => this.#flight.actions.clear(), { signal: ended.signal })
    this.#root.focus({ preventScroll: true })
    requestAnimationFrame(() => this.#tick())
  }

  /** Land. @param {boolean} isKept whether the flight becomes the path; one in which nothing moved never does */
  stop(isKept) {
    const { ended, recording } = this.#flight
    ended.abort()
    this.#flight = null
    this.#onPose(null)
    this.#onEnd()
    if (!isKept || recording.length === 0) return
    // Flown poses are places in the world, whatever the path was relative to.
    this.#store.edit((document) =>
      setRelativeTo("first_frame")(setKeyframes(recordingToKeyframes(recording), "nearest_depth")(document)))
    this.#store.setTime(0)
  }

  dispose() {
    if (this.isOn) this.stop(false)
  }

  #press(event) {
    const isTyping = event.target.matches(FIELDS)
    if (event.code === "Escape" || (event.code === "Enter" && !isTyping)) this.stop(event.code === "Enter")
    else if (event.code in FLY_KEYS && !isTyping && !event.ctrlKey && !event.metaKey) {
      this.#flight.actions.add(FLY_KEYS[event.code])
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  #tick() {
    const flight = this.#flight
    if (flight === null) return
    const now = performance.now()
    flight.state = flyStep(flight.state, { actions: flight.actions }, (now - flight.last_ms) / 1000)
    flight.last_ms = now
    const c2w = flyPose(flight.state)
    // Time runs from the first touch of a key, not from the click that switched flying on.
    if (flight.actions.size > 0 || flight.recording.length > 0) this.#record(now, c2w)
    this.#onPose(c2w)
    requestAnimationFrame(() => this.#tick())
  }

  #record(now, c2w) {
    const { trajectory, frame } = this.#store
    this.#flight.recording.push({ time_s: now / 1000, c2w, focal_scale: trajectory.focalScale[frame] })
  }
}
