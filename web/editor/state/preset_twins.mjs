// Presets that are each other's mirror image.

/** Pairs of mirror images; an axis that is not there leaves both as they are. null: no preset is the image. */
const PAIRS = [
  [["y_left_30", "y_right_30"], { x: true, z: null }],
  [["x_up_30", "x_down_30"], { y: true, z: null }],
  [["zoom_in", "zoom_out"], { z: true }],
  [["pan_left", "pan_right"], { x: true }],
  [["tilt_up", "tilt_down"], { y: true }],
  [["roll_left", "roll_right"], { x: true, y: true }],
  [["truck_left", "truck_right"], { x: true }],
  [["pedestal_up", "pedestal_down"], { y: true }],
  [["dolly_in", "dolly_out"], { z: true }],
  [["arc_left", "arc_right"], { x: true, z: null }],
  [["arc_up", "arc_down"], { y: true, z: null }],
  [["crane_up", "crane_down"], { y: true }],
]

/** Presets that no other one mirrors. */
const SINGLE = {
  static: {},
  spiral: { x: null, y: null },
  figure_eight: { x: null, y: null },
  handheld: { x: null, y: null, z: null },
  dolly_zoom: { z: null },
  lens_zoom_in: {},
  lens_zoom_out: {},
}

/**
 * @param {string} name of a preset
 * @param {"x"|"y"|"z"} axis as in mirror.mjs
 * @returns {string|null} the preset that is its mirror image at the same amount, maybe itself; null if there is none
 */
export function twinPreset(name, axis) {
  if (name in SINGLE) return SINGLE[name][axis] === null ? null : name
  const [pair, axes] = PAIRS.find(([names]) => names.includes(name))
  if (axes[axis] === null) return null
  return axes[axis] ? pair[1 - pair.indexOf(name)] : name
}
