// What a press in the 3D view takes hold of. The first of these that is under the pointer owns the whole drag.
import { positionOf } from "../../math/pose.mjs"
import { pickPoint } from "../picking.mjs"

const PRIMARY = 0
const PICK_RADIUS_PX = { mouse: 6, pen: 8, touch: 14 }
const KEYFRAME_RADIUS_PX = { mouse: 10, pen: 12, touch: 20 }

/**
 * @param {import("../pointers.mjs").Press} press
 * @param {{gizmo: object, ring: object, isSliding: boolean}} tools isSliding: whether the main button slides the view
 *   instead of turning it
 * @param {{
 *   placeOf: (press: object) => {x: number, y: number}, gizmoEnd: () => void, orbit: (phase: object) => void,
 *   turn: (dx: number, dy: number) => void, slide: (dx: number, dy: number) => void, click: (press: object) => void,
 * }} actions placeOf: −1…1, y up
 * @returns {import("../pointers.mjs").Drag}
 */
export function ownerOfPress(press, { gizmo, ring, isSliding }, actions) {
  if (press.button === PRIMARY && gizmo.hover(actions.placeOf(press))) return gizmoDrag(press, gizmo, actions)
  if (press.button === PRIMARY && ring.isUnder(press)) return orbitDrag(press, actions)
  const turns = press.button === PRIMARY && press.shiftKey === isSliding
  return {
    move: (_, { dx, dy }) => (turns ? actions.turn(dx, dy) : actions.slide(dx, dy)),
    end: (last, { isClick }) => isClick && press.button === PRIMARY && actions.click(last),
  }
}

function gizmoDrag(press, gizmo, { placeOf, gizmoEnd }) {
  gizmo.press(placeOf(press))
  return {
    move: (now) => gizmo.drag(placeOf(now)),
    end: (last) => {
      gizmo.release(placeOf(last))
      gizmoEnd()
    },
  }
}

function orbitDrag(press, { orbit }) {
  const tell = (phase, { x, y, shiftKey, altKey }) =>
    orbit({ phase, dx: x - press.x, dy: y - press.y, shiftKey, altKey })
  tell("start", press)
  return { move: (now) => tell("move", now), end: (last) => tell("end", last) }
}

/** @returns {number|null} index of the keyframe under the pointer; of several, the nearest to it */
export function keyframeUnder({ x, y, type }, poses, view) {
  const distances = poses.map((pose) => {
    const at = view.project(positionOf(pose))
    return at.depth > 0 ? Math.hypot(at.x - x, at.y - y) : Infinity
  })
  const least = Math.min(...distances)
  return least <= (KEYFRAME_RADIUS_PX[type] ?? KEYFRAME_RADIUS_PX.mouse) ? distances.indexOf(least) : null
}

/**
 * The point of a cloud under the pointer.
 * @param {object|null} points what framePoints gives
 * @param {number} scale of their unit to the view's
 * @returns {{x: number, y: number, z: number}|null} in their own unit
 */
export function pointUnder({ x, y, type }, points, view, scale) {
  if (!points) return null
  const radiusPx = PICK_RADIUS_PX[type] ?? PICK_RADIUS_PX.mouse
  const index = pickPoint(points, view, { x, y, radiusPx, scale })
  if (index === null) return null
  const [px, py, pz] = points.positions.subarray(3 * index, 3 * index + 3)
  return { x: px, y: py, z: pz }
}
