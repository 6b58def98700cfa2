// A line that was drawn in a plan becomes the path.
import { clipTimeAt } from "../state/clip_times.mjs"
import { setKeyframes, setRelativeTo } from "../state/edits.mjs"
import { strokeToKeyframes } from "../tools/freehand.mjs"
import { sampleTimes } from "../trajectory/times.mjs"
import { pathScale, targetPoses } from "../views/places.mjs"

/**
 * @param {import("../state/store.mjs").EditorStore} store
 * @param {{x: number, y: number, z: number}[]} points in the unit of the document's path
 * @param {{plane: "top"|"side", aim: string}} how aim: see strokeToKeyframes
 */
export function drawPath(store, points, { plane, aim }) {
  const isFollowing = store.document.relative_to !== "first_frame" && !store.isPathAlone
  const factor = isFollowing ? pathScale(store) : 1
  const stroke = points.map(({ x, y, z }) => (plane === "top" ? [x, z] : [z, y]).map((length) => length * factor))
  const plan = plane === "top" ? "above" : "side"
  store.edit((document) => {
    if (!isFollowing) return setKeyframes(strokeToKeyframes(stroke, { path: document.path, plan, aim }))(document)
    // A drawn line is a place in the world, whatever the path was relative to.
    const keyframes = strokeToKeyframes(stroke, { path: seenPath(store), plan, aim })
    return setRelativeTo("first_frame")(setKeyframes(keyframes, "nearest_depth")(document))
  })
  store.setSelection(0)
}

/** The cameras that are seen, at even times of the path; frames lie at even times of the clip. */
function seenPath(store) {
  const poses = targetPoses(store)
  const frames = sampleTimes(poses.length).map((time) => Math.round(clipTimeAt(store.document, time) * (poses.length - 1)))
  return {
    kind: "poses", unit: "nearest_depth",
    c2w: frames.map((frame) => poses[frame]),
    focal_scale: frames.map((frame) => store.trajectory.focalScale[frame]),
  }
}
