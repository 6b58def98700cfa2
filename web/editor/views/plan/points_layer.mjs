// The scene's points from above or from the side, on a canvas that is kept until the picture moves.
import { OVERLAP } from "../picking.mjs"

const OPACITY = 0.75 // less than the paths on top
const MAX_SIDE_PX = 12

/** The picture of one frame's points. */
export class PointsLayer {
  #canvas = new OffscreenCanvas(1, 1)
  #points = null
  #scale = 1
  #drawn = ""

  /**
   * @param {object|null} points what framePoints gives
   * @param {number} scale of their unit to the view's
   */
  setPoints(points, scale) {
    this.#points = points
    this.#scale = scale
    this.#drawn = ""
  }

  /** Draw on a context whose unit is the CSS px. */
  draw(context, projection, pixelRatio) {
    if (!this.#points) return
    const { plane, centre, pxPerUnit, width, height } = projection
    const wanted = [plane, centre, pxPerUnit, width, height, pixelRatio].join()
    if (wanted !== this.#drawn) this.#redraw(projection, pixelRatio)
    this.#drawn = wanted
    context.globalAlpha = OPACITY
    context.drawImage(this.#canvas, 0, 0, width, height)
    context.globalAlpha = 1
  }

  #redraw(projection, pixelRatio) {
    const [width, height] = [projection.width, projection.height].map((px) => Math.max(1, Math.round(px * pixelRatio)))
    Object.assign(this.#canvas, { width, height })
    const picture = new ImageData(width, height)
    paintPoints(picture, this.#points, deviceMap(projection, this.#scale, pixelRatio))
    this.#canvas.getContext("2d").putImageData(picture, 0, 0)
  }
}

/** From the points' own unit to device px: px = origin + step · coordinate. */
function deviceMap(projection, scale, pixelRatio) {
  const { across, along, away } = projection.axes
  const origin = projection.toPx([0, 0, 0]).map((px) => px * pixelRatio)
  const step = projection.toPx([1, 1, 1]).map((px, i) => (px * pixelRatio - origin[i]) * scale)
  return { across, along, away, origin, step, maxSide: MAX_SIDE_PX * pixelRatio }
}

/** Written out in numbers: there are hundreds of thousands of points. What is nearer to the onlooker hides the rest. */
function paintPoints({ width, height, data }, points, { across, along, away, origin, step, maxSide }) {
  const pixels = new Uint32Array(data.buffer)
  const nearest = new Float32Array(width * height).fill(Infinity) // the least y from above, the least x from the left
  const { count, positions, colours, sizes } = points
  const pxPerSize = OVERLAP * Math.abs(step[0])
  for (let i = 0, at = 0; i < count; i++, at += 3) {
    const side = Math.min(maxSide, Math.max(1, Math.ceil(pxPerSize * sizes[i])))
    const left = Math.floor(origin[0] + step[0] * positions[at + across] - side / 2)
    const top = Math.floor(origin[1] + step[1] * positions[at + along] - side / 2)
    if (left < 0 || top < 0 || left + side > width || top + side > height) continue
    const colour = colours[at] | (colours[at + 1] << 8) | (colours[at + 2] << 16) | 0xff000000
    const depth = positions[at + away]
    for (let y = top; y < top + side; y++) {
      for (let pixel = y * width + left; pixel < y * width + left + side; pixel++) {
        if (depth >= nearest[pixel]) continue
        nearest[pixel] = depth
        pixels[pixel] = colour
      }
    }
  }
}
