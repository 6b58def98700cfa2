// The scene at one source frame as coloured points without gaps between neighbours of the picture.
import { MAX_STRETCH } from "../../scene/point_sampling.mjs"
import { BufferAttribute, BufferGeometry, Points, ShaderMaterial, Vector4 } from "../../../vendor/three.bundle.mjs"

const MIN_SIZE_PX = 1.5
const MAX_SIZE_PX = 40
const OVERLAP = 1.25

const VERTEX = `
attribute vec3 colour;
attribute float stretch;
uniform vec4 depthRow;      // dot(depthRow, point) is the depth in the camera that took the frame
uniform float cellSize;     // side of a pixel at depth 1
uniform float pxPerSlope;
varying vec3 vColour;
void main() {
  vec4 seen = modelViewMatrix * vec4(position, 1.0);
  gl_Position = projectionMatrix * seen;
  float side = cellSize * dot(depthRow, vec4(position, 1.0)) * length(modelMatrix[0].xyz) * stretch * ${MAX_STRETCH}.0;
  gl_PointSize = clamp(${OVERLAP} * side * pxPerSlope / max(-seen.z, 1e-6), ${MIN_SIZE_PX}, ${MAX_SIZE_PX}.0);
  vColour = colour;
}`

// The picture's own colours: no conversion.
const FRAGMENT = `
varying vec3 vColour;
void main() { gl_FragColor = vec4(vColour, 1.0); }`

/** One object for all frames. */
export class PointCloud {
  constructor() {
    const uniforms = { depthRow: { value: new Vector4() }, cellSize: { value: 0 }, pxPerSlope: { value: 1 } }
    this.material = new ShaderMaterial({ vertexShader: VERTEX, fragmentShader: FRAGMENT, uniforms })
    this.object = new Points(new BufferGeometry(), this.material)
    this.object.frustumCulled = false
    this.object.visible = false
    this.points = null
  }

  /**
   * @param {object|null} points what framePoints gives, or nothing to show
   * @param {number} scale of their unit to the view's
   */
  show(points, scale) {
    if (points === this.points) return
    this.object.geometry.dispose()
    this.object.geometry = new BufferGeometry()
    this.object.visible = points !== null
    this.points = points
    if (!points) return
    this.object.geometry.setAttribute("position", new BufferAttribute(points.positions, 3))
    this.object.geometry.setAttribute("colour", new BufferAttribute(points.colours, 3, true))
    this.object.geometry.setAttribute("stretch", new BufferAttribute(points.stretches, 1, true))
    this.object.scale.setScalar(scale)
    const [m, { uniforms }] = [points.c2w, this.material]
    const [x, y, z] = [m[2], m[6], m[10]]
    uniforms.depthRow.value.set(x, y, z, -(x * m[3] + y * m[7] + z * m[11]))
    uniforms.cellSize.value = points.cellSize
  }

  /** @param {number} pxPerSlope device px of a length of 1 at depth 1 */
  resize(pxPerSlope) {
    this.material.uniforms.pxPerSlope.value = pxPerSlope
  }

  dispose() {
    this.object.geometry.dispose()
    this.material.dispose()
  }
}
