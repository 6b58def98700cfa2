// Rigid orbit about a picked point: the twin of postcam_core/trajectory/around.py.

import { poseFrom } from "../math/pose.mjs"
import { panTiltRoll, rotate } from "../math/rotation.mjs"
import { scale, subtract } from "../math/vec3.mjs"

/**
 * Camera and its place turn about the pivot, evenly in the angles and in the log of distance and focal length.
 * @param {object} path of kind "around", every field filled in
 * @param {number[]} times in [0, 1]
 * @returns {{c2w: Float64Array[], focalScale: Float64Array}}
 */
export function sampleAround(path, times) {
  return {
    c2w: times.map((time) => poseAt(path, time)),
    focalScale: Float64Array.from(times, (time) => path.focal_scale ** time),
  }
}

function poseAt({ pivot, yaw_deg, pitch_deg, roll_deg, distance }, time) {
  const [yaw, tilt] = [yaw_deg * time, -pitch_deg * time]
  const turned = rotate(panTiltRoll(yaw, tilt, 0), pivot)
  const position = subtract(pivot, scale(turned, distance ** time))
  return poseFrom(panTiltRoll(yaw, tilt, roll_deg * time), position)
}
