// Points of a scene's frames, made when they are asked for. All views of a scene share them.
import { samplePoints } from "./point_sampling.mjs"

/** Enough for any view; a frame of so many takes 6 MB. */
export const MAX_POINTS = 300_000

const MAX_KEPT = 6
const kept = new WeakMap() // scene → Map of stored index → promise of points, in order of use

/**
 * Points of the stored frame nearest to a frame, in scene units relative to frame 0, OpenCV axes.
 * @param {import("./scene.mjs").Scene} scene
 * @param {number} index of the source frame
 * @returns {Promise<import("./point_sampling.mjs").ScenePoints>} shared: to be read only
 */
export function framePoints(scene, index) {
  const stored = scene.storedIndex(index)
  if (!kept.has(scene)) kept.set(scene, new Map())
  const frames = kept.get(scene)
  const points = frames.get(stored) ?? loadPoints(scene, stored)
  frames.delete(stored)
  frames.set(stored, points)
  points.catch(() => frames.delete(stored)) // to be tried again when it is asked for again
  if (frames.size > MAX_KEPT) frames.delete(frames.keys().next().value)
  return points
}

async function loadPoints(scene, stored) {
  const { rgb, depthBitmap, minDepth, maxDepth } = await scene.frame(stored)
  const [colour, depth] = [rgb, depthBitmap].map(bytesOf)
  const { width, height } = scene
  const camera = { K: scene.K[stored], c2w: scene.c2w[stored] }
  return samplePoints({ colour, depth, width, height, minDepth, maxDepth, ...camera, maxPoints: MAX_POINTS })
}

function bytesOf(bitmap) {
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  return context.getImageData(0, 0, width, height).data
}
