// What lies over the points in a plan view. Every function draws on a context whose unit is the CSS px.
import { positionOf } from "../../math/pose.mjs"
import { transformPoint } from "../places.mjs"
import { scaleBarLength } from "./projection.mjs"

export const KEYFRAME_RADIUS_PX = 6
const TICK_PX = 12
const TICK_SPACING_PX = 22
const RIM = "rgb(0 0 0 / 0.55)"

/** Lines a round length apart, faint. */
export function drawGrid(context, projection, { border }) {
  const step = scaleBarLength(projection.pxPerUnit, 120)
  const { width, height, axes } = projection
  const [corner, opposite] = [projection.fromPx(0, 0), projection.fromPx(width, height)]
  const multiples = (axis) => {
    const [low, high] = [corner[axis], opposite[axis]].sort((a, b) => a - b)
    const [first, last] = [Math.ceil(low / step), Math.floor(high / step)]
    const values = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step)
    return values.map((value) => projection.toPx([0, 0, 0].with(axis, value)))
  }
  context.beginPath()
  for (const [x] of multiples(axes.across)) line(context, [x, 0], [x, height])
  for (const [, y] of multiples(axes.along)) line(context, [0, y], [width, y])
  context.globalAlpha = 0.5
  stroke(context, border, 1)
  context.globalAlpha = 1
}

/** A line through cameras, with ticks where they look. @param {Float64Array[]} poses */
export function drawPath(context, projection, poses, { colour, widthPx }) {
  if (poses.length === 0) return
  context.beginPath()
  poses.forEach((pose, i) => (i === 0 ? context.moveTo : context.lineTo).apply(context, projection.toPx(positionOf(pose))))
  stroke(context, RIM, widthPx + 2)
  stroke(context, colour, widthPx)
  context.beginPath()
  for (const pose of spreadOut(poses, projection)) line(context, ...tick(pose, projection, TICK_PX))
  stroke(context, colour, 1.5)
}

/** A camera: a wedge of its field of view. @param {object} edges of its picture, see picture_edges.mjs */
export function drawCamera(context, projection, pose, { edges, colour, sizePx }) {
  const length = sizePx / projection.pxPerUnit
  const at = projection.toPx(positionOf(pose))
  const { left, right, top, bottom } = edges
  const slopes = { top: [[left, 0], [right, 0]], side: [[0, top], [0, bottom]] }[projection.plane]
  const ends = slopes.map(([x, y]) => projection.toPx(transformPoint(pose, [x * length, y * length, length])))
  context.beginPath()
  context.moveTo(...at)
  for (const end of ends) context.lineTo(...end)
  context.closePath()
  stroke(context, RIM, 4)
  stroke(context, colour, 2)
}

/** @param {Float64Array[]} poses of keyframes */
export function drawKeyframes(context, projection, poses, selection, { target, selected }) {
  poses.forEach((pose, i) => {
    context.beginPath()
    line(context, ...tick(pose, projection, TICK_PX + 6))
    stroke(context, i === selection ? selected : target, 2)
    const [x, y] = projection.toPx(positionOf(pose))
    context.beginPath()
    context.arc(x, y, KEYFRAME_RADIUS_PX + (i === selection ? 2 : 0), 0, 2 * Math.PI)
    context.fillStyle = i === selection ? selected : target
    context.fill()
    stroke(context, RIM, 1.5)
  })
}

/** What presets aim at, where no scene shows it. */
export function drawSubject(context, projection, subject, { pivot: colour }) {
  const [x, y] = projection.toPx(subject)
  context.beginPath()
  context.arc(x, y, 5, 0, 2 * Math.PI)
  context.fillStyle = colour
  context.fill()
}

/** The point that the path goes around. */
export function drawPivot(context, projection, pivot, { pivot: colour }) {
  const [x, y] = projection.toPx(pivot)
  context.beginPath()
  context.arc(x, y, 7, 0, 2 * Math.PI)
  line(context, [x - 11, y], [x + 11, y])
  line(context, [x, y - 11], [x, y + 11])
  stroke(context, colour, 2)
}

/** What has been drawn by hand so far. @param {number[][]} px */
export function drawStroke(context, px, { selected }) {
  context.beginPath()
  px.forEach((at, i) => (i === 0 ? context.moveTo : context.lineTo).apply(context, at))
  stroke(context, RIM, 5)
  stroke(context, selected, 3)
}

/** A round length, in the lower right corner. @param {(length: string) => string} label */
export function drawScaleBar(context, projection, { text }, label) {
  const length = scaleBarLength(projection.pxPerUnit, 140)
  const [right, bottom] = [projection.width - 12, projection.height - 12]
  const left = right - length * projection.pxPerUnit
  context.beginPath()
  line(context, [left, bottom], [right, bottom])
  for (const x of [left, right]) line(context, [x, bottom - 4], [x, bottom + 4])
  stroke(context, text, 1.5)
  context.fillStyle = text
  context.font = "12px sans-serif"
  context.textAlign = "right"
  context.fillText(label(String(Number(length.toPrecision(6)))), right, bottom - 8)
}

/** Poses at least some px apart, the first and the last among them. */
function spreadOut(poses, projection) {
  let last = null
  return poses.filter((pose, i) => {
    const [x, y] = projection.toPx(positionOf(pose))
    const isFar = last === null || Math.hypot(x - last[0], y - last[1]) >= TICK_SPACING_PX
    if (isFar || i === poses.length - 1) last = [x, y]
    return isFar || i === poses.length - 1
  })
}

/** From a camera's place to where it looks; shorter the more it looks out of the plane. */
function tick(pose, projection, lengthPx) {
  const length = lengthPx / projection.pxPerUnit
  return [projection.toPx(positionOf(pose)), projection.toPx(transformPoint(pose, [0, 0, length]))]
}

function line(context, from, to) {
  context.moveTo(...from)
  context.lineTo(...to)
}

function stroke(context, colour, widthPx) {
  context.strokeStyle = colour
  context.lineWidth = widthPx
  context.lineJoin = context.lineCap = "round"
  context.stroke()
}
