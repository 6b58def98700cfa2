// A frame with depth as points in space. Pure.
import { decodeDepth } from "./depth_codec.mjs"

/** Points are at most so many cells of their grid large. */
const MAX_STRETCH = 20
/** Distances to both sides within this factor are those of one surface. */
const ALIKE = 2.5

/**
 * @typedef {{count: number, positions: Float32Array, colours: Uint8Array, sizes: Float32Array, camera: number[],
 *   cellSize: number}} ScenePoints
 *   positions: x y z; colours: red green blue; sizes: how far it is to the next points of the surface; camera: where the
 *   frame was taken from; cellSize: as far as that seems to be from there, at depth 1
 */

/**
 * Points of a frame, spread evenly over the picture.
 *
 * Every point is the middle of a cell of a grid with the picture's proportions. A grid coarser than the picture's own
 * takes colour and depth of the nearest pixel: what is between two depths is nowhere.
 * @param {{
 *   colour: Uint8ClampedArray, depth: Uint8ClampedArray, width: number, height: number, minDepth: number,
 *   maxDepth: number, K: ArrayLike<number>, c2w: ArrayLike<number>, maxPoints: number,
 * }} frame colour and coded depth: four bytes a pixel; K: 9 numbers; c2w: 16 numbers; both row by row
 * @returns {ScenePoints} in the axes and the unit of c2w
 */
export function samplePoints({ colour, depth, width, height, minDepth, maxDepth, K, c2w, maxPoints }) {
  const step = Math.max(1, Math.sqrt((width * height) / maxPoints))
  const [columns, rows] = [Math.floor(width / step), Math.floor(height / step)]
  const count = columns * rows
  const positions = new Float32Array(3 * count)
  const colours = new Uint8Array(3 * count)
  const cells = new Float32Array(count)
  const cellSize = step / K[0]
  const ray = rayFromPixel(K)
  for (let row = 0, i = 0; row < rows; row++) {
    const y = (row + 0.5) * step // in pixels from the picture's edge
    for (let column = 0; column < columns; column++, i++) {
      const x = (column + 0.5) * step
      const pixel = 4 * (Math.floor(y) * width + Math.floor(x))
      const z = decodeDepth(depth[pixel], depth[pixel + 1], minDepth, maxDepth)
      const [right, down] = ray(x - 0.5, y - 0.5)
      for (let axis = 0, m = 0; axis < 3; axis++, m += 4) {
        positions[3 * i + axis] = z * (c2w[m] * right + c2w[m + 1] * down + c2w[m + 2]) + c2w[m + 3]
        colours[3 * i + axis] = colour[pixel + axis]
      }
      cells[i] = z * cellSize
    }
  }
  const sizes = pointSizes(positions, cells, columns)
  return { count, positions, colours, sizes, camera: [c2w[3], c2w[7], c2w[11]], cellSize }
}

/** Where a pixel's ray meets the plane at depth 1; K may have skew. */
function rayFromPixel(K) {
  const [fx, skew, cx, , fy, cy] = K
  return (u, v) => {
    const y = (v - cy) / fy
    return [(u - cx - skew * y) / fx, y]
  }
}

/**
 * A grid cell at the point's depth; more where a surface is seen at a slant and has its points far apart. At the edge of
 * a surface, where the neighbours on both sides are not alike, points stay small: their colours are mixed.
 */
function pointSizes(positions, cells, columns) {
  const offset = (i, j, axis) => positions[3 * i + axis] - positions[3 * j + axis]
  // With Math.hypot the whole frame would take twice as long.
  const between = (i, j) => Math.sqrt(offset(i, j, 0) ** 2 + offset(i, j, 1) ** 2 + offset(i, j, 2) ** 2)
  const last = cells.length - columns
  return cells.map((cell, i) => {
    const column = i % columns
    const left = column > 0 ? i - 1 : i + 1
    const right = column + 1 < columns ? i + 1 : i - 1
    const above = i >= columns ? i - columns : i + columns
    const below = i < last ? i + columns : i - columns
    const across = alike(between(i, left), between(i, right))
    const along = alike(between(i, above), between(i, below))
    const isEdge = across === 0 || along === 0
    return isEdge ? cell : Math.min(Math.max(across, along, cell), MAX_STRETCH * cell)
  })
}

/** The larger of two distances, or nothing if they are not alike. */
function alike(a, b) {
  const [near, far] = a < b ? [a, b] : [b, a]
  return far <= ALIKE * near ? far : 0
}
