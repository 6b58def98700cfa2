// What a target camera sees of a frame: the guide of postcam_core/warp/scene_guide.py, in the browser.
import { RenderError } from "../errors.mjs"
import { logDepthPerCode } from "../scene/depth_codec.mjs"
import { MODEL_NEAREST_DEPTH } from "../scene/units.mjs"
import { FrameTextures } from "./frame_textures.mjs"
import { depthFallOff, reprojection } from "./reprojection.mjs"
import { Splat, sumPrecision } from "./splat.mjs"

/**
 * Renders frames of a scene from other cameras onto a canvas, which gets the size of the scene.
 *
 *     const view = new LookThrough(canvas)
 *     view.setScene(scene)
 *     await view.prepare(12)
 *     view.render({ sourceIndex: 12, c2w, focalScale: 1 })
 *     view.coverage()
 *
 * When the graphics card is lost, `onContextLost` is called; nothing can be rendered until `onContextRestored` is,
 * after which the scene is still set and frames have to be prepared again.
 */
export class LookThrough {
  #canvas
  #gl
  #options
  #scene = null
  #splat = null
  #frames = null

  /**
   * @param {HTMLCanvasElement|OffscreenCanvas} canvas
   * @param {{
   *   precision?: "float"|"half", maxTextureBytes?: number,
   *   onContextLost?: () => void, onContextRestored?: () => void,
   * }} options precision: see sumPrecision, the best that there is unless given; maxTextureBytes: of prepared frames
   * @throws {RenderError} where the browser or the graphics card cannot do it
   */
  constructor(canvas, options = {}) {
    this.#canvas = canvas
    this.#options = options
    this.#gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false })
    if (!this.#gl) {
      throw new RenderError("look-through", {
        expected: "a browser with WebGL2",
        got: "none",
        todo: "Switch on hardware acceleration, or use a current browser.",
      })
    }
    const available = sumPrecision(this.#gl)
    this.precision = options.precision ?? available
    canvas.addEventListener("webglcontextlost", this.#lose)
    canvas.addEventListener("webglcontextrestored", this.#restore)
  }

  /** Whether the graphics card is lost at the moment. */
  get isLost() {
    return this.#gl.isContextLost()
  }

  /** Show another scene; frames have to be prepared anew. */
  setScene(scene) {
    this.#free()
    this.#scene = scene
    this.#canvas.width = scene.width
    this.#canvas.height = scene.height
    if (!this.isLost) this.#build()
  }

  /** Bring a frame's pictures onto the graphics card, so that it can be rendered. */
  async prepare(index) {
    await this.#frames?.prepare(index)
  }

  /** Whether a frame can be rendered now. */
  isPrepared(index) {
    return Boolean(this.#frames?.get(index))
  }

  /**
   * Show a source frame from a target camera.
   * @param {{sourceIndex: number, c2w: ArrayLike<number>, focalScale?: number}} target c2w: 16 numbers row by row,
   *   relative to frame 0, in scene units
   * @throws {RenderError} unless the frame is prepared
   */
  render({ sourceIndex, c2w, focalScale = 1 }) {
    const frame = this.#frames?.get(sourceIndex)
    if (!frame) throw this.#notReady(`frame ${sourceIndex}, prepared`)
    const scene = this.#scene
    const shown = scene.storedIndex(sourceIndex)
    const unitScale = MODEL_NEAREST_DEPTH / scene.nearestDepth
    this.#splat.splat(frame, {
      ...reprojection({ K: scene.K[shown], sourceC2w: scene.c2w[shown], targetC2w: c2w, focalScale, unitScale }),
      depthCode: [Math.log(scene.minDepth * unitScale), logDepthPerCode(scene.minDepth, scene.maxDepth)],
      fallOff: depthFallOff(scene.maxDepth, unitScale),
    })
    this.#splat.paint()
  }

  /** Share of known pixels in what was rendered last, in [0, 1]. */
  coverage() {
    return this.#rendered().countKnown() / (this.#scene.width * this.#scene.height)
  }

  /** What was rendered last: RGBA, first row on top; alpha is 255 where a pixel is known and 0 in holes. */
  readPixels() {
    return this.#rendered().readPixels()
  }

  /** Give everything back. The canvas can serve another LookThrough. */
  dispose() {
    this.#canvas.removeEventListener("webglcontextlost", this.#lose)
    this.#canvas.removeEventListener("webglcontextrestored", this.#restore)
    this.#free()
    this.#scene = null
  }

  #rendered() {
    if (!this.#splat) throw this.#notReady("a scene")
    return this.#splat
  }

  #notReady(expected) {
    return new RenderError("look-through", {
      expected,
      got: this.isLost ? "a graphics card that is lost" : "none",
      todo: "Call setScene and wait for prepare first.",
    })
  }

  #build() {
    const { width, height } = this.#scene
    this.#splat = new Splat(this.#gl, { width, height, precision: this.precision })
    this.#frames = new FrameTextures(this.#gl, this.#scene, this.#options.maxTextureBytes)
  }

  #free() {
    this.#splat?.dispose()
    this.#frames?.dispose()
    this.#splat = this.#frames = null
  }

  #lose = (event) => {
    event.preventDefault() // asks the browser to restore it
    this.#free()
    this.#options.onContextLost?.()
  }

  #restore = () => {
    sumPrecision(this.#gl) // extensions have to be asked for again
    if (this.#scene) this.#build()
    this.#options.onContextRestored?.()
  }
}
