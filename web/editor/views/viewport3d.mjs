// The scene with both cameras in space: to look at from anywhere, to move keyframes in, to pick a point in.
import { positionOf } from "../math/pose.mjs"
import { updateKeyframe } from "../state/edits.mjs"
import { homeView } from "./home_view.mjs"
import { LatestPoints, pointsProblem } from "./latest_points.mjs"
import { keyframeAt, pivotPoint, sceneScale, sourceFrame, sourcePoses, targetPoses } from "./places.mjs"
import { Pointers } from "./pointers.mjs"
import { createToolbar } from "./toolbar.mjs"
import { Contents } from "./view3d/contents.mjs"
import { Gizmo } from "./view3d/gizmo.mjs"
import { OrbitRing } from "./view3d/orbit_ring.mjs"
import { keyframeUnder, ownerOfPress, pointUnder } from "./view3d/press.mjs"
import { Stage } from "./view3d/stage.mjs"
import { ViewCamera } from "./view_camera.mjs"
import { navigationAction, ViewFrame, ZOOM_STEP } from "./view_frame.mjs"

const MERGE_KEY = "viewport3d"
const SHOWN = ["document", "time", "selection", "scene"]

/** The 3D view of a store. */
export class Viewport3d {
  #store
  #texts
  #callbacks
  #frame
  #toolbar
  #pointers
  #stage
  #contents
  #gizmo
  #ring
  #points
  #view = new ViewCamera()
  #isSliding = false

  /**
   * @param {HTMLElement} element is filled by the view; it has to have a size
   * @param {import("../state/store.mjs").EditorStore} store
   * @param {typeof import("../texts/views.mjs").VIEW_TEXTS.en} texts
   * @param {{
   *   onPickPoint?: (point: {x: number, y: number, z: number}) => void,
   *   onOrbitDrag?: (drag: {phase: "start"|"move"|"end", dx: number, dy: number, shiftKey: boolean, altKey: boolean})
   *     => void,
   * }} callbacks onPickPoint: a click on a point of the scene, in scene units relative to frame 0, OpenCV axes;
   *   onOrbitDrag: a drag of the ring around the pivot, dx and dy in px since its start
   * @throws {import("../errors.mjs").RenderError} where there is no WebGL2
   */
  constructor(element, store, texts, callbacks = {}) {
    this.#store = store
    this.#texts = texts
    this.#callbacks = callbacks
    this.#frame = new ViewFrame(element, texts.view3d)
    const { root, canvas } = this.#frame
    this.#stage = this.#createStage(canvas)
    this.#contents = new Contents(this.#stage)
    const { camera, scene } = this.#stage
    this.#gizmo = new Gizmo({ camera, scene, onChange: (pose) => this.#moveKeyframe(pose) })
    this.#ring = new OrbitRing(root)
    this.#toolbar = createToolbar(root, this.#buttons())
    this.#points = this.#createPoints()
    this.#pointers = this.#createPointers(canvas)
    this.#frame.listen({
      store,
      onStore: (changes) => SHOWN.some((change) => changes.has(change)) && this.#update(),
      onResize: () => this.resize(),
      onTheme: () => this.#applyTheme(),
      keyAction: (event) => this.#keyAction(event),
    })
    this.resize()
    this.fit()
    this.#applyTheme()
  }

  /** After the element has got another size; the view notices by itself, too. */
  resize() {
    if (this.#stage.resize()) this.#contents.resize()
  }

  /** Look at everything from the usual place. */
  fit() {
    const cameras = [...sourcePoses(this.#store), ...targetPoses(this.#store)]
    this.#view.lookAt(homeView(cameras.map(positionOf)))
    this.#stage.requestRender()
  }

  /** The camera that the view is seen through, for reading. */
  get view() {
    return this.#view
  }

  /** Objects on the graphics card, points shown, and how often everything was drawn. */
  get statistics() {
    const numPoints = this.#contents.cloud.points?.count ?? 0
    return { ...this.#stage.memory, numPoints, numRenders: this.#stage.numRenders }
  }

  /** Draw now instead of with the screen's next frame. */
  render() {
    this.#stage.render()
  }

  /** Give everything back and leave the element empty. */
  dispose() {
    this.#points.dispose()
    this.#pointers.dispose()
    this.#frame.dispose()
    this.#contents.dispose()
    this.#gizmo.dispose()
    this.#stage.dispose()
  }

  #createStage(canvas) {
    try {
      return new Stage(canvas, this.#view, {
        beforeRender: () => this.#placeRing(),
        onLost: () => this.#frame.say("graphics", this.#texts.graphicsLost),
        onRestored: () => {
          this.#frame.say("graphics", "")
          this.#applyTheme() // the background's colour was lost, too
        },
      })
    } catch (error) {
      this.#frame.dispose()
      throw error
    }
  }

  #createPoints() {
    return new LatestPoints({
      onPoints: (points) => {
        this.#frame.say("points", "")
        this.#contents.showPoints(points, this.#store)
        this.#stage.requestRender()
      },
      onError: (error) => this.#frame.say("points", pointsProblem(error, this.#texts)),
    })
  }

  #createPointers(canvas) {
    return new Pointers(canvas, {
      press: (press) => this.#press(press),
      hover: (press) => this.#hover(press),
      pinch: ({ dx, dy, factor }) => this.#changeView((view) => (view.slide(dx, dy), view.zoom(factor))),
      wheel: ({ factor }) => this.#zoom(factor),
    })
  }

  #buttons() {
    const mode = (wanted) => () => this.#setGizmo((gizmo) => (gizmo.mode = wanted))
    const sliding = (isSliding) => () => {
      this.#isSliding = isSliding
      this.#toolbar.update()
    }
    const isEnabled = () => this.#gizmo.isVisible
    const button = (icon, onClick, more) => ({ icon, label: this.#texts[icon], onClick, ...more })
    return [
      [
        button("turnView", sliding(false), { isPressed: () => !this.#isSliding }),
        button("slideView", sliding(true), { isPressed: () => this.#isSliding }),
      ],
      [
        button("closer", () => this.#zoom(ZOOM_STEP)),
        button("farther", () => this.#zoom(1 / ZOOM_STEP)),
        button("fit", () => this.fit()),
      ],
      [
        button("moveKey", mode("move"), { isEnabled, isPressed: () => this.#gizmo.mode === "move" }),
        button("turnKey", mode("turn"), { isEnabled, isPressed: () => this.#gizmo.mode === "turn" }),
        button("ownAxes", () => this.#toggleOwnAxes(), { isEnabled, isPressed: () => this.#gizmo.hasOwnAxes }),
      ],
    ]
  }

  #update() {
    const store = this.#store
    this.#contents.update(store, this.#frame.theme)
    this.#gizmo.show(this.#contents.keyframes[store.selection])
    this.#toolbar.update()
    this.#points.want(store.scene, sourceFrame(store))
    this.#stage.requestRender()
  }

  #applyTheme() {
    const { theme } = this.#frame
    this.#stage.setBackground(theme.background)
    this.#contents.setTheme(theme)
    this.#ring.setColour(theme.pivot)
    this.#update()
  }

  #changeView(change) {
    change(this.#view)
    this.#stage.requestRender()
  }

  #zoom(factor) {
    this.#changeView((view) => view.zoom(factor))
  }

  #setGizmo(change) {
    change(this.#gizmo)
    this.#toolbar.update()
    this.#stage.requestRender()
  }

  #toggleOwnAxes() {
    this.#setGizmo((gizmo) => (gizmo.hasOwnAxes = !gizmo.hasOwnAxes))
  }

  #placeRing() {
    const pivot = pivotPoint(this.#store)
    const at = pivot && this.#view.project(pivot)
    this.#ring.show(at && at.depth > 0 ? at : null)
  }

  #press(press) {
    const tools = { gizmo: this.#gizmo, ring: this.#ring, isSliding: this.#isSliding }
    return ownerOfPress(press, tools, {
      placeOf: (now) => this.#placeOf(now),
      gizmoEnd: () => this.#endGizmoDrag(),
      orbit: (drag) => this.#callbacks.onOrbitDrag?.(drag),
      turn: (dx, dy) => this.#changeView((view) => view.turn(dx, dy)),
      slide: (dx, dy) => this.#changeView((view) => view.slide(dx, dy)),
      click: (last) => this.#click(last),
    })
  }

  #hover(press) {
    const litBefore = this.#gizmo.lit
    const isOnTool = this.#gizmo.hover(this.#placeOf(press)) || this.#ring.isUnder(press)
    this.#frame.canvas.style.cursor = isOnTool ? "grab" : ""
    if (this.#gizmo.lit !== litBefore) this.#stage.requestRender()
  }

  #click(press) {
    const keyframe = keyframeUnder(press, this.#contents.keyframes, this.#view)
    if (keyframe !== null) {
      this.#store.setSelection(keyframe)
      return
    }
    const point = pointUnder(press, this.#contents.cloud.points, this.#view, sceneScale(this.#store))
    if (point) this.#callbacks.onPickPoint?.(point)
  }

  #placeOf({ x, y }) {
    return { x: (2 * x) / this.#view.width - 1, y: 1 - (2 * y) / this.#view.height }
  }

  #moveKeyframe(pose) {
    const { selection } = this.#store
    const { position, ...angles } = keyframeAt(this.#store, selection, pose)
    const fields = this.#gizmo.mode === "turn" ? angles : { position }
    this.#store.edit(updateKeyframe(selection, fields), { merge: MERGE_KEY })
  }

  #endGizmoDrag() {
    this.#store.endMerge()
    this.#update() // an edit that was refused puts the gizmo back
  }

  #keyAction(event) {
    const arrow = (dx, dy, isShift) =>
      this.#changeView((view) => (isShift ? view.slide(-dx, -dy) : view.turn(dx, dy)))
    const navigate = navigationAction(event, {
      arrow: this.#frame.isPressed ? null : arrow,
      zoom: (factor) => this.#zoom(factor),
      fit: () => this.fit(),
    })
    return navigate ?? (this.#gizmo.isVisible ? this.#gizmoAction(event.key) : undefined)
  }

  #gizmoAction(key) {
    return {
      m: () => this.#setGizmo((gizmo) => (gizmo.mode = "move")),
      r: () => this.#setGizmo((gizmo) => (gizmo.mode = "turn")),
      l: () => this.#toggleOwnAxes(),
      Escape: () => this.#store.setSelection(null),
    }[key]
  }
}
