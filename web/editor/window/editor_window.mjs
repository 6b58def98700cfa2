// The editor of one trajectory node: four views of a store that is kept equal to the node.
import { RenderError } from "../errors.mjs"
import { setAround } from "../state/edits.mjs"
import { textsFor } from "../texts/index.mjs"
import { VIEW_TEXTS } from "../texts/views.mjs"
import { dolliedOrbit, turnedOrbit } from "../tools/orbit_handle.mjs"
import { pivotAt } from "../views/places.mjs"
import { PlanView } from "../views/plan_view.mjs"
import { Viewport3d } from "../views/viewport3d.mjs"
import { Clip } from "./clip.mjs"
import { drawPath } from "./draw_path.mjs"
import { make } from "./elements.mjs"
import { FlyTool } from "./fly_tool.mjs"
import { keepFocus } from "./focus.mjs"
import { Gallery } from "./gallery.mjs"
import { createHeader } from "./header.mjs"
import { Inspector } from "./inspector.mjs"
import { listenToKeys } from "./keyboard.mjs"
import { keyActions } from "./key_actions.mjs"
import { NodeSync } from "./node_sync.mjs"
import { createPanes } from "./panes.mjs"
import { addStyle } from "./style.mjs"
import { Timeline } from "./timeline.mjs"

const WATCH_MS = 500
let front = 10_000

/**
 * Open the editor of a node.
 * @param {import("../comfy/node_host.mjs").NodeHost} host
 * @param {string} locale of the page, for the texts
 * @param {() => void} onClose
 * @returns {EditorWindow}
 */
export function openEditor(host, locale, onClose) {
  addStyle()
  host.loadScene().catch(() => {}) // under way while the window is built; whoever shows it hears of errors
  return new EditorWindow(host, locale, onClose)
}

class EditorWindow {
  #host
  #words
  #t
  #store
  #sync
  #watchTimer
  #parts = []
  views = []
  #abort = new AbortController()
  #onClose

  constructor(host, locale, onClose) {
    this.#host = host
    this.#words = textsFor(locale)
    this.#t = (key, values) => this.#words.text(key, values)
    this.#onClose = onClose
    this.#sync = new NodeSync(host, (message) => { this.problem.textContent = message })
    this.#store = this.#sync.store
    this.root = make("section", {
      class: "pc-window", role: "dialog", tabindex: -1, "aria-label": `${this.#t("window.title")}: ${host.title}`,
    })
    this.root.postcamEditor = this // for tests and for the curious at the console
    document.body.append(this.root) // views take their size from the page
    this.#build(VIEW_TEXTS[this.#words.language])
    this.#layOut()
    this.#listen()
    this.show()
  }

  /** The state behind the window. */
  get store() {
    return this.#store
  }

  /** The picture of the new camera's view. */
  get look() {
    return this.clip.look
  }

  /** Words of the window. */
  get texts() {
    return this.#t
  }

  /** Escape takes away what is in front: the help card, then the window. */
  escape() {
    const help = this.root.querySelector(".pc-help")
    return help ? help.remove() : this.close()
  }

  /** Bring to the front and take the keys. */
  show() {
    this.#raise()
    this.root.focus({ preventScroll: true })
  }

  /** Save what is unsaved and give everything back. */
  close() {
    if (this.#abort.signal.aborted) return
    this.#sync.dispose()
    this.#abort.abort()
    clearInterval(this.#watchTimer)
    this.#store.setPlaying(false)
    for (const part of this.#parts.reverse()) part.dispose()
    this.root.remove()
    this.#onClose()
  }

  #build(labels) {
    const [store, t] = [this.#store, this.#t]
    const areas = Object.fromEntries(["head", "gallery", "views", "inspector", "time"].map((name) => {
      const area = make("div", { class: `pc-${name}` })
      this.root.append(area)
      return [name, area]
    }))
    const panes = createPanes(
      areas.views,
      ["look", "view3d", "top", "side"].map((id) => ({ id, title: t(`view.${id}`) })),
      { enlarge: t("view.enlarge"), onResize: () => this.#layOut() },
    )
    this.problem = make("p", { class: "pc-problem", role: "alert", text: this.#sync.problem })
    this.timeline = new Timeline(areas.time, store, t, {})
    areas.time.append(this.problem)
    this.clip = new Clip({ host: this.#host, store, words: this.#words, pane: panes.look, timeline: this.timeline })
    this.fly = new FlyTool(store, this.root, {
      onPose: (c2w) => this.clip.look?.showCamera(c2w), onEnd: () => this.header.update(),
    })
    this.header = createHeader(areas.head, { store, texts: t, host: this.#host, window: this })
    this.#parts.push(
      new Gallery(areas.gallery, store, t, (name) => this.header.choosePreset(name)),
      new Inspector(areas.inspector, store, t), this.timeline, this.clip, this.fly, this.header,
    )
    // The new camera's picture comes first: the others would keep the graphics card from it.
    this.clip.ready.then(() => this.#addViews(panes, labels))
  }

  #addViews(panes, labels) {
    if (this.#abort.signal.aborted) return
    const store = this.#store
    this.viewArea = panes.view3d.body
    this.#addView(this.viewArea, (area) => new Viewport3d(area, store, labels, {
      onPickPoint: (point) => this.#pick(point), onOrbitDrag: (drag) => this.#orbit(drag),
    }))
    for (const plane of ["top", "side"]) {
      this.#addView(panes[plane].body, (area) => new PlanView(area, store, labels, {
        plane, onStroke: (points) => drawPath(store, points, { plane, aim: this.header.aim }),
      }))
    }
  }

  /** A view that cannot be shown, as in a browser without WebGL2, leaves the others alone. */
  #addView(area, create) {
    try {
      const view = create(area)
      this.views.push(view)
      this.#parts.push(view)
    } catch (error) {
      if (!(error instanceof RenderError)) reportError(error)
      area.replaceChildren(make("div", { class: "pc-empty" }, make("p", { text: error.message })))
    }
  }

  #listen() {
    const { signal } = this.#abort
    const unsubscribe = this.#store.subscribe((changes) => {
      if (changes.has("problem")) this.#showProblem(this.#store.problem)
    })
    signal.addEventListener("abort", unsubscribe)
    listenToKeys(this.root, keyActions(this, this.#store), signal)
    keepFocus(this.root, signal)
    for (const type of ["pointerdown", "wheel", "contextmenu", "dblclick"]) {
      this.root.addEventListener(type, (event) => event.stopPropagation(), { signal, passive: true })
    }
    this.root.addEventListener("pointerdown", () => this.#raise(), { signal, capture: true })
    this.#watchTimer = setInterval(() => this.#watch(), WATCH_MS)
  }

  #raise() {
    front += 1
    this.root.style.zIndex = front
  }

  #showProblem(problem) {
    this.problem.textContent = problem === null ? "" : this.#words.problem(problem)
  }

  #layOut() {
    this.views.forEach((view) => view.resize())
    this.timeline.draw()
  }

  /** Half the screen beside the graph, or all of it. */
  toggleHalf() {
    const isHalf = this.root.classList.toggle("pc-half")
    this.#layOut()
    return isHalf
  }

  #watch() {
    if (this.#host.node === null || this.#host.isTextConnected) return this.close()
    this.clip.watch()
    return this.#sync.watch()
  }

  #pick(point) {
    const { kind } = this.#store.document.path
    if (kind !== "around" && !this.header.isOrbiting) return
    this.header.orbitAbout(pivotAt(this.#store, point))
  }

  /** With Shift the drag goes nearer and farther instead of around. */
  #orbit({ phase, dx, dy, shiftKey }) {
    if (phase === "start") this.orbitStart = this.#store.document.path
    const { clientWidth, clientHeight } = this.viewArea
    const drag = { dx_px: dx, dy_px: dy, size_px: Math.min(clientWidth, clientHeight) }
    const orbit = shiftKey ? dolliedOrbit : turnedOrbit
    this.#store.edit(setAround(orbit(this.orbitStart, drag)), { merge: "orbit" })
    if (phase === "end") this.#store.endMerge()
  }
}
