// The scene with both cameras from above or from the side: to move keyframes in, to draw a path by hand.
import { poseFrom, positionOf, rotationOf } from "../math/pose.mjs"
import { scale } from "../math/vec3.mjs"
import { updateKeyframe } from "../state/edits.mjs"
import { pathUnit } from "../trajectory/path_schemas.mjs"
import { LatestPoints, pointsProblem } from "./latest_points.mjs"
import {
  keyframeAt, keyframePoses, pathScale, pivotPoint, sceneScale, sourceFrame, sourcePoses, targetPoses,
} from "./places.mjs"
import { shownEdges } from "./picture_edges.mjs"
import {
  drawCamera, drawGrid, drawKeyframes, drawPath, drawPivot, drawScaleBar, drawStroke, drawSubject,
  KEYFRAME_RADIUS_PX,
} from "./plan/drawing.mjs"
import { PointsLayer } from "./plan/points_layer.mjs"
import { PlanProjection } from "./plan/projection.mjs"
import { Pointers } from "./pointers.mjs"
import { createToolbar } from "./toolbar.mjs"
import { navigationAction, ViewFrame, ZOOM_STEP } from "./view_frame.mjs"

const MERGE_KEY = "plan_view"
const SHOWN = ["document", "time", "selection", "scene"]
const PRIMARY = 0
const GRIP_PX = { mouse: KEYFRAME_RADIUS_PX + 4, pen: KEYFRAME_RADIUS_PX + 6, touch: KEYFRAME_RADIUS_PX + 14 }
const CAMERA_PX = { source: 26, target: 34 }
const SUBJECT = [0, 0, 1]
// The subject, one nearest depth ahead, and as much again behind it.
const SURROUNDINGS = [[-0.6, -0.3, 1.9], [0.6, 0.3, 1.9]]
// Drawn points nearer to each other than this say nothing more.
const STROKE_STEP_PX = 2

/** A plan view of a store. */
export class PlanView {
  #store
  #texts
  #callbacks
  #frame
  #toolbar
  #pointers
  #points
  #layer = new PointsLayer()
  #projection
  #pixelRatio = 1
  #scheduled = null
  #isDrawing = false
  #stroke = []

  /**
   * @param {HTMLElement} element is filled by the view; it has to have a size
   * @param {import("../state/store.mjs").EditorStore} store
   * @param {typeof import("../texts/views.mjs").VIEW_TEXTS.en} texts
   * @param {{
   *   plane?: "top"|"side",
   *   onStroke?: (points: {x: number, y: number, z: number}[], how: {plane: "top"|"side", unit: string}) => void,
   * }} options onStroke: a path was drawn, at the height (from the side: at the x) of the first camera; unit: that of
   *   the document's path, which the points are in
   */
  constructor(element, store, texts, { plane = "top", ...callbacks } = {}) {
    this.#store = store
    this.#texts = texts
    this.#callbacks = callbacks
    this.#projection = new PlanProjection(plane)
    this.#frame = new ViewFrame(element, texts.plan)
    this.#toolbar = createToolbar(this.#frame.root, this.#buttons())
    this.#points = new LatestPoints({
      onPoints: (points) => {
        this.#frame.say("points", "")
        this.#layer.setPoints(points, sceneScale(store))
        this.requestRender()
      },
      onError: (error) => this.#frame.say("points", pointsProblem(error, texts)),
    })
    this.#pointers = new Pointers(this.#frame.canvas, {
      press: (press) => this.#press(press),
      hover: (press) => this.#hover(press),
      pinch: ({ x, y, dx, dy, factor }) => this.#move((plan) => (plan.slide(dx, dy), plan.zoom(factor, x, y))),
      wheel: ({ x, y, factor }) => this.#move((plan) => plan.zoom(factor, x, y)),
    })
    this.#frame.listen({
      store,
      onStore: (changes) => SHOWN.some((change) => changes.has(change)) && this.#update(),
      onResize: () => this.resize(),
      onTheme: () => this.requestRender(),
      keyAction: (event) => this.#keyAction(event),
    })
    this.resize()
    this.fit()
    this.#update()
  }

  /** Which plane is seen. */
  get plane() {
    return this.#projection.plane
  }

  set plane(plane) {
    if (plane === this.plane) return
    const { width, height } = this.#projection
    this.#projection = Object.assign(new PlanProjection(plane), { width, height })
    this.#toolbar.update()
    this.fit()
  }

  /** Whether the main button draws a path. */
  get isDrawing() {
    return this.#isDrawing
  }

  set isDrawing(isDrawing) {
    this.#isDrawing = isDrawing
    this.#frame.canvas.style.cursor = isDrawing ? "crosshair" : ""
    this.#toolbar.update()
  }

  /** Where the picture lies, for reading. */
  get projection() {
    return this.#projection
  }

  /** After the element has got another size; the view notices by itself, too. */
  resize() {
    const { canvas } = this.#frame
    const { clientWidth: width, clientHeight: height } = canvas
    if (width === 0 || height === 0) return
    this.#pixelRatio = window.devicePixelRatio
    Object.assign(this.#projection, { width, height })
    canvas.width = Math.round(width * this.#pixelRatio)
    canvas.height = Math.round(height * this.#pixelRatio)
    this.render()
  }

  /** Show both paths and what is near the subject. */
  fit() {
    const cameras = [...sourcePoses(this.#store), ...targetPoses(this.#store)].map(positionOf)
    this.#move((plan) => plan.fit([...cameras, ...SURROUNDINGS]))
  }

  /** Draw with the screen's next frame. */
  requestRender() {
    this.#scheduled ??= requestAnimationFrame(() => this.render())
  }

  /** Draw now. */
  render() {
    cancelAnimationFrame(this.#scheduled)
    this.#scheduled = null
    const context = this.#frame.canvas.getContext("2d")
    const { theme } = this.#frame
    const plan = this.#projection
    context.setTransform(this.#pixelRatio, 0, 0, this.#pixelRatio, 0, 0)
    context.fillStyle = theme.background
    context.fillRect(0, 0, plan.width, plan.height)
    drawGrid(context, plan, theme)
    this.#layer.draw(context, plan, this.#pixelRatio)
    this.#drawCameras(context, plan, theme)
    if (this.#stroke.length > 0) drawStroke(context, this.#stroke, theme)
    drawScaleBar(context, plan, theme, (length) => this.#texts.nearestDepths.replace("{length}", length))
  }

  /** Give everything back and leave the element empty. */
  dispose() {
    cancelAnimationFrame(this.#scheduled)
    this.#points.dispose()
    this.#pointers.dispose()
    this.#frame.dispose()
  }

  #drawCameras(context, plan, theme) {
    const store = this.#store
    const [source, target] = [sourcePoses(store), targetPoses(store)]
    const edges = shownEdges(store)
    if (!store.scene) drawSubject(context, plan, SUBJECT, theme)
    drawPath(context, plan, source, { colour: theme.source, widthPx: 2 })
    drawPath(context, plan, target, { colour: theme.target, widthPx: 2.5 })
    const camera = (kind, pose) =>
      pose && drawCamera(context, plan, pose, { edges: edges[kind], colour: theme[kind], sizePx: CAMERA_PX[kind] })
    camera("source", source[sourceFrame(store)])
    camera("target", target[store.frame])
    const pivot = pivotPoint(store)
    if (pivot) drawPivot(context, plan, pivot, theme)
    drawKeyframes(context, plan, keyframePoses(store), store.selection, theme)
  }

  #buttons() {
    const button = (icon, onClick, isPressed) => ({ icon, label: this.#texts[icon], onClick, isPressed })
    const plane = (wanted) => button(wanted, () => (this.plane = wanted), () => this.plane === wanted)
    const zoom = (icon, factor) => button(icon, () => this.#move((plan) => plan.zoom(factor)))
    return [
      [plane("top"), plane("side")],
      [zoom("closer", ZOOM_STEP), zoom("farther", 1 / ZOOM_STEP), button("fit", () => this.fit())],
      [button("draw", () => (this.isDrawing = !this.isDrawing), () => this.isDrawing)],
    ]
  }

  #update() {
    this.#points.want(this.#store.scene, sourceFrame(this.#store))
    this.requestRender()
  }

  #move(change) {
    change(this.#projection)
    this.requestRender()
  }

  #press(press) {
    if (press.button !== PRIMARY) return this.#slideDrag()
    if (this.isDrawing) return this.#strokeDrag(press)
    const index = this.#keyframeUnder(press)
    return index === null ? this.#slideDrag() : this.#keyframeDrag(index, press)
  }

  #slideDrag() {
    return { move: (_, { dx, dy }) => this.#move((plan) => plan.slide(dx, dy)) }
  }

  #keyframeDrag(index, press) {
    const store = this.#store
    store.setSelection(index)
    const start = keyframePoses(store)[index]
    const [x, y] = this.#projection.toPx(positionOf(start))
    const move = (now) => {
      if (!keyframePoses(store)[index]) return // taken away meanwhile
      const place = this.#projection.fromPx(x + now.x - press.x, y + now.y - press.y, positionOf(start))
      const { position } = keyframeAt(store, index, poseFrom(rotationOf(start), place))
      store.edit(updateKeyframe(index, { position }), { merge: MERGE_KEY })
    }
    return { move, end: () => store.endMerge() }
  }

  #strokeDrag(press) {
    this.#stroke = [[press.x, press.y]]
    const move = ({ x, y }) => {
      const [lastX, lastY] = this.#stroke.at(-1)
      if (Math.hypot(x - lastX, y - lastY) < STROKE_STEP_PX) return
      this.#stroke.push([x, y])
      this.requestRender()
    }
    const end = (_, { isCancelled }) => {
      const stroke = this.#stroke
      this.#stroke = []
      this.requestRender()
      if (stroke.length > 1 && !isCancelled) this.#callbacks.onStroke?.(...this.#pathOf(stroke))
    }
    return { move, end }
  }

  #pathOf(stroke) {
    const store = this.#store
    const first = positionOf(targetPoses(store)[0])
    const points = stroke.map(([x, y]) => scale(this.#projection.fromPx(x, y, first), 1 / pathScale(store)))
    const how = { plane: this.plane, unit: pathUnit(store.document.path) }
    return [points.map(([x, y, z]) => ({ x, y, z })), how]
  }

  #hover(press) {
    if (this.isDrawing) return
    this.#frame.canvas.style.cursor = this.#keyframeUnder(press) === null ? "" : "grab"
  }

  #keyframeUnder({ x, y, type }) {
    const distances = keyframePoses(this.#store).map((pose) => {
      const [px, py] = this.#projection.toPx(positionOf(pose))
      return Math.hypot(px - x, py - y)
    })
    const least = Math.min(...distances)
    return least <= (GRIP_PX[type] ?? GRIP_PX.mouse) ? distances.indexOf(least) : null
  }

  #keyAction(event) {
    const arrow = (dx, dy) => this.#move((plan) => plan.slide(-dx, -dy))
    const navigate = navigationAction(event, {
      arrow: this.#frame.isPressed ? null : arrow,
      zoom: (factor) => this.#move((plan) => plan.zoom(factor)),
      fit: () => this.fit(),
    })
    const actions = { d: () => (this.isDrawing = !this.isDrawing) }
    if (this.isDrawing) actions.Escape = () => (this.isDrawing = false)
    else if (this.#store.selection !== null) actions.Escape = () => this.#store.setSelection(null)
    return navigate ?? actions[event.key]
  }
}
