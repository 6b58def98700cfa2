// Pan, tilt and roll of a rotation: the inverse of panTiltRoll.

/** @typedef {[number, number, number]} Angles pan, tilt, roll in degrees */

const DEGREES = 180 / Math.PI
// Looking this near to straight up or down (cosine of the tilt), pan and roll turn about one axis.
const STRAIGHT = 1e-9

/**
 * @param {import("../math/rotation.mjs").Rotation} r
 * @param {Angles} [near] of the many triples of angles that mean one rotation, take the one nearest to these
 * @returns {Angles}
 */
export function panTiltRollOf(r, near = [0, 0, 0]) {
  const cosine = Math.hypot(r[3], r[4])
  const tilt = Math.atan2(-r[5], cosine) * DEGREES
  if (cosine < STRAIGHT) return straightAngles(r, tilt, near)
  const [pan, roll] = [Math.atan2(r[2], r[8]) * DEGREES, Math.atan2(r[3], r[4]) * DEGREES]
  const direct = unwound([pan, tilt, roll], near)
  const overTheTop = unwound([pan + 180, 180 - tilt, roll + 180], near)
  return distance(direct, near) <= distance(overTheTop, near) ? direct : overTheTop
}

/** Straight up or down the roll stays as it was, and the pan takes the whole turn. */
function straightAngles(r, tilt, near) {
  const panAndRoll = Math.atan2(-r[6], r[0]) * DEGREES // pan − roll looking up, pan + roll looking down
  return unwound([panAndRoll + Math.sign(tilt) * near[2], tilt, near[2]], near)
}

/** The same angles with whole turns added, each as near as it gets. */
const unwound = (angles, near) => angles.map((angle, i) => nearestTurn(angle, near[i]))

/** @param {number} angle @param {number} near @returns {number} the angle plus whole turns, within 180 of `near` */
export const nearestTurn = (angle, near) => angle + 360 * Math.round((near - angle) / 360)

const distance = (a, b) => Math.hypot(...a.map((angle, i) => angle - b[i]))
