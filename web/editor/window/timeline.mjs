// Time: scrub, play, keyframe marks, holes and trained range per frame, warnings in words.
import { readTheme, watchTheme } from "../views/theme.mjs"
import { clipTimeAt, pathTimeAt } from "../state/clip_times.mjs"
import { moveKeyframe } from "../state/edits.mjs"
import { button, make } from "./elements.mjs"
import { drawTrack } from "./track_drawing.mjs"

/** The bar at the bottom of the window. */
export class Timeline {
  #store
  #texts
  #canvas
  #scrubber
  #playButton
  #keys
  #track
  #theme
  #facts = { coverage: [], isTrained: [] }
  #playing = null
  #abort = new AbortController()

  /**
   * @param {HTMLElement} element
   * @param {import("../state/store.mjs").EditorStore} store
   * @param {(key: string, values?: object) => string} texts
   * @param {{frameRate: number}} options frames a second when played
   */
  constructor(element, store, texts, { frameRate = 15 } = {}) {
    this.#store = store
    this.#texts = texts
    this.frameRate = frameRate
    this.#playButton = button("▶", () => store.setPlaying(!store.isPlaying), { label: texts("timeline.play") })
    this.frameLabel = make("span", { class: "pc-faint" })
    this.#canvas = make("canvas", { "aria-hidden": "true" })
    this.#keys = make("div", {})
    this.#scrubber = make("input", {
      type: "range", min: 0, step: 1, "aria-label": texts("timeline.scrub"),
      on: { input: () => store.setTime(this.#timeOf(Number(this.#scrubber.value))) },
    })
    this.#track = make("div", { class: "pc-track", title: texts("timeline.legend") }, this.#canvas, this.#scrubber, this.#keys)
    this.warnings = make("ul", { class: "pc-warnings", "aria-label": texts("timeline.warnings"), "aria-live": "polite" })
    element.append(make("div", {}, this.#playButton, make("br"), this.frameLabel), this.#track, this.warnings)
    this.#theme = readTheme(element)
    watchTheme(() => { this.#theme = readTheme(element); this.draw() }, this.#abort.signal)
    const resizes = new ResizeObserver(() => this.draw())
    resizes.observe(this.#track)
    this.#abort.signal.addEventListener("abort", () => resizes.disconnect())
    this.#abort.signal.addEventListener("abort", store.subscribe((changes) => this.#hear(changes)))
    this.#hear(new Set(["document", "time"]))
  }

  /** New facts about the frames. @param {{coverage: ArrayLike<number>, isTrained: boolean[]}} facts */
  setFacts(facts) {
    this.#facts = facts
    this.draw()
  }

  /** @param {string[]} sentences what to be careful about */
  setWarnings(sentences) {
    this.warnings.replaceChildren(...sentences.map((text) => make("li", { text })))
  }

  /** Step by frames; stays within the clip. */
  step(frames) {
    const { frame, numFrames } = this.#store
    this.#store.setTime(this.#timeOf(Math.min(Math.max(frame + frames, 0), numFrames - 1)))
  }

  draw() {
    const { clientWidth, clientHeight } = this.#track
    if (!clientWidth) return
    const ratio = devicePixelRatio
    this.#canvas.width = Math.round(clientWidth * ratio)
    this.#canvas.height = Math.round(clientHeight * ratio)
    drawTrack(this.#canvas.getContext("2d"), ratio, {
      ...this.#facts, numFrames: this.#store.numFrames, frame: this.#store.frame, theme: this.#theme,
      sourceIndex: this.#store.trajectory.sourceIndex,
    })
  }

  dispose() {
    clearInterval(this.#playing)
    this.#abort.abort()
  }

  #timeOf(frame) {
    return this.#store.numFrames > 1 ? frame / (this.#store.numFrames - 1) : 0
  }

  #hear(changes) {
    const { frame, numFrames, trajectory } = this.#store
    if (changes.has("playing")) this.#play()
    if (changes.has("document") || changes.has("selection") || changes.has("scene")) this.#placeKeys()
    this.#scrubber.max = numFrames - 1
    this.#scrubber.value = frame
    const values = { frame, last: numFrames - 1, source: trajectory.sourceIndex[frame] }
    this.frameLabel.textContent = this.#texts("timeline.frame", values)
    this.#scrubber.setAttribute("aria-valuetext", this.frameLabel.textContent)
    this.draw()
  }

  #play() {
    clearInterval(this.#playing)
    const { isPlaying } = this.#store
    this.#playButton.textContent = isPlaying ? "⏸" : "▶"
    this.#playButton.setAttribute("aria-label", this.#texts(isPlaying ? "timeline.pause" : "timeline.play"))
    if (!isPlaying) return
    this.#playing = setInterval(() => {
      const { frame, numFrames } = this.#store
      this.#store.setTime(this.#timeOf((frame + 1) % numFrames))
    }, 1000 / this.frameRate)
  }

  #placeKeys() {
    const { path } = this.#store.document
    const keyframes = path.kind === "keyframes" ? path.keyframes : []
    const focused = this.#keys.contains(document.activeElement)
    this.#keys.replaceChildren(...keyframes.map((key, index) => this.#keyButton(key, index)))
    if (focused && this.#store.selection !== null) this.#keys.children[this.#store.selection]?.focus()
  }

  #keyButton(key, index) {
    const isSelected = index === this.#store.selection
    const time = clipTimeAt(this.#store.document, key.time)
    const mark = button("", () => this.#choose(index), {
      class: "pc-key", label: this.#texts("timeline.key", { number: index + 1, time: time.toFixed(2) }),
      "aria-pressed": String(isSelected), style: `left: ${100 * time}%`, "data-key": index,
    })
    mark.addEventListener("pointerdown", (event) => this.#drag(event, index))
    return mark
  }

  #choose(index) {
    this.#store.setSelection(index)
    const { document } = this.#store
    this.#store.setTime(clipTimeAt(document, document.path.keyframes[index].time))
  }

  /** The mark is made anew while it is dragged, so the track captures the pointer: other views would keep its events. */
  #drag(event, index) {
    if (event.button !== 0) return
    event.preventDefault()
    this.#choose(index)
    this.#track.setPointerCapture(event.pointerId)
    const { left, width } = this.#track.getBoundingClientRect()
    const ended = new AbortController()
    const move = ({ clientX }) => {
      const time = pathTimeAt(this.#store.document, (clientX - left) / width)
      this.#store.edit(moveKeyframe(index, time), { merge: `time of key ${index}` })
    }
    const end = () => {
      this.#store.endMerge()
      ended.abort()
    }
    this.#track.addEventListener("pointermove", move, { signal: ended.signal })
    this.#track.addEventListener("lostpointercapture", end, { signal: ended.signal })
  }
}
