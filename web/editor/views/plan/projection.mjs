// From above and from the side: points of space on a flat picture and back. Pure.

/** Which coordinate goes across, which one along the picture's height, and which one is not seen. */
const PLANES = {
  top: { across: 0, along: 2, away: 1, up: 1 }, // ahead is up
  side: { across: 2, along: 1, away: 0, up: -1 }, // +y is down in space, too
}
const [MIN_PX, MAX_PX] = [0.5, 1e5]

/** Where the picture lies, in px of the canvas (y down). */
export class PlanProjection {
  constructor(plane) {
    Object.assign(this, { plane, centre: [0, 0], pxPerUnit: 100, width: 1, height: 1 })
  }

  /** @returns {[number, number]} px of a point */
  toPx(point) {
    const { across, along, up } = PLANES[this.plane]
    return [
      this.width / 2 + (point[across] - this.centre[0]) * this.pxPerUnit,
      this.height / 2 - up * (point[along] - this.centre[1]) * this.pxPerUnit,
    ]
  }

  /** @returns {import("../../math/vec3.mjs").Vec3} the point at a px, its unseen coordinate taken from another point */
  fromPx(xPx, yPx, from = [0, 0, 0]) {
    const { across, along, up } = PLANES[this.plane]
    const point = [...from]
    point[across] = this.centre[0] + (xPx - this.width / 2) / this.pxPerUnit
    point[along] = this.centre[1] - (up * (yPx - this.height / 2)) / this.pxPerUnit
    return point
  }

  /** Let the picture follow a pointer. */
  slide(dxPx, dyPx) {
    const { up } = PLANES[this.plane]
    this.centre = [this.centre[0] - dxPx / this.pxPerUnit, this.centre[1] + (up * dyPx) / this.pxPerUnit]
  }

  /** Larger (factor > 1) or smaller, what is at a px stays there. */
  zoom(factor, xPx = this.width / 2, yPx = this.height / 2) {
    const { across, along } = PLANES[this.plane]
    const before = this.fromPx(xPx, yPx)
    this.pxPerUnit = Math.min(MAX_PX, Math.max(MIN_PX, this.pxPerUnit * factor))
    const after = this.fromPx(xPx, yPx)
    this.centre = [this.centre[0] + before[across] - after[across], this.centre[1] + before[along] - after[along]]
  }

  /** Show all of some points. @param {import("../../math/vec3.mjs").Vec3[]} points at least one */
  fit(points, roomPx = 48) {
    const { across, along } = PLANES[this.plane]
    const spans = [across, along].map((axis) => {
      const values = points.map((point) => point[axis])
      return [Math.min(...values), Math.max(...values)]
    })
    const room = (px, [low, high]) => Math.max(1, px - 2 * roomPx) / Math.max(high - low, 1e-3)
    this.centre = spans.map(([low, high]) => (low + high) / 2)
    const pxPerUnit = Math.min(room(this.width, spans[0]), room(this.height, spans[1]))
    this.pxPerUnit = Math.min(MAX_PX, Math.max(MIN_PX, pxPerUnit))
  }

  /** Index of the coordinate that is not seen, and of those that go across and along. */
  get axes() {
    return PLANES[this.plane]
  }
}

/** A round length (1, 2 or 5 times a power of ten) that takes at most so many px. */
export function scaleBarLength(pxPerUnit, maxPx) {
  const longest = maxPx / pxPerUnit
  const power = 10 ** Math.floor(Math.log10(longest))
  return power * [5, 2, 1].find((digit) => digit * power <= longest)
}
