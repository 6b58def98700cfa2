// Arrows and rings that move and turn an object. Gets its pointer from the viewport, so that they cannot both have it.
import { Object3D, TransformControls } from "../../../vendor/three.bundle.mjs"
import { placeObject, poseOf } from "./axes.mjs"

const MODES = { move: "translate", turn: "rotate" }

/** The gizmo on one pose. */
export class Gizmo {
  #controls
  #handle = new Object3D()

  /**
   * @param {{camera: object, scene: object, onChange: (pose: Float64Array) => void}} parts camera and scene are three's;
   *   onChange: moved by a drag
   */
  constructor({ camera, scene, onChange }) {
    this.#controls = new TransformControls(camera, null) // without an element it listens to nothing
    this.#controls.setSpace("local")
    this.#controls.setSize(0.9)
    this.#controls.addEventListener("objectChange", () => onChange(poseOf(this.#handle)))
    scene.add(this.#handle, this.#controls.getHelper())
  }

  get mode() {
    return this.#controls.getMode() === MODES.turn ? "turn" : "move"
  }

  set mode(mode) {
    this.#controls.setMode(MODES[mode])
  }

  /** Whether its axes are the camera's own, else the scene's. */
  get hasOwnAxes() {
    return this.#controls.space === "local"
  }

  set hasOwnAxes(hasOwnAxes) {
    this.#controls.setSpace(hasOwnAxes ? "local" : "world")
  }

  get isVisible() {
    return this.#controls.object !== undefined
  }

  /** Name of what is lit up, or null. */
  get lit() {
    return this.#controls.axis
  }

  /** Put it on a pose; nowhere without one. */
  show(pose) {
    if (!pose) {
      if (this.isVisible) this.#controls.detach()
      return
    }
    placeObject(this.#handle, pose)
    if (!this.isVisible) this.#controls.attach(this.#handle)
  }

  /**
   * Light up what a pointer is on.
   * @param {{x: number, y: number}} place −1…1, y up
   * @returns {boolean} whether it is on the gizmo
   */
  hover(place) {
    if (!this.isVisible) return false
    this.#controls.getHelper().updateMatrixWorld()
    this.#controls.pointerHover({ ...place, button: -1 })
    return this.lit !== null
  }

  /** Begin a drag on what is lit up. */
  press(place) {
    this.#controls.pointerDown({ ...place, button: 0 })
  }

  drag(place) {
    this.#controls.pointerMove({ ...place, button: -1 })
  }

  release(place) {
    this.#controls.pointerUp({ ...place, button: 0 })
  }

  dispose() {
    this.#controls.detach()
    // Its own dispose() needs the element that it was not given.
    this.#controls.getHelper().dispose()
  }
}
