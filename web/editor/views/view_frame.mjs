// What all views have: an outer element, a canvas that takes the focus, a line of text, colours, and an end.
import { keepEvents } from "./pointers.mjs"
import { readTheme, watchTheme } from "./theme.mjs"
import { appendElement, createViewRoot } from "./view_style.mjs"

// In device pixels it changes with the screen, too. Safari has none.
const OBSERVED_BOX = "devicePixelContentBoxSize" in ResizeObserverEntry.prototype ? "device-pixel-content-box" : "content-box"

/**
 * The frame of one view. `theme` is kept up to date; `signal` is aborted at its end. `isPressed`: the canvas has the focus
 * because a pointer went there, not the keyboard; the arrows then stay the timeline's.
 */
export class ViewFrame {
  #message
  #told = new Map()
  #abort = new AbortController()

  /**
   * @param {HTMLElement} element is filled
   * @param {string} label what the canvas is, read aloud
   */
  constructor(element, label) {
    this.signal = this.#abort.signal
    this.root = createViewRoot(element)
    this.canvas = appendElement(this.root, "canvas")
    this.canvas.tabIndex = 0
    this.canvas.setAttribute("aria-label", label)
    this.#message = appendElement(this.root, "div", "postcam-message")
    this.#message.setAttribute("role", "status")
    this.theme = readTheme(this.root)
    this.isPressed = false
    keepEvents(this.root, this.signal)
  }

  /**
   * Begin to listen. Keys that have an action are kept from the page, with none of Ctrl, Alt and Meta.
   * @param {{
   *   store: object, onStore: (changes: Set<string>) => void, onResize: () => void, onTheme: () => void,
   *   keyAction: (event: KeyboardEvent) => (() => void)|undefined,
   * }} handlers
   */
  listen({ store, onStore, onResize, onTheme, keyAction }) {
    const resizes = new ResizeObserver(onResize)
    resizes.observe(this.canvas, { box: OBSERVED_BOX })
    const unsubscribe = store.subscribe(onStore)
    const onThemeChange = () => {
      const theme = readTheme(this.root)
      if (JSON.stringify(theme) === JSON.stringify(this.theme)) return
      this.theme = theme
      onTheme()
    }
    watchTheme(onThemeChange, this.signal)
    const listen = (name, listener) => this.canvas.addEventListener(name, listener, { signal: this.signal })
    listen("keydown", (event) => act(event, keyAction))
    listen("pointerdown", () => (this.isPressed = true))
    listen("blur", () => (this.isPressed = false))
    this.signal.addEventListener("abort", () => {
      resizes.disconnect()
      unsubscribe()
    })
  }

  /**
   * Tell something below the picture.
   * @param {string} subject what is told takes the place of what was told of it before
   * @param {string} text empty to take it back
   */
  say(subject, text) {
    this.#told.set(subject, text)
    this.#message.textContent = [...this.#told.values()].filter(Boolean).join(" ")
  }

  /** Stop listening and leave the element empty. */
  dispose() {
    this.#abort.abort()
    this.root.remove()
  }
}

function act(event, keyAction) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const action = keyAction(event)
  if (!action) return
  event.preventDefault()
  event.stopPropagation()
  action()
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const ARROW_PX = 30
/** How much a press of a button or key zooms. */
export const ZOOM_STEP = 1.25

/**
 * Keys that move about in every view.
 * @param {KeyboardEvent} event
 * @param {{arrow: ((dx: number, dy: number, isShift: boolean) => void)|null, zoom: (factor: number) => void,
 *   fit: () => void}} moves arrow: px
 * @returns {(() => void)|undefined}
 */
export function navigationAction({ key, shiftKey }, { arrow, zoom, fit }) {
  if (arrow && key in ARROWS) return () => arrow(...ARROWS[key].map((step) => step * ARROW_PX), shiftKey)
  if (key === "+" || key === "=") return () => zoom(ZOOM_STEP)
  if (key === "-") return () => zoom(1 / ZOOM_STEP)
  if (key === "0" || key === "f") return fit
  return undefined
}
