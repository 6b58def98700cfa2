// What the tests call in the page: a store with a scene, views of it, and what reached the page around them.
import { loadScene } from "/web/editor/scene/scene.mjs"
import { EditorStore } from "/web/editor/state/store.mjs"
import { VIEW_TEXTS } from "/web/editor/texts/views.mjs"

export { VIEW_TEXTS }
export { framePoints } from "/web/editor/scene/frame_points.mjs"
export { choosePreset, setAround } from "/web/editor/state/edits.mjs"
export { updateKeyframe } from "/web/editor/state/edits.mjs"

export let store
export const views = {}
export const told = { points: [], orbits: [], strokes: [], leaked: [] }

const EVENTS = ["pointerdown", "pointermove", "pointerup", "wheel", "contextmenu", "click", "keydown", "mousedown"]
for (const name of EVENTS) document.addEventListener(name, () => told.leaked.push(name))

const keyframe = (time, position, fields = {}) => ({ time, position, ...fields })

export const KEYFRAMES = {
  format: "postcam-trajectory",
  version: 1,
  path: {
    kind: "keyframes",
    unit: "nearest_depth",
    keyframes: [
      keyframe(0, [0, 0, 0]), keyframe(0.5, [-0.5, -0.25, 0.1], { pan_deg: 22, tilt_deg: -10 }),
      keyframe(1, [-0.2, -0.5, 0.5], { pan_deg: 18, tilt_deg: -30, roll_deg: 5, focal_scale: 1.3 }),
    ],
  },
}

export async function openStore(folder, document, numFrames) {
  for (const name of Object.keys(views)) close(name)
  for (const list of Object.values(told)) list.length = 0
  const scene = folder && (await sceneIn(folder))
  store = new EditorStore({ document: document ?? KEYFRAMES, numFrames, scene })
}

export function sceneIn(folder) {
  return loadScene("scene.json", async (name) => {
    const answer = await fetch(`${folder}/${name}`)
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`)
    return answer.arrayBuffer()
  })
}

/** Open a view in a box of its own; given: class, left, top, width, height, options. */
export async function openView(name, { module, className, box, options = {}, language = "en" }) {
  const { [className]: View } = await import(`/web/editor/views/${module}`)
  const element = document.createElement("div")
  Object.assign(element.style, { position: "absolute", ...box })
  document.body.append(element)
  const callbacks = {
    onPickPoint: (point) => told.points.push(point),
    onOrbitDrag: (drag) => told.orbits.push(drag),
    onStroke: (points, how) => told.strokes.push({ points, ...how }),
  }
  const start = performance.now()
  views[name] = new View(element, store, VIEW_TEXTS[language], { ...callbacks, ...options })
  views[name].element = element
  return performance.now() - start
}

export function close(name) {
  views[name].dispose()
  views[name].element.remove()
  delete views[name]
}

export const frames = (count) =>
  new Promise((resolve) => {
    const next = () => (count-- > 0 ? requestAnimationFrame(next) : resolve())
    next()
  })
