// How wide cameras see. Pure.
import { sourceFrame } from "./places.mjs"

// Without a scene: the size of the model's pictures, and the field of view of the clips that it was trained on.
const USUAL_CAMERA = { K: [631, 0, 415.5, 0, 631, 239.5, 0, 0, 1], width: 832, height: 480 }

/** @typedef {{left: number, right: number, top: number, bottom: number}} Edges slopes of the lines of sight */

/** @returns {{source: Edges, target: Edges}} of the cameras at the store's time */
export function shownEdges(store) {
  const { scene, trajectory, frame } = store
  const { width, height } = scene ?? USUAL_CAMERA
  const K = scene ? scene.K[sourceFrame(store)] : USUAL_CAMERA.K
  const edges = (focalScale) => pictureEdges({ K, width, height, focalScale })
  return { source: edges(1), target: edges(trajectory.focalScale[frame]) }
}

/** Pixel centres are whole numbers: docs/conventions.md. @returns {Edges} */
export function pictureEdges({ K, width, height, focalScale = 1 }) {
  const [fx, , cx, , fy, cy] = K
  const slope = (px, focal, centre) => (px - centre) / (focal * focalScale)
  return {
    left: slope(-0.5, fx, cx), right: slope(width - 0.5, fx, cx),
    top: slope(-0.5, fy, cy), bottom: slope(height - 0.5, fy, cy),
  }
}
