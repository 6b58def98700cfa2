// A small drawing of a camera move: a floor and two boxes, seen by the moving camera.
import { positionOf, rotationOf } from "../math/pose.mjs"
import { rotate, transpose } from "../math/rotation.mjs"
import { lerp, subtract } from "../math/vec3.mjs"

const FLOOR_Y = 0.35
// Half a picture's height over the focal length, as of a lens of about 40°.
const TANGENT = 0.36
const NEAR = 0.05

const LINES = [
  ...[-1.2, -0.8, -0.4, 0, 0.4, 0.8, 1.2].map((x) => [[x, FLOOR_Y, 0.2], [x, FLOOR_Y, 3]]),
  ...[0.4, 0.8, 1.2, 1.6, 2, 2.4, 2.8].map((z) => [[-1.2, FLOOR_Y, z], [1.2, FLOOR_Y, z]]),
]
const SUBJECT = [...box([0, FLOOR_Y - 0.28, 1], 0.14, 0.28)]
const BACKGROUND = [...box([-0.75, FLOOR_Y - 0.3, 2.2], 0.2, 0.3), ...box([0.8, FLOOR_Y - 0.2, 1.9], 0.15, 0.2)]

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} c2w the camera in nearest depths, 16 numbers row by row
 * @param {number} focalScale
 * @param {{faint: string, text: string, target: string}} colours
 */
export function drawThumbnail(context, c2w, focalScale, { faint, text, target }) {
  const { width, height } = context.canvas
  context.clearRect(0, 0, width, height)
  const project = projection(c2w, focalScale, width, height)
  for (const [lines, colour, lineWidth] of [[LINES, faint, 0.6], [BACKGROUND, text, 1], [SUBJECT, target, 1.8]]) {
    context.strokeStyle = colour
    context.lineWidth = lineWidth * (width / 160)
    context.beginPath()
    for (const [a, b] of lines) {
      const ends = project(a, b)
      if (!ends) continue
      context.moveTo(...ends[0])
      context.lineTo(...ends[1])
    }
    context.stroke()
  }
}

function projection(c2w, focalScale, width, height) {
  const turn = transpose(rotationOf(c2w))
  const place = positionOf(c2w)
  const focal = (focalScale * height) / (2 * TANGENT)
  const seen = (point) => rotate(turn, subtract(point, place))
  const pixel = ([x, y, z]) => [width / 2 + (focal * x) / z, height / 2 + (focal * y) / z]
  return (a, b) => {
    let [from, to] = [seen(a), seen(b)]
    if (from[2] < NEAR && to[2] < NEAR) return null
    if (from[2] < NEAR) from = cut(from, to)
    if (to[2] < NEAR) to = cut(to, from)
    return [pixel(from), pixel(to)]
  }
}

/** Where a line that begins behind the camera comes before it. */
function cut(behind, before) {
  return lerp(behind, before, (NEAR - behind[2]) / (before[2] - behind[2]))
}

function box([x, y, z], half, halfHeight) {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [
    x + (i & 1 ? half : -half), y + (i & 2 ? halfHeight : -halfHeight), z + (i & 4 ? half : -half),
  ])
  return corners.flatMap((corner, i) =>
    [1, 2, 4].filter((bit) => !(i & bit)).map((bit) => [corner, corners[i | bit]]))
}
