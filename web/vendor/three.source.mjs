// What the editor uses of three.js. `npm run bundle` makes three.bundle.mjs of it; ComfyUI's own copy cannot be imported.
export {
  BufferAttribute,
  BufferGeometry,
  Color,
  Group,
  LineBasicMaterial,
  LineSegments,
  Matrix4,
  NoColorSpace,
  Object3D,
  PerspectiveCamera,
  Points,
  Quaternion,
  REVISION,
  Scene,
  ShaderMaterial,
  Vector3,
  WebGLRenderer,
} from "three"
export { TransformControls } from "three/addons/controls/TransformControls.js"
export { Line2 } from "three/addons/lines/Line2.js"
export { LineGeometry } from "three/addons/lines/LineGeometry.js"
export { LineMaterial } from "three/addons/lines/LineMaterial.js"
