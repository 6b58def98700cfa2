// The presets, each with a moving thumbnail of what its camera sees.
import { validateDocument } from "../trajectory/document.mjs"
import { PRESET_NAMES } from "../trajectory/presets.mjs"
import { sampleTrajectory } from "../trajectory/sample.mjs"
import { readTheme, watchTheme } from "../views/theme.mjs"
import { make } from "./elements.mjs"
import { drawThumbnail } from "./thumbnail.mjs"

const NUM_FRAMES = 24
const FRAME_MS = 110
// The last frame stays for a while, so that one sees where the move ends.
const NUM_REST_FRAMES = 7
const SIZE = [176, 99]

/** A column of buttons, one per preset. */
export class Gallery {
  #store
  #entries
  #timer
  #tick = 0
  #theme
  #abort = new AbortController()

  /**
   * @param {HTMLElement} element
   * @param {import("../state/store.mjs").EditorStore} store
   * @param {(key: string, values?: object) => string} texts
   * @param {(name: string) => void} onChoose
   */
  constructor(element, store, texts, onChoose) {
    this.#store = store
    this.#entries = PRESET_NAMES.map((name) => entry(name, texts, onChoose))
    element.append(...this.#entries.map(({ button }) => button))
    this.#theme = readTheme(element)
    watchTheme(() => { this.#theme = readTheme(element) }, this.#abort.signal)
    this.#abort.signal.addEventListener("abort", store.subscribe((changes) => {
      if (changes.has("document")) this.#mark()
    }))
    this.#mark()
    this.#entries.forEach((each) => this.#draw(each, NUM_FRAMES - 1))
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches
    if (!isCalm) this.#timer = setInterval(() => this.#step(element), FRAME_MS)
  }

  dispose() {
    clearInterval(this.#timer)
    this.#abort.abort()
  }

  #mark() {
    const { path } = this.#store.document
    for (const { button, name } of this.#entries) {
      button.setAttribute("aria-pressed", String(path.kind === "preset" && path.name === name))
    }
  }

  #step(element) {
    if (document.hidden || element.offsetParent === null) return
    this.#tick = (this.#tick + 1) % (NUM_FRAMES + NUM_REST_FRAMES)
    const frame = Math.min(this.#tick, NUM_FRAMES - 1)
    const { scrollTop, clientHeight } = element
    for (const each of this.#entries) {
      const top = each.button.offsetTop - element.offsetTop
      if (top + each.button.offsetHeight > scrollTop && top < scrollTop + clientHeight) this.#draw(each, frame)
    }
  }

  #draw({ context, moves }, frame) {
    drawThumbnail(context, moves.c2w[frame], moves.focalScale[frame], this.#theme)
  }
}

function entry(name, texts, onChoose) {
  const canvas = make("canvas", { width: SIZE[0], height: SIZE[1], "aria-hidden": "true" })
  const button = make(
    "button",
    { type: "button", title: texts(`preset.${name}.size`), "data-preset": name, on: { click: () => onChoose(name) } },
    canvas, make("span", { text: texts(`preset.${name}.label`) }),
  )
  const path = { kind: "preset", name, amount: 1 }
  const moves = sampleTrajectory(validateDocument({ format: "postcam-trajectory", version: 1, path }), NUM_FRAMES)
  return { name, button, context: canvas.getContext("2d"), moves }
}
