// The scene at one source frame as coloured points without gaps between neighbours of the picture.
import { BufferAttribute, BufferGeometry, Points, ShaderMaterial, Vector3 } from "../../../vendor/three.bundle.mjs"
import { ASIDE, OVERLAP } from "../picking.mjs"

const MIN_SIDE_PX = "1.5"
const MAX_SIDE_PX = "48.0"

const VERTEX = `
attribute vec3 colour;
attribute float size;
uniform vec3 takenFrom;     // where the camera stood, in the points' unit
uniform float cellSize;
uniform float scale;        // of the points' unit to the view's
uniform float pxPerSlope;
varying vec3 vColour;

// From the camera that took the frame neighbours seem a grid cell apart, from aside as far as they are.
float seenSize() {
  vec3 taken = position - takenFrom;
  float sine = length(cross(normalize(taken), normalize(position - cameraPosition / scale)));
  return max(cellSize * length(taken), size * min(1.0, ${ASIDE} * sine));
}

void main() {
  vec4 seen = modelViewMatrix * vec4(position, 1.0);
  gl_Position = projectionMatrix * seen;
  float side = ${OVERLAP} * scale * seenSize();
  gl_PointSize = clamp(side * pxPerSlope / max(-seen.z, 1e-6), ${MIN_SIDE_PX}, ${MAX_SIDE_PX});
  vColour = colour;
}`

// The picture's own colours: no conversion.
const FRAGMENT = `
varying vec3 vColour;
void main() { gl_FragColor = vec4(vColour, 1.0); }`

/** One object for all frames. */
export class PointCloud {
  constructor() {
    const uniforms = {
      ...{ takenFrom: { value: new Vector3() }, cellSize: { value: 1 } },
      ...{ scale: { value: 1 }, pxPerSlope: { value: 1 } },
    }
    this.material = new ShaderMaterial({ vertexShader: VERTEX, fragmentShader: FRAGMENT, uniforms })
    this.object = new Points(new BufferGeometry(), this.material)
    this.object.frustumCulled = false
    this.object.visible = false
    this.points = null
  }

  /**
   * @param {import("../../scene/point_sampling.mjs").ScenePoints|null} points nothing to show without them
   * @param {number} scale of their unit to the view's
   */
  show(points, scale) {
    if (points === this.points) return
    this.points = points
    this.object.geometry.dispose()
    this.object.geometry = new BufferGeometry()
    this.object.visible = points !== null
    if (!points) return
    this.object.geometry.setAttribute("position", new BufferAttribute(points.positions, 3))
    this.object.geometry.setAttribute("colour", new BufferAttribute(points.colours, 3, true))
    this.object.geometry.setAttribute("size", new BufferAttribute(points.sizes, 1))
    this.object.scale.setScalar(scale)
    const { uniforms } = this.material
    uniforms.takenFrom.value.set(...points.camera)
    uniforms.cellSize.value = points.cellSize
    uniforms.scale.value = scale
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
