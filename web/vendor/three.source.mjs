// What the editor uses of three.js; `npm run bundle` makes three.bundle.mjs of it (docs/editor.md).
export {
  BufferAttribute,
  BufferGeometry,
  Color,
  Matrix4,
  Object3D,
  PerspectiveCamera,
  Points,
  Quaternion,
  REVISION,
  Scene,
  ShaderMaterial,
  Vector3,
  Vector4,
  WebGLRenderer,
} from "three"
export { TransformControls } from "three/addons/controls/TransformControls.js"
export { Line2 } from "three/addons/lines/Line2.js"
export { LineGeometry } from "three/addons/lines/LineGeometry.js"
export { LineMaterial } from "three/addons/lines/LineMaterial.js"
export { LineSegments2 } from "three/addons/lines/LineSegments2.js"
export { LineSegmentsGeometry } from "three/addons/lines/LineSegmentsGeometry.js"
