// Named moves: the twin of postcam_core/trajectory/presets.py. Lengths are in nearest depths: the subject is (0, 0, 1).

// Enough keys that the spline between them stays on a curve to about a thousandth.
const NUM_CURVE_KEYS = 49
const MAX_TURN_BETWEEN_KEYS_DEG = 90

const PRESETS = {
  static: still,
  x_down_30: arc({ pitchDeg: -30 }),
  x_up_30: arc({ pitchDeg: 30 }),
  y_left_30: arc({ yawDeg: 30 }),
  y_right_30: arc({ yawDeg: -30 }),
  zoom_in: zoom(1),
  zoom_out: zoom(-1),
  pan_left: turn("pan_deg", -20),
  pan_right: turn("pan_deg", 20),
  tilt_up: turn("tilt_deg", 10),
  tilt_down: turn("tilt_deg", -10),
  roll_left: turn("roll_deg", -15),
  roll_right: turn("roll_deg", 15),
  truck_left: slide([-0.3, 0, 0]),
  truck_right: slide([0.3, 0, 0]),
  pedestal_up: slide([0, -0.25, 0]),
  pedestal_down: slide([0, 0.25, 0]),
  dolly_in: slide([0, 0, 0.5]),
  dolly_out: slide([0, 0, -0.5]),
  arc_left: arc({ yawDeg: 30 }),
  arc_right: arc({ yawDeg: -30 }),
  arc_up: arc({ pitchDeg: 30 }),
  arc_down: arc({ pitchDeg: -30 }),
  crane_up: aimedAtSubject((time, amount) => [0, -0.4 * amount * time, 0]),
  crane_down: aimedAtSubject((time, amount) => [0, 0.4 * amount * time, 0]),
  spiral: aimedAtSubject(spiral),
  figure_eight: aimedAtSubject(figureEight),
  handheld,
  dolly_zoom: dollyZoom,
  lens_zoom_in: lensZoom(1),
  lens_zoom_out: lensZoom(-1),
}

/** Every preset, in the order in which lists show them. */
export const PRESET_NAMES = Object.keys(PRESETS)

/**
 * The path of a preset.
 * @param {string} name one of PRESET_NAMES
 * @param {number} amount multiple of its natural size; negative mirrors, 0 stands still
 * @returns {object} an orbit or keyframes, every field filled in
 */
export const presetPath = (name, amount) => PRESETS[name](amount)

function still() {
  return { kind: "orbit", pitch_deg: [0], yaw_deg: [0], displacement: [0] }
}

/** Orbit with the four keys of the released trajectory files. */
function arc({ pitchDeg = 0, yawDeg = 0 }) {
  return (amount) => {
    if (amount === 0) return still() // an orbit without angles would be a dolly
    const keys = (degrees) => [0, 1, 2, 3].map((k) => (k * degrees * amount) / 3)
    return { kind: "orbit", pitch_deg: keys(pitchDeg), yaw_deg: keys(yawDeg), displacement: [1, 1, 1, 1] }
  }
}

function zoom(direction) {
  return (amount) => ({
    kind: "orbit",
    pitch_deg: [0, 0, 0, 0],
    yaw_deg: [0, 0, 0, 0],
    displacement: [0, 1, 2, 3, 4].map((k) => (k * direction * amount) / 4),
  })
}

/** Constant turn in place; between neighbouring keys it must stay below half a turn. */
function turn(axis, naturalDeg) {
  return (amount) => {
    const totalDeg = naturalDeg * amount
    const numSteps = Math.max(1, Math.ceil(Math.abs(totalDeg) / MAX_TURN_BETWEEN_KEYS_DEG))
    const keys = Array.from({ length: numSteps + 1 }, (_, k) =>
      key(k / numSteps, [0, 0, 0], { [axis]: (totalDeg * k) / numSteps }),
    )
    return path(keys)
  }
}

function slide(distance) {
  return (amount) => path([0, 1].map((time) => key(time, distance.map((part) => part * amount * time))))
}

/** Follow position(time, amount) with the camera aimed at the subject. */
function aimedAtSubject(position) {
  return (amount) => curve((time) => {
    const [x, y, z] = position(time, amount)
    return key(time, [x, y, z], {
      pan_deg: degrees(Math.atan2(-x, 1 - z)),
      tilt_deg: degrees(Math.atan2(y, Math.hypot(x, 1 - z))),
    })
  })
}

function spiral(time, amount) {
  const [radius, angle] = [0.25 * amount * time, 4 * Math.PI * time]
  return [radius * Math.sin(angle), -radius * Math.cos(angle), 0]
}

function figureEight(time, amount) {
  const angle = 2 * Math.PI * time
  return [0.3 * amount * Math.sin(angle), 0.12 * amount * Math.sin(2 * angle), 0]
}

/** Sway of about a hundredth of the nearest depth and half a degree, one noise per channel. */
function handheld(amount) {
  return curve((time) => {
    const [x, y, z, pan, tilt, roll] = [0, 1, 2, 3, 4, 5].map(
      (seed) => amount * (smoothNoise(time, seed) - smoothNoise(0, seed)),
    )
    const angles = { pan_deg: 0.5 * pan, tilt_deg: 0.5 * tilt, roll_deg: 0.3 * roll }
    return key(time, [0.01 * x, 0.01 * y, 0.006 * z], angles)
  })
}

/** Noise in [−1, 1] with one to six swings over the clip; each seed has phases of its own. */
function smoothNoise(time, seed) {
  const cyclesAndPhases = [[1, 5], [2.3, 2], [3.7, 3], [5.9, 7]]
  const weight = cyclesAndPhases.reduce((sum, [cycles]) => sum + 1 / cycles, 0)
  const swing = ([cycles, root]) => Math.sin(2 * Math.PI * (cycles * time + Math.sqrt(root) * (seed + 1)))
  return cyclesAndPhases.reduce((sum, each) => sum + swing(each) / each[0] / weight, 0)
}

/** The distance to the subject halves while the focal length halves with it: its size stays. */
function dollyZoom(amount) {
  return curve((time) => {
    const focalScale = 0.5 ** (amount * time)
    return key(time, [0, 0, 1 - focalScale], { focal_scale: focalScale })
  })
}

function lensZoom(direction) {
  const scale = (amount, time) => 2 ** (direction * amount * time)
  return (amount) => path([0, 1].map((time) => key(time, [0, 0, 0], { focal_scale: scale(amount, time) })))
}

const degrees = (radians) => (radians * 180) / Math.PI

const curve = (keyAt) => path(Array.from({ length: NUM_CURVE_KEYS }, (_, k) => keyAt(k / (NUM_CURVE_KEYS - 1))))

const path = (keyframes) => ({ kind: "keyframes", unit: "nearest_depth", keyframes })

function key(time, position, fields = {}) {
  const defaults = { pan_deg: 0, tilt_deg: 0, roll_deg: 0, focal_scale: 1, interpolation: "spline" }
  return { time, position, ...defaults, ...fields }
}
