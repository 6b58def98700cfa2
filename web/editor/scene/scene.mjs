// A clip with depth and cameras, as PostCam Trajectory leaves it in ComfyUI's temp folder (docs/formats.md).
import { SceneError } from "../errors.mjs"

const FORMAT = "postcam-scene"
const VERSION = 1
// Depth is coded in the bytes: no colour profile and no alpha may touch them.
const EXACT = { colorSpaceConversion: "none", premultiplyAlpha: "none" }

/**
 * Read a scene's manifest; frames are fetched when they are asked for.
 * @param {object|string} manifest the manifest, or the name of its file
 * @param {(name: string) => Promise<ArrayBuffer|Blob>} fetchBytes content of a file of the scene
 * @returns {Promise<Scene>}
 */
export async function loadScene(manifest, fetchBytes) {
  if (typeof manifest === "string") {
    manifest = JSON.parse(await new Blob([await fetchBytes(manifest)]).text())
  }
  return new Scene(manifest, fetchBytes)
}

/** Cameras of all frames, and pictures of the stored ones. Lengths are in the unit of the geometry. */
export class Scene {
  #frames
  #fetchBytes

  constructor(manifest, fetchBytes) {
    checkManifest(manifest)
    this.width = manifest.width
    this.height = manifest.height
    this.numFrames = manifest.num_frames
    this.nearestDepth = manifest.nearest_depth
    this.minDepth = manifest.min_depth
    this.maxDepth = manifest.max_depth
    this.provider = manifest.provider
    this.notes = manifest.notes
    /** Per frame, 9 numbers row by row, in pixels. */
    this.K = manifest.K
    /** Per frame, camera to world, 16 numbers row by row, relative to frame 0. */
    this.c2w = manifest.c2w.map((pose) => Float64Array.from(pose))
    this.#frames = manifest.frames
    this.#fetchBytes = fetchBytes
  }

  /** The stored frame nearest to a frame; the earlier of two equally near. */
  storedIndex(index) {
    return this.#nearest(index).index
  }

  /**
   * Pictures of the stored frame nearest to a frame. The caller closes both bitmaps.
   * @returns {Promise<{rgb: ImageBitmap, depthBitmap: ImageBitmap, minDepth: number, maxDepth: number}>}
   */
  async frame(index) {
    const { image, depth } = this.#nearest(index)
    const [rgb, depthBitmap] = await Promise.all([
      this.#picture(image, "image/jpeg"), this.#picture(depth, "image/png"),
    ])
    return { rgb, depthBitmap, minDepth: this.minDepth, maxDepth: this.maxDepth }
  }

  #nearest(index) {
    const distance = (frame) => Math.abs(frame.index - index)
    return this.#frames.reduce((best, frame) => (distance(frame) < distance(best) ? frame : best))
  }

  async #picture(name, type) {
    const bytes = await this.#fetchBytes(name)
    const bitmap = await createImageBitmap(new Blob([bytes], { type }), EXACT).catch(() => {
      throw new SceneError(name, {
        expected: "a readable picture",
        got: "other content",
        todo: "Queue the workflow again.",
      })
    })
    if (bitmap.width === this.width && bitmap.height === this.height) return bitmap
    throw new SceneError(name, {
      expected: `${this.width}×${this.height} pixels`,
      got: `${bitmap.width}×${bitmap.height}`,
      todo: "Queue the workflow again.",
    })
  }
}

function checkManifest(manifest) {
  const told = `${manifest?.format} version ${manifest?.version}`
  if (told !== `${FORMAT} version ${VERSION}`) {
    throw new SceneError("scene", {
      expected: `${FORMAT} version ${VERSION}`,
      got: told,
      todo: "Reload the page and queue the workflow again: page and server are of different versions.",
    })
  }
}
