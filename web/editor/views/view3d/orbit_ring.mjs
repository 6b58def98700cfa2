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
    const [r, tip] = [RADIUS_PX, 6]
    const arrows = [[1, 0], [0, 1], [-1, 0], [0, -1]].map(([x, y]) => {
      const [cx, cy] = [x * r, y * r]
      return `M${cx + x * 5 - y * tip} ${cy + y * 5 + x * tip}L${cx + x * 11} ${cy + y * 11}L${cx + x * 5 + y * tip} ${cy + y * 5 - x * tip}`
    })
    appendSvg(this.#group, "path", { d: arrows.join("") })
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
