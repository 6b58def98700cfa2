// Forward splatting on the graphics card: sums of what lands on each target pixel, and what becomes of them.
import { RenderError } from "../errors.mjs"
import { FARTHEST_WEIGHED_DEPTH } from "./reprojection.mjs"
import { bindTextures, createFramebuffer, createProgram, createTexture } from "./gl.mjs"
import {
  COUNT_FRAGMENT, FULL_VERTEX, NEAREST_FRAGMENT, RELATIVE_FRAGMENT, RELATIVE_VERTEX, RESOLVE_FRAGMENT,
  SPLAT_FRAGMENT, SPLAT_VERTEX,
} from "./shaders.mjs"

/**
 * How sums can be kept here: "float" (32 bits, weights as in Python) or "half" (16 bits, where the graphics card
 * cannot add up 32-bit numbers; weights are then relative to the nearest point of each pixel).
 * @throws {RenderError} where not even that is possible
 */
export function sumPrecision(gl) {
  const hasFloat = gl.getExtension("EXT_color_buffer_float")
  if (hasFloat && gl.getExtension("EXT_float_blend")) return "float"
  if (hasFloat || gl.getExtension("EXT_color_buffer_half_float")) return "half"
  throw new RenderError("graphics card", {
    expected: "one that adds up floating point numbers (EXT_color_buffer_float and EXT_float_blend)",
    got: "neither 32 nor 16 bits",
    todo: "Use another browser or switch on hardware acceleration; the guide node renders the same picture.",
  })
}

/** Programs and targets for pictures of one size. */
export class Splat {
  #gl
  #size
  #programs
  #textures = {}
  #framebuffers = {}

  constructor(gl, { width, height, precision }) {
    this.#gl = gl
    this.#size = { width, height }
    this.#programs = createPrograms(gl, precision)
    this.#createTargets(precision)
  }

  /**
   * Let all pixels of a frame land.
   * @param {{image: WebGLTexture, depth: WebGLTexture}} frame
   * @param {object} camera the matrices of reprojection.mjs; depthCode: logarithm of the depth of code 0, and
   *   its step from code to code; fallOff: see depthFallOff
   */
  splat(frame, camera) {
    const gl = this.#gl
    gl.viewport(0, 0, this.#size.width + 2, this.#size.height + 2)
    if (this.#programs.nearest) this.#keepNearest(frame, camera)
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#framebuffers.sums)
    gl.clearBufferfv(gl.COLOR, 0, [0, 0, 0, 0])
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE)
    const { nearest } = this.#textures
    this.#drawPoints(this.#programs.splat, nearest ? { ...frame, nearest } : frame, camera)
    gl.disable(gl.BLEND)
  }

  /** Paint the picture on the canvas. */
  paint() {
    this.#drawFull(this.#programs.resolve, null)
  }

  /** The picture, RGBA, first row on top; alpha is 255 where a pixel is known and 0 in holes. */
  readPixels() {
    const { width, height } = this.#size
    this.#drawFull(this.#programs.resolve, this.#framebuffers.picture)
    const flipped = new Uint8ClampedArray(width * height * 4)
    this.#gl.readPixels(0, 0, width, height, this.#gl.RGBA, this.#gl.UNSIGNED_BYTE, flipped)
    const pixels = new Uint8ClampedArray(flipped.length)
    for (let y = 0; y < height; y++) {
      pixels.set(flipped.subarray((height - 1 - y) * width * 4, (height - y) * width * 4), y * width * 4)
    }
    return pixels
  }

  /** Number of pixels on which something landed. */
  countKnown() {
    const gl = this.#gl
    this.#drawFull(this.#programs.count, this.#framebuffers.counts, 1)
    const counts = new Uint32Array(this.#size.height * 4)
    gl.readPixels(0, 0, 1, this.#size.height, gl.RGBA_INTEGER, gl.UNSIGNED_INT, counts)
    let known = 0
    for (let i = 0; i < counts.length; i += 4) known += counts[i]
    return known
  }

  dispose() {
    for (const { program } of Object.values(this.#programs)) this.#gl.deleteProgram(program)
    for (const framebuffer of Object.values(this.#framebuffers)) this.#gl.deleteFramebuffer(framebuffer)
    for (const texture of Object.values(this.#textures)) this.#gl.deleteTexture(texture)
  }

  #createTargets(precision) {
    const gl = this.#gl
    const { width, height } = this.#size
    const ringed = { width: width + 2, height: height + 2 }
    const create = (options) => createTexture(gl, options)
    const textures = this.#textures
    textures.sums = create({ format: precision === "float" ? gl.RGBA32F : gl.RGBA16F, ...ringed })
    textures.picture = create({ format: gl.RGBA8, width, height })
    textures.counts = create({ format: gl.RGBA32UI, width: 1, height })
    for (const [name, colour] of Object.entries(textures)) {
      this.#framebuffers[name] = createFramebuffer(gl, { colour })
    }
    if (precision === "half") {
      textures.nearest = create({ format: gl.DEPTH_COMPONENT24, ...ringed })
      this.#framebuffers.nearest = createFramebuffer(gl, { depth: textures.nearest })
    }
  }

  #keepNearest(frame, camera) {
    const gl = this.#gl
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#framebuffers.nearest)
    gl.clearBufferfv(gl.DEPTH, 0, [1])
    gl.enable(gl.DEPTH_TEST)
    this.#drawPoints(this.#programs.nearest, frame, camera)
    gl.disable(gl.DEPTH_TEST)
  }

  #drawPoints({ program, uniforms }, textures, camera) {
    const gl = this.#gl
    const { width, height } = this.#size
    gl.useProgram(program)
    gl.uniform2i(uniforms.uSize, width, height)
    bindTextures(gl, uniforms, samplers(textures))
    gl.uniformMatrix3fv(uniforms.uRaysFromPixels, true, camera.raysFromPixels)
    gl.uniformMatrix4fv(uniforms.uTargetFromSource, true, camera.targetFromSource)
    gl.uniformMatrix3fv(uniforms.uTargetK, true, camera.targetK)
    gl.uniform2fv(uniforms.uDepthCode, camera.depthCode)
    gl.uniform1f(uniforms.uFallOff, camera.fallOff)
    gl.uniform1f(uniforms.uFarthest, FARTHEST_WEIGHED_DEPTH)
    gl.drawArrays(gl.POINTS, 0, width * height)
  }

  #drawFull({ program, uniforms }, framebuffer, columns = this.#size.width) {
    const gl = this.#gl
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer)
    gl.viewport(0, 0, columns, this.#size.height)
    gl.useProgram(program)
    gl.uniform2i(uniforms.uSize, this.#size.width, this.#size.height)
    bindTextures(gl, uniforms, { uSums: this.#textures.sums })
    gl.drawArrays(gl.TRIANGLES, 0, 3)
  }
}

function createPrograms(gl, precision) {
  const programs = {
    resolve: createProgram(gl, FULL_VERTEX, RESOLVE_FRAGMENT),
    count: createProgram(gl, FULL_VERTEX, COUNT_FRAGMENT),
  }
  if (precision === "float") return { ...programs, splat: createProgram(gl, SPLAT_VERTEX, SPLAT_FRAGMENT) }
  return {
    ...programs,
    nearest: createProgram(gl, RELATIVE_VERTEX, NEAREST_FRAGMENT),
    splat: createProgram(gl, RELATIVE_VERTEX, RELATIVE_FRAGMENT),
  }
}

function samplers({ image, depth, nearest }) {
  return { uImage: image, uDepth: depth, ...(nearest && { uNearest: nearest }) }
}
