// What the tests call in the page: a store with a scene, views of it, and what reached the page around them.
import { framePoints } from "/web/editor/scene/frame_points.mjs"
import { loadScene } from "/web/editor/scene/scene.mjs"
import * as edit from "/web/editor/state/edits.mjs"
import { EditorStore } from "/web/editor/state/store.mjs"
import { VIEW_TEXTS } from "/web/editor/texts/views.mjs"
import { keyframePoses, sourceFrame } from "/web/editor/views/places.mjs"

export { framePoints, VIEW_TEXTS }
export * from "/web/editor/state/edits.mjs"

export let store
export const views = {}
export const told = { points: [], orbits: [], strokes: [], leaked: [] }

const EVENTS = [
  ...["pointerdown", "pointermove", "pointerup", "wheel", "contextmenu", "click", "dblclick", "keydown"],
  ...["mousedown", "mousemove", "mouseup", "touchstart", "touchmove", "touchend"],
]
const isInView = ({ target }) => target instanceof Element && target.closest(".postcam-view") !== null
for (const name of EVENTS) {
  document.addEventListener(name, (event) => isInView(event) && told.leaked.push(event.key ? `${name} ${event.key}` : name))
}

const KEYFRAMES = [
  { time: 0, position: [0, 0, 0] },
  { time: 0.5, position: [-0.5, -0.25, 0.1], pan_deg: 22, tilt_deg: -10 },
  { time: 1, position: [-0.2, -0.5, 0.5], pan_deg: 18, tilt_deg: -30, roll_deg: 5, focal_scale: 1.3 },
]
const PATH = { kind: "keyframes", unit: "nearest_depth", keyframes: KEYFRAMES }

/** A new store, all views of the old one closed. */
export async function openStore(folder, document, numFrames) {
  for (const name of Object.keys(views)) close(name)
  for (const list of Object.values(told)) list.length = 0
  const scene = folder && (await sceneIn(folder))
  store = new EditorStore({ document: document ?? documentOf(PATH), numFrames, scene })
}

export const documentOf = (path) => ({ format: "postcam-trajectory", version: 1, path })

export function sceneIn(folder) {
  return loadScene("scene.json", async (name) => {
    const answer = await fetch(`${folder}/${name}`)
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`)
    return answer.arrayBuffer()
  })
}

/** Open a view in a box of its own. */
export async function openView(name, { module, className, box, options = {}, language = "en" }) {
  const { [className]: View } = await import(`/web/editor/views/${module}`)
  const element = document.createElement("div")
  element.id = name
  Object.assign(element.style, { position: "absolute", ...box })
  document.body.append(element)
  const callbacks = {
    onPickPoint: (point) => told.points.push(point),
    onOrbitDrag: (drag) => told.orbits.push(drag),
    onStroke: (points, how) => told.strokes.push({ points, ...how }),
  }
  views[name] = new View(element, store, VIEW_TEXTS[language], { ...callbacks, ...options })
}

/** Close a view; what it left behind. */
export function close(name) {
  const element = document.getElementById(name)
  const { [name]: view } = views
  view.dispose()
  delete views[name]
  const left = { numElements: element.children.length, statistics: view.statistics }
  element.remove()
  return left
}

/** Points of the frame shown are there, and everything is drawn. */
export async function settled() {
  if (store.scene) await framePoints(store.scene, sourceFrame(store))
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame)
}

/** Px of the selected keyframe, and of a place on the arrow of the gizmo along one of its own axes. */
export function gizmoArrow(axis, share) {
  const { view } = views.main
  const pose = keyframePoses(store)[store.selection]
  const place = [pose[3], pose[7], pose[11]]
  // As three makes it: 1.9 tan(half the field of view) / 4 of the distance, times the size that is set.
  const eye = view.pose
  const distance = Math.hypot(place[0] - eye[3], place[1] - eye[7], place[2] - eye[11])
  const length = (share * 0.9 * distance * 1.9 * Math.tan((25 * Math.PI) / 180)) / 4
  const tip = place.map((value, i) => value + length * pose[4 * i + axis])
  return [place, tip].map((point) => [view.project(point).x, view.project(point).y])
}

/** Device px of a view's canvas. */
export function canvasSize(name) {
  const { width, height } = document.querySelector(`#${name} canvas`)
  return [width, height]
}

const cards = new Map()

/** To lose and restore the context of a view; asked for once, since a lost context gives no extensions. */
export function graphicsCard(name) {
  const canvas = document.querySelector(`#${name} canvas`)
  if (!cards.has(canvas)) cards.set(canvas, canvas.getContext("webgl2").getExtension("WEBGL_lose_context"))
  return cards.get(canvas)
}

const { getContext } = HTMLCanvasElement.prototype

/** A browser in which canvases give no WebGL. */
export function withoutWebGl(isMissing) {
  HTMLCanvasElement.prototype.getContext = isMissing
    ? function (kind, ...options) {
        return kind === "2d" ? getContext.call(this, kind, ...options) : null
      }
    : getContext
}

/** Milliseconds from opening the 3D view to its first picture with points; and of drawing it again and again. */
export async function timings(repeats) {
  const start = performance.now()
  const box = { left: "10px", top: "10px", width: "780px", height: "560px" }
  await openView("main", { module: "viewport3d.mjs", className: "Viewport3d", box })
  const view = views.main
  const drawn = () => {
    view.render()
    const gl = document.querySelector("#main canvas").getContext("webgl2")
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)) // waits for the renderer
    return performance.now()
  }
  drawn()
  const paths = performance.now() - start
  while (view.statistics.numPoints === 0) await new Promise((resolve) => setTimeout(resolve))
  const points = drawn() - start
  const measure = (change) =>
    Array.from({ length: repeats }, (_, i) => {
      const before = performance.now()
      change(i)
      return drawn() - before
    })
  const redraws = measure(() => view.view.turn(2, 0))
  store.setSelection(1)
  const edits = measure((i) => store.edit(edit.updateKeyframe(1, { pan_deg: i })))
  return { paths, points, redraws, edits, numPoints: view.statistics.numPoints }
}
