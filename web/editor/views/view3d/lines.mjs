// Lines of a width in px: paths, and cameras as pyramids.
import {
  Line2, LineGeometry, LineMaterial, LineSegments2, LineSegmentsGeometry,
} from "../../../vendor/three.bundle.mjs"
import { matrixOf } from "./axes.mjs"

// In nearest depths; half and ahead in steps.
const FLOOR = { step: 0.5, half: 4, ahead: 2, height: 0.5 }

/** A line through points; none for fewer than two. */
export class Path {
  constructor({ widthPx }) {
    this.material = new LineMaterial({ linewidth: widthPx })
    this.object = new Line2(new LineGeometry(), this.material)
    this.object.frustumCulled = false
    this.object.visible = false
  }

  /** @param {number[][]} points */
  show(points) {
    this.object.geometry.dispose()
    this.object.geometry = new LineGeometry()
    this.object.visible = points.length > 1
    if (this.object.visible) this.object.geometry.setPositions(points.flat())
  }

  setColour(colour) {
    this.material.color.set(colour)
  }

  dispose() {
    this.object.geometry.dispose()
    this.material.dispose()
  }
}

/** A camera as a pyramid with a roof over its upper edge. */
export class Frustum {
  constructor({ widthPx }) {
    this.material = new LineMaterial({ linewidth: widthPx })
    this.object = new LineSegments2(new LineSegmentsGeometry(), this.material)
    this.object.frustumCulled = false
    this.object.matrixAutoUpdate = false
    this.object.visible = false
  }

  /**
   * @param {ArrayLike<number>|undefined} c2w hidden without one
   * @param {{left: number, right: number, top: number, bottom: number}} edges slopes of the picture's edges
   * @param {number} length from the camera to its picture
   */
  show(c2w, edges, length) {
    this.object.visible = Boolean(c2w)
    if (!c2w) return
    this.object.geometry.dispose()
    this.object.geometry = new LineSegmentsGeometry()
    this.object.geometry.setPositions(frustumLines(edges, length).flat(2))
    this.object.matrix.copy(matrixOf(c2w))
    this.object.matrixWorldNeedsUpdate = true
  }

  setColour(colour) {
    this.material.color.set(colour)
  }

  dispose() {
    this.object.geometry.dispose()
    this.material.dispose()
  }
}

/** A grid below the cameras: shows what is ahead where there is no scene. */
export class Floor {
  constructor() {
    this.material = new LineMaterial({ linewidth: 1 })
    this.object = new LineSegments2(new LineSegmentsGeometry(), this.material)
    const steps = Array.from({ length: 2 * FLOOR.half + 1 }, (_, i) => i - FLOOR.half)
    const [near, far] = [FLOOR.ahead - FLOOR.half, FLOOR.ahead + FLOOR.half]
    const point = (x, z) => [x * FLOOR.step, FLOOR.height, z * FLOOR.step]
    const lines = steps.flatMap((i) => [
      ...[point(i, near), point(i, far)],
      ...[point(-FLOOR.half, FLOOR.ahead + i), point(FLOOR.half, FLOOR.ahead + i)],
    ])
    this.object.geometry.setPositions(lines.flat())
  }

  setColour(colour) {
    this.material.color.set(colour)
  }

  dispose() {
    this.object.geometry.dispose()
    this.material.dispose()
  }
}

/** Pairs of ends, in the camera's axes. */
function frustumLines({ left, right, top, bottom }, length) {
  const at = (x, y) => [x * length, y * length, length]
  const corners = [at(left, top), at(right, top), at(right, bottom), at(left, bottom)]
  const eye = [0, 0, 0]
  const roof = at((left + right) / 2, top - (bottom - top) * 0.25)
  return [
    ...corners.map((corner) => [eye, corner]),
    ...corners.map((corner, i) => [corner, corners[(i + 1) % 4]]),
    [at(left + (right - left) * 0.3, top), roof],
    [roof, at(left + (right - left) * 0.7, top)],
  ]
}
