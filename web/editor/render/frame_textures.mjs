// Frames of a scene on the graphics card: fetched when asked for, the least recently used given up first.
import { createTexture } from "./gl.mjs"

// 40 frames of 832×480: image and depth take four bytes a pixel each.
const MAX_BYTES = 128 * 2 ** 20

/** Textures of one scene in one context. */
export class FrameTextures {
  #gl
  #scene
  #capacity
  #ready = new Map() // in order of use
  #coming = new Map()
  #isDisposed = false

  constructor(gl, scene, maxBytes = MAX_BYTES) {
    this.#gl = gl
    this.#scene = scene
    this.#capacity = Math.max(2, Math.floor(maxBytes / (scene.width * scene.height * 8)))
  }

  /** Upload the stored frame nearest to a frame, unless it is there. */
  async prepare(index) {
    const stored = this.#scene.storedIndex(index)
    if (this.#ready.has(stored)) return
    if (!this.#coming.has(stored)) {
      this.#coming.set(stored, this.#fetch(stored).finally(() => this.#coming.delete(stored)))
    }
    await this.#coming.get(stored)
  }

  /** {image, depth} of the stored frame nearest to a frame; undefined until it is prepared. */
  get(index) {
    const stored = this.#scene.storedIndex(index)
    const textures = this.#ready.get(stored)
    if (textures) {
      this.#ready.delete(stored)
      this.#ready.set(stored, textures)
    }
    return textures
  }

  dispose() {
    this.#isDisposed = true
    for (const stored of [...this.#ready.keys()]) this.#remove(stored)
  }

  async #fetch(stored) {
    const { rgb, depthBitmap } = await this.#scene.frame(stored)
    if (!this.#isDisposed) {
      this.#ready.set(stored, { image: this.#upload(rgb), depth: this.#upload(depthBitmap) })
      while (this.#ready.size > this.#capacity) this.#remove(this.#ready.keys().next().value)
    }
    rgb.close()
    depthBitmap.close()
  }

  #upload(bitmap) {
    const gl = this.#gl
    const texture = createTexture(gl, { format: gl.RGBA8, width: bitmap.width, height: bitmap.height })
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, gl.RGBA, gl.UNSIGNED_BYTE, bitmap)
    return texture
  }

  #remove(stored) {
    const { image, depth } = this.#ready.get(stored)
    this.#gl.deleteTexture(image)
    this.#gl.deleteTexture(depth)
    this.#ready.delete(stored)
  }
}
