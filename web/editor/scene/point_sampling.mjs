// A frame with depth as points in space. Pure.
import { decodeDepth } from "./depth_codec.mjs"

/** The largest stretch there is. */
export const MAX_STRETCH = 20
/** Distances within this factor are those of one surface. */
const ALIKE = 2.5
const STRETCH_UNIT = 255 / MAX_STRETCH

/**
 * Points of a frame, spread evenly over the picture.
 *
 * Every point is the middle of a cell of a grid with the picture's proportions; a coarser grid than the picture's own
 * takes the nearest pixel, so that colours and depths stay as they are.
 * @param {{
 *   colour: Uint8ClampedArray, depth: Uint8ClampedArray, width: number, height: number, minDepth: number,
 *   maxDepth: number, K: ArrayLike<number>, c2w: ArrayLike<number>, maxPoints: number,
 * }} frame colour and coded depth: four bytes a pixel; K: 9 numbers; c2w: 16 numbers; both row by row
 * @returns {{count: number, positions: Float32Array, colours: Uint8Array, stretches: Uint8Array, cellSize: number}}
 *   positions: x y z in the axes and unit of c2w; colours: red green blue; cellSize: side of a grid cell at depth 1;
 *   stretches: 255 / MAX_STRETCH · distance to the next points of the surface, in cells at the point's range
 */
export function samplePoints({ colour, depth, width, height, minDepth, maxDepth, K, c2w, maxPoints }) {
  const step = Math.max(1, Math.sqrt((width * height) / maxPoints))
  const [columns, rows] = [Math.floor(width / step), Math.floor(height / step)]
  const count = columns * rows
  const positions = new Float32Array(3 * count)
  const colours = new Uint8Array(3 * count)
  const ray = rayFromPixel(K)
  for (let row = 0, i = 0; row < rows; row++) {
    const v = Math.floor((row + 0.5) * step)
    for (let column = 0; column < columns; column++, i += 3) {
      const u = Math.floor((column + 0.5) * step)
      const pixel = 4 * (v * width + u)
      const z = decodeDepth(depth[pixel], depth[pixel + 1], minDepth, maxDepth)
      const [x, y] = ray(u, v)
      for (let axis = 0, m = 0; axis < 3; axis++, m += 4) {
        positions[i + axis] = z * (c2w[m] * x + c2w[m + 1] * y + c2w[m + 2]) + c2w[m + 3]
        colours[i + axis] = colour[pixel + axis]
      }
    }
  }
  const cellSize = step / K[0]
  const camera = [c2w[3], c2w[7], c2w[11]]
  return { count, positions, colours, stretches: stretchesOf(positions, columns, rows, cellSize, camera), cellSize }
}

/**
 * Surfaces that are seen at a slant have their points far apart: what fills them has to be larger. At the edge of a
 * surface, where the neighbours on both sides are not alike, points stay small: their colours are mixed.
 */
function stretchesOf(positions, columns, rows, cellSize, [cx, cy, cz]) {
  const stretches = new Uint8Array(columns * rows)
  const offset = (i, j, axis) => positions[3 * i + axis] - positions[3 * j + axis]
  const between = (i, j) => Math.hypot(offset(i, j, 0), offset(i, j, 1), offset(i, j, 2))
  for (let i = 0; i < stretches.length; i++) {
    const column = i % columns
    const left = column > 0 ? i - 1 : i + 1
    const right = column + 1 < columns ? i + 1 : i - 1
    const above = i >= columns ? i - columns : i + columns
    const below = i + columns < stretches.length ? i + columns : i - columns
    const range = Math.hypot(positions[3 * i] - cx, positions[3 * i + 1] - cy, positions[3 * i + 2] - cz)
    const across = agreed(between(i, left), between(i, right))
    const along = agreed(between(i, above), between(i, below))
    const isEdge = across === 0 || along === 0
    const cells = isEdge ? 1 : Math.max(across, along) / (cellSize * range)
    stretches[i] = Math.round(Math.min(Math.max(cells, 1), MAX_STRETCH) * STRETCH_UNIT)
  }
  return stretches
}

/** The smaller of two distances, or nothing if they are not alike. */
function agreed(a, b) {
  const [near, far] = a < b ? [a, b] : [b, a]
  return far <= ALIKE * near ? near : 0
}

/** Where a pixel's ray meets the plane at depth 1; K may have skew. */
function rayFromPixel(K) {
  const [fx, skew, cx, , fy, cy] = K
  return (u, v) => {
    const y = (v - cy) / fy
    return [(u - cx - skew * y) / fx, y]
  }
}
