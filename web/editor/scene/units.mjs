// What a length of 1 is, by the unit of a trajectory (docs/conventions.md). Pure.

/** @typedef {"nearest_depth"|"model"|"scene"} Unit */

/** Nearest depth of the first frame in the checkpoint's unit: postcam_core/trajectory/scale.py. */
export const MODEL_NEAREST_DEPTH = 2.0577211958863635 / (2 * Math.sin(Math.PI / 12))

/**
 * Lengths of 1 that make a nearest depth.
 * @param {Unit} unit
 * @param {number|null} [nearestDepth] in scene units; null where there is no scene
 * @returns {number|null} null for scene units without a scene
 */
export const nearestDepthIn = (unit, nearestDepth = null) =>
  ({ nearest_depth: 1, model: MODEL_NEAREST_DEPTH, scene: nearestDepth })[unit]

/**
 * Scene units in a length of 1: the factor from a trajectory's lengths to the scene's.
 * @param {Unit} unit
 * @param {number} nearestDepth in scene units
 * @returns {number}
 */
export const sceneUnitsIn = (unit, nearestDepth) => nearestDepth / nearestDepthIn(unit, nearestDepth)
