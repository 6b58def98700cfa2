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
    this.#mark()?.scrollIntoView({ block: "center" })
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches
    this.#timer = setInterval(() => this.#step(element, isCalm), FRAME_MS)
  }

  dispose() {
    clearInterval(this.#timer)
    this.#abort.abort()
  }

  /** Marks the chosen preset, and returns its button. */
  #mark() {
    const { path } = this.#store.document
    const isChosen = ({ name }) => path.kind === "preset" && path.name === name
    for (const each of this.#entries) each.button.setAttribute("aria-pressed", String(isChosen(each)))
    return this.#entries.find(isChosen)?.button
  }

  #step(element, isCalm) {
    if (document.hidden || element.offsetParent === null) return
    this.#tick = (this.#tick + 1) % (NUM_FRAMES + NUM_REST_FRAMES)
    const frame = isCalm ? NUM_FRAMES - 1 : Math.min(this.#tick, NUM_FRAMES - 1)
    const { scrollTop, clientHeight } = element
    for (const each of this.#entries) {
      const top = each.button.offsetTop - element.offsetTop
      if (top + each.button.offsetHeight > scrollTop && top < scrollTop + clientHeight) this.#draw(each, frame)
    }
  }

  #draw(each, frame) {
    each.moves ??= sampledPreset(each.name)
    drawThumbnail(each.context, each.moves.c2w[frame], each.moves.focalScale[frame], this.#theme)
  }
}

function entry(name, texts, onChoose) {
  const canvas = make("canvas", { width: SIZE[0], height: SIZE[1], "aria-hidden": "true" })
  const button = make(
    "button",
    { type: "button", title: texts(`preset.${name}.size`), "data-preset": name, on: { click: () => onChoose(name) } },
    canvas, make("span", { text: texts(`preset.${name}`) }),
  )
  return { name, button, context: canvas.getContext("2d"), moves: null }
}

function sampledPreset(name) {
  const path = { kind: "preset", name, amount: 1 }
  return sampleTrajectory(validateDocument({ format: "postcam-trajectory", version: 1, path }), NUM_FRAMES)
}
