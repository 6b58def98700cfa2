// The pivot, with a ring around it to take hold of. Drawn over the canvas, always of the same size.
import { appendSvg } from "../view_style.mjs"

const RADIUS_PX = 44
const GRIP_PX = { mouse: 8, pen: 10, touch: 18 }

/** The ring of one view. */
export class OrbitRing {
  #svg
  #group
  #centre = null

  /** @param {HTMLElement} root of the view */
  constructor(root) {
    this.#svg = appendSvg(root, "svg", { class: "postcam-overlay", "aria-hidden": "true" })
    this.#group = appendSvg(this.#svg, "g", { fill: "none", "stroke-width": 2 })
    const under = { r: RADIUS_PX, "stroke-width": 5, stroke: "#000", opacity: 0.35 }
    appendSvg(this.#group, "circle", under)
    appendSvg(this.#group, "circle", { r: RADIUS_PX })
    const arrow = `M${RADIUS_PX + 5} -6L${RADIUS_PX + 11} 0L${RADIUS_PX + 5} 6`
    for (const angle of [0, 90, 180, 270]) appendSvg(this.#group, "path", { d: arrow, transform: `rotate(${angle})` })
    appendSvg(this.#group, "circle", { r: 4, fill: "currentColor" })
    appendSvg(this.#group, "path", { d: "M-11 0H-6M6 0H11M0 -11V-6M0 6V11" })
  }

  /** @param {{x: number, y: number}|null} centre px, or null to hide it */
  show(centre) {
    this.#centre = centre
    this.#group.style.display = centre ? "" : "none"
    if (centre) this.#group.setAttribute("transform", `translate(${centre.x} ${centre.y})`)
  }

  setColour(colour) {
    this.#group.setAttribute("stroke", colour)
    this.#group.style.color = colour
  }

  /** Whether a press takes hold of the ring or of its centre. */
  isUnder({ x, y, type }) {
    if (!this.#centre) return false
    const grip = GRIP_PX[type] ?? GRIP_PX.mouse
    const distance = Math.hypot(x - this.#centre.x, y - this.#centre.y)
    return Math.abs(distance - RADIUS_PX) <= grip || distance <= grip
  }
}
