// Discs of a size in px that are seen through everything: keyframes, and the camera's place at every frame.
import { BufferAttribute, BufferGeometry, Color, Points, ShaderMaterial } from "../../../vendor/three.bundle.mjs"

const VERTEX = `
attribute vec3 colour;
attribute float size;
uniform float pixelRatio;
varying vec3 vColour;
varying float vSize;
void main() {
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
  gl_PointSize = size * pixelRatio;
  vColour = colour;
  vSize = gl_PointSize;
}`

// A dark rim keeps light discs visible on light scenes, and the other way round.
const FRAGMENT = `
varying vec3 vColour;
varying float vSize;
void main() {
  float edge = 0.5 * vSize - length(gl_PointCoord - 0.5) * vSize;
  float rim = vSize > 8.0 ? step(1.5, edge) : 1.0;
  gl_FragColor = vec4(vColour * rim, clamp(edge, 0.0, 1.0));
}`

/** Discs, drawn in the order given. */
export class Marks {
  constructor() {
    const uniforms = { pixelRatio: { value: 1 } }
    const shaders = { vertexShader: VERTEX, fragmentShader: FRAGMENT, uniforms }
    this.material = new ShaderMaterial({ ...shaders, transparent: true, depthTest: false, depthWrite: false })
    this.object = new Points(new BufferGeometry(), this.material)
    this.object.frustumCulled = false
    this.object.renderOrder = 2
  }

  /** @param {{position: number[], colour: string, sizePx: number}[]} marks */
  show(marks) {
    const geometry = new BufferGeometry()
    const attribute = (values, size) => new BufferAttribute(Float32Array.from(values), size)
    geometry.setAttribute("position", attribute(marks.flatMap(({ position }) => position), 3))
    geometry.setAttribute("colour", attribute(marks.flatMap(({ colour }) => channels(colour)), 3))
    geometry.setAttribute("size", attribute(marks.map(({ sizePx }) => sizePx), 1))
    this.object.geometry.dispose()
    this.object.geometry = geometry
    this.object.visible = marks.length > 0
  }

  /** @param {number} pixelRatio device px in a CSS px */
  resize(pixelRatio) {
    this.material.uniforms.pixelRatio.value = pixelRatio
  }

  dispose() {
    this.object.geometry.dispose()
    this.material.dispose()
  }
}

/** Red, green and blue in 0…1 as the colour is written. */
function channels(colour) {
  const { r, g, b } = new Color().setStyle(colour).convertLinearToSRGB()
  return [r, g, b]
}
