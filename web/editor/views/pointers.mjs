// From pointer events to drags: every press has one owner until it ends, and nothing reaches the page around.

const CLICK_SLOP_PX = { mouse: 4, pen: 5, touch: 10 }
const ZOOM_PER_WHEEL_PX = 0.0015
const WHEEL_PX = { 0: 1, 1: 16, 2: 400 } // a wheel may count pixels, lines or pages

// ComfyUI's canvas lies below and would move, zoom or open its menu.
const KEPT_EVENTS = [
  ...["pointerdown", "pointermove", "pointerup", "pointercancel", "contextmenu", "wheel", "click", "dblclick"],
  ...["mousedown", "mousemove", "mouseup", "auxclick", "touchstart", "touchmove", "touchend", "touchcancel"],
]

/**
 * @typedef {{x: number, y: number, button: number, type: "mouse"|"pen"|"touch", shiftKey: boolean, altKey: boolean}}
 *   Press px in the surface, whatever CSS transform it is under
 * @typedef {{move?: (press: Press, step: {dx: number, dy: number}) => void,
 *   end?: (press: Press, how: {isClick: boolean, isCancelled: boolean}) => void}} Drag what owns a press; cancelled: by
 *   a second finger, or by the browser
 */

/** Keep pointer events of an element from those around it. @param {AbortSignal} signal ends it */
export function keepEvents(element, signal) {
  for (const name of KEPT_EVENTS) {
    element.addEventListener(name, (event) => event.stopPropagation(), { signal, passive: true })
  }
}

/** The pointers on a surface. */
export class Pointers {
  #surface
  #handlers
  #pressed = new Map() // pointer id → last place
  #drag = null
  #abort = new AbortController()

  /**
   * @param {HTMLElement} surface takes the keyboard's focus when it is pressed
   * @param {{
   *   press: (press: Press) => Drag, hover: (press: Press) => void,
   *   pinch: (change: {x: number, y: number, dx: number, dy: number, factor: number}) => void,
   *   wheel: (change: {x: number, y: number, factor: number}) => void,
   * }} handlers press gives the owner of a drag; pinch: two fingers moved by dx, dy and spread by a factor
   */
  constructor(surface, handlers) {
    this.#surface = surface
    this.#handlers = handlers
    surface.style.touchAction = "none"
    const { signal } = this.#abort
    const listen = (name, listener) => surface.addEventListener(name, listener, { signal, passive: false })
    listen("pointerdown", this.#down)
    listen("pointermove", this.#move)
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) listen(name, this.#up)
    listen("wheel", this.#wheel)
    listen("contextmenu", (event) => event.preventDefault())
    listen("mousedown", (event) => event.preventDefault()) // no scrolling by the middle button, no selection of text
  }

  dispose() {
    this.#abort.abort()
    this.#finish({ isCancelled: true })
  }

  #down = (event) => {
    const press = this.#press(event)
    this.#surface.focus({ preventScroll: true })
    this.#surface.setPointerCapture(event.pointerId)
    this.#pressed.set(event.pointerId, press)
    if (this.#pressed.size > 1) {
      this.#finish({ isCancelled: true }) // a second finger turns a drag into a pinch
      return
    }
    const slop = CLICK_SLOP_PX[press.type] ?? CLICK_SLOP_PX.mouse
    this.#drag = { owner: this.#handlers.press(press), start: press, last: press, slop, hasMoved: false }
  }

  #move = (event) => {
    const press = this.#press(event)
    if (!this.#pressed.has(event.pointerId)) {
      this.#handlers.hover(press)
      return
    }
    if (this.#pressed.size > 1) this.#pinch(event.pointerId, press)
    this.#pressed.set(event.pointerId, press)
    if (this.#drag) this.#continue(press)
  }

  #continue(press) {
    const drag = this.#drag
    drag.hasMoved ||= Math.hypot(press.x - drag.start.x, press.y - drag.start.y) > drag.slop
    if (!drag.hasMoved) return
    const step = { dx: press.x - drag.last.x, dy: press.y - drag.last.y }
    drag.last = press
    drag.owner.move?.(press, step)
  }

  #up = (event) => {
    if (!this.#pressed.delete(event.pointerId)) return
    this.#finish({ isCancelled: event.type !== "pointerup" })
  }

  #finish({ isCancelled }) {
    const drag = this.#drag
    this.#drag = null
    drag?.owner.end?.(drag.last, { isClick: !isCancelled && !drag.hasMoved, isCancelled })
  }

  #pinch(movedId, now) {
    const [first, second] = this.#pressed.entries()
    const other = (first[0] === movedId ? second : first)[1]
    const before = this.#pressed.get(movedId)
    const spread = (press) => Math.max(1, Math.hypot(press.x - other.x, press.y - other.y))
    const [x, y] = [(now.x + other.x) / 2, (now.y + other.y) / 2]
    const [dx, dy] = [(now.x - before.x) / 2, (now.y - before.y) / 2]
    this.#handlers.pinch({ x, y, dx, dy, factor: spread(now) / spread(before) })
  }

  #wheel = (event) => {
    event.preventDefault()
    const { x, y } = this.#press(event)
    const factor = Math.exp(-event.deltaY * WHEEL_PX[event.deltaMode] * ZOOM_PER_WHEEL_PX)
    this.#handlers.wheel({ x, y, factor })
  }

  #press({ clientX, clientY, button, pointerType = "mouse", shiftKey, altKey }) {
    const surface = this.#surface
    const { left, top, width, height } = surface.getBoundingClientRect()
    const x = ((clientX - left) / width) * surface.clientWidth
    const y = ((clientY - top) / height) * surface.clientHeight
    return { x, y, button, type: pointerType, shiftKey, altKey }
  }
}
