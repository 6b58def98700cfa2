// The only place where OpenCV's axes meet three's.
//
// The scene in three keeps OpenCV's axes: +x right, +y down, +z forward. Only three's cameras are different, they look
// along −z with +y up, so that a camera is turned half around its x axis when it is put into the scene.
import { Matrix4, Quaternion, Vector3 } from "../../../vendor/three.bundle.mjs"

const HALF_TURN_ABOUT_X = new Matrix4().makeScale(1, -1, -1)

/** @param {ArrayLike<number>} pose row by row @returns {Matrix4} */
export const matrixOf = (pose) => new Matrix4().set(...pose)

/** Put one of three's cameras where a camera of ours stands. */
export function placeCamera(camera, c2w) {
  camera.matrix.copy(matrixOf(c2w).multiply(HALF_TURN_ABOUT_X))
  camera.matrix.decompose(camera.position, camera.quaternion, camera.scale)
  camera.updateMatrixWorld()
}

/** Put an object, of which nothing is a camera, at a pose. */
export function placeObject(object, pose) {
  matrixOf(pose).decompose(object.position, object.quaternion, new Vector3())
  object.updateMatrixWorld()
}

/** @returns {Float64Array} the pose of an object at the top of the scene, row by row */
export function poseOf({ position, quaternion }) {
  const unit = new Vector3(1, 1, 1)
  const columns = new Matrix4().compose(position, new Quaternion().copy(quaternion).normalize(), unit).elements
  return Float64Array.from({ length: 16 }, (_, i) => columns[4 * (i % 4) + (i >> 2)])
}
