// Where everything stands that views of the scene show, from a store. Pure.
//
// Views measure in nearest depths of frame 0, whatever the units of path and scene: sizes of marks and steps of the
// mouse are then right for every clip. Axes are OpenCV's, the world is the first source camera.
import { identityPose, invertPose, multiplyPoses, poseFrom, positionOf, rotationOf, scalePose } from "../math/pose.mjs"
import { rotate, panTiltRoll } from "../math/rotation.mjs"
import { add, scale } from "../math/vec3.mjs"
import { nearestDepthIn } from "../scene/units.mjs"
import { panTiltRollOf } from "../state/angles.mjs"
import { clipTimeAt } from "../state/clip_times.mjs"
import { pathUnit } from "../trajectory/path_schemas.mjs"
import { smoothPoses } from "../trajectory/smooth_poses.mjs"

/**
 * @typedef {import("../math/pose.mjs").Pose} Pose
 * @typedef {import("../math/vec3.mjs").Vec3} Vec3
 */

/** Nearest depths in a length of 1 of the scene; 1 without a scene. */
export const sceneScale = (store) => 1 / nearestDepthOf(store)

/** Nearest depths in a length of 1 of the document's path. */
export const pathScale = (store) => 1 / nearestDepthIn(pathUnit(store.document.path), nearestDepthOf(store))

/** @returns {Pose[]} the clip's own cameras; none without a scene */
export function sourcePoses(store) {
  return store.scene ? store.scene.c2w.map((pose) => scalePose(pose, sceneScale(store))) : []
}

/** @returns {Pose[]} the camera of every frame */
export function targetPoses(store) {
  const factor = 1 / nearestDepthIn(store.trajectory.unit, nearestDepthOf(store))
  return store.trajectory.c2w.map((pose) => scalePose(pose, factor))
}

/** @returns {number} the source frame that is shown at the store's time */
export const sourceFrame = (store) => store.trajectory.sourceIndex[store.frame]

/** @returns {Pose[]} of the document's keyframes; none for other paths */
export function keyframePoses(store) {
  const { path } = store.document
  if (path.kind !== "keyframes") return []
  const [factor, followed] = [pathScale(store), followedPoses(store)]
  return path.keyframes.map((key) => multiplyPoses(basePose(store, followed, key.time), keyPose(key, factor)))
}

/**
 * What a keyframe has to hold to stand somewhere: the inverse of keyframePoses.
 * @param {object} store
 * @param {number} index of the keyframe
 * @param {Pose} pose in nearest depths
 * @returns {{position: number[], pan_deg: number, tilt_deg: number, roll_deg: number}} angles go on from the
 *   keyframe's own, beyond half a turn too
 */
export function keyframeAt(store, index, pose) {
  const key = store.document.path.keyframes[index]
  const base = basePose(store, followedPoses(store), key.time)
  const own = multiplyPoses(invertPose(base), pose)
  const angles = panTiltRollOf(rotationOf(own), [key.pan_deg, key.tilt_deg, key.roll_deg])
  const [pan_deg, tilt_deg, roll_deg] = angles
  return { position: scale(positionOf(own), 1 / pathScale(store)), pan_deg, tilt_deg, roll_deg }
}

/** @returns {Vec3|null} the point that the path goes around at the store's time; null for paths without one */
export function pivotPoint(store) {
  const { path } = store.document
  return path.kind === "around" ? transformPoint(shownBase(store), scale(path.pivot, pathScale(store))) : null
}

/**
 * The pivot of a path in nearest depths that goes around a point of the frame shown.
 * @param {object} store
 * @param {{x: number, y: number, z: number}} point in scene units, relative to frame 0, as views give it
 * @returns {Vec3}
 */
export function pivotAt(store, { x, y, z }) {
  return transformPoint(invertPose(shownBase(store)), scale([x, y, z], sceneScale(store)))
}

/** @returns {Vec3} pose · point */
export const transformPoint = (pose, point) => add(rotate(rotationOf(pose), point), positionOf(pose))

const nearestDepthOf = ({ scene }) => scene?.nearestDepth ?? 1

function keyPose(key, factor) {
  return poseFrom(panTiltRoll(key.pan_deg, key.tilt_deg, key.roll_deg), scale(key.position, factor))
}

/** The cameras that a relative document starts from, or null. */
function followedPoses(store) {
  const { relative_to: relativeTo, smoothing_frames: smoothingFrames } = store.document
  if (relativeTo === "first_frame" || store.isPathAlone) return null
  const poses = sourcePoses(store)
  return relativeTo === "source_camera" ? poses : smoothPoses(poses, smoothingFrames)
}

const shownBase = (store) => followedPoses(store)?.[sourceFrame(store)] ?? identityPose()

/** What a keyframe's pose is relative to: the followed camera at the frame where the clip comes to the key. */
function basePose(store, followed, keyTime) {
  if (!followed) return identityPose()
  const frame = Math.round(clipTimeAt(store.document, keyTime) * (store.numFrames - 1))
  return followed[store.trajectory.sourceIndex[frame]]
}
