// What a length of 1 is, by the unit of a trajectory (docs/conventions.md). Pure.

/** Nearest depth of frame 0 in the model's unit: postcam_core/trajectory/scale.py. */
export const MODEL_NEAREST_DEPTH = 2.0577211958863635 / (2 * Math.sin(Math.PI / 12))

/**
 * Nearest depths in a length of 1.
 * @param {"nearest_depth"|"model"|"scene"} unit of the trajectory
 * @param {number} nearestDepth of the scene, in scene units
 * @returns {number}
 */
export function nearestDepthsIn(unit, nearestDepth) {
  return { nearest_depth: 1, model: 1 / MODEL_NEAREST_DEPTH, scene: 1 / nearestDepth }[unit]
}

/**
 * Scene units in a length of 1.
 * @param {"nearest_depth"|"model"|"scene"} unit of the trajectory
 * @param {number} nearestDepth of the scene, in scene units
 * @returns {number}
 */
export function sceneUnitsIn(unit, nearestDepth) {
  return unit === "scene" ? 1 : nearestDepthsIn(unit, nearestDepth) * nearestDepth
}
