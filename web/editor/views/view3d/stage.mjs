// The canvas with three's renderer, scene and camera. Draws when asked to, once per frame of the screen.
import { PerspectiveCamera, Scene, WebGLRenderer } from "../../../vendor/three.bundle.mjs"
import { RenderError } from "../../errors.mjs"
import { FIELD_OF_VIEW_DEG } from "../view_camera.mjs"
import { placeCamera } from "./axes.mjs"

// More pixels than this per CSS px cost time that nobody sees.
const MAX_PIXEL_RATIO = 2

/** The drawing part of the 3D view. */
export class Stage {
  #renderer
  #scheduled = null
  #abort = new AbortController()

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("../view_camera.mjs").ViewCamera} view
   * @param {{beforeRender: () => void, onLost: () => void, onRestored: () => void}} callbacks onLost: the graphics
   *   card has gone, nothing is drawn until onRestored
   * @throws {RenderError} where there is no WebGL2
   */
  constructor(canvas, view, { beforeRender, onLost, onRestored }) {
    this.canvas = canvas
    this.view = view
    this.beforeRender = beforeRender
    this.scene = new Scene()
    this.camera = new PerspectiveCamera(FIELD_OF_VIEW_DEG)
    this.pixelRatio = 1
    this.numRenders = 0
    this.#renderer = new WebGLRenderer({ canvas, context: createContext(canvas) })
    const { signal } = this.#abort
    canvas.addEventListener("webglcontextlost", onLost, { signal }) // three asks the browser to restore it
    canvas.addEventListener("webglcontextrestored", () => (onRestored(), this.requestRender()), { signal })
  }

  /** What is on the graphics card. */
  get memory() {
    const { memory, programs } = this.#renderer.info
    return { ...memory, programs: programs.length }
  }

  setBackground(colour) {
    this.#renderer.setClearColor(colour)
  }

  /** Take the size of the canvas' element. @returns {boolean} whether there is anything to see */
  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas
    if (width === 0 || height === 0) return false
    this.pixelRatio = Math.min(window.devicePixelRatio, MAX_PIXEL_RATIO)
    Object.assign(this.view, { width, height })
    this.#renderer.setPixelRatio(this.pixelRatio)
    this.#renderer.setSize(width, height, false)
    this.camera.aspect = width / height
    this.requestRender()
    return true
  }

  requestRender() {
    this.#scheduled ??= requestAnimationFrame(() => this.render())
  }

  /** Draw now. */
  render() {
    cancelAnimationFrame(this.#scheduled)
    this.#scheduled = null
    this.camera.near = this.view.distance / 100
    this.camera.far = this.view.distance * 100 + 1e4
    this.camera.updateProjectionMatrix()
    placeCamera(this.camera, this.view.pose)
    this.beforeRender()
    this.#renderer.render(this.scene, this.camera)
    this.numRenders += 1
  }

  /** Give the graphics card back; whatever was in the scene is disposed of by those who put it there. */
  dispose() {
    cancelAnimationFrame(this.#scheduled)
    this.#scheduled = null
    this.#abort.abort()
    this.#renderer.dispose()
    this.#renderer.forceContextLoss() // browsers keep few contexts, and let them go late
  }
}

function createContext(canvas) {
  const context = canvas.getContext("webgl2", { antialias: true, alpha: false })
  if (context) return context
  throw new RenderError("3D view", {
    expected: "a browser with WebGL2",
    got: "none",
    todo: "Switch on hardware acceleration, or use a current browser; the plan views need none.",
  })
}
