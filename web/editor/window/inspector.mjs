// Every value of the document as a field, and what can be done to the whole path as buttons.
import {
  addKeyframe, appendSegment, bakeToKeyframes, clearTiming, deleteKeyframes, deleteSegment, freeze, mirror, reverse,
  reverseTime, scale, setAmount, setAround, setName, setPace, setRelativeTo, updateKeyframe, updateSegment,
} from "../state/edits.mjs"
import { pathTimeAt } from "../state/clip_times.mjs"
import { PRESET_NAMES } from "../trajectory/presets.mjs"
import { button, make } from "./elements.mjs"
import { choiceField, numberField, textField } from "./fields.mjs"

const EASES = ["linear", "ease_in", "ease_out", "ease_in_out"]
const INTERPOLATIONS = ["spline", "linear", "hold"]
const RELATIONS = ["first_frame", "source_camera", "smoothed_source"]
// How long a freeze lasts unless told: a quarter of the clip.
const FREEZE_SHARE = 0.25

/** The column at the right of the window; made anew after each change of the document or the selection. */
export class Inspector {
  #element
  #store
  #t
  #closed = new Set()
  #isPressed = false
  #isStale = false
  #abort = new AbortController()

  /**
   * @param {HTMLElement} element
   * @param {import("../state/store.mjs").EditorStore} store
   * @param {(key: string, values?: object) => string} texts
   */
  constructor(element, store, texts) {
    this.#element = element
    this.#store = store
    this.#t = texts
    const { signal } = this.#abort
    signal.addEventListener("abort", store.subscribe((changes) => {
      if (changes.has("document") || changes.has("selection") || changes.has("problem")) this.#showSoon()
    }))
    for (const type of ["mousedown", "keydown"]) {
      element.addEventListener(type, () => { this.#isPressed = true }, { signal })
    }
    // A list of choices may swallow the release of the mouse.
    element.addEventListener("change", ({ target }) => target.matches("select") && this.#release(), { signal })
    for (const type of ["mouseup", "keydown"]) {
      addEventListener(type, () => setTimeout(() => this.#release()), { signal, capture: true })
    }
    this.#show()
  }

  dispose() {
    this.#abort.abort()
    this.#element.replaceChildren()
  }

  /** A press that leaves a field changes the document: its click, or Tab, must still find what it is for. */
  #showSoon() {
    this.#isStale = true
    if (!this.#isPressed) this.#show()
  }

  #release() {
    this.#isPressed = false
    if (this.#isStale && !this.#abort.signal.aborted) this.#show()
  }

  #edit = (change) => this.#store.edit(change)

  #show() {
    this.#isStale = false
    const place = focusedPlace(this.#element)
    this.#element.replaceChildren(
      textField(this.#t("inspector.name"), this.#store.document.name, (name) => this.#edit(setName(name))),
      this.#section("path", this.#path()),
      this.#section("whole", this.#whole()),
      this.#section("pace", this.#pace()),
      this.#section("source", this.#source()),
    )
    focusAt(this.#element, place)
  }

  #section(name, rows) {
    const details = make(
      "details", { open: !this.#closed.has(name), "data-section": name },
      make("summary", { text: this.#t(`inspector.${name}`) }), make("div", { class: "pc-rows" }, ...rows),
    )
    details.addEventListener("toggle", () => {
      if (details.open) this.#closed.delete(name)
      else this.#closed.add(name)
    })
    return details
  }

  #path() {
    const { path } = this.#store.document
    const rows = { preset: this.#preset, around: this.#around, keyframes: this.#keyframes, segments: this.#segments }
    return rows[path.kind]?.(path) ?? [make("p", { class: "pc-faint", text: this.#t(`inspector.kind.${path.kind}`) })]
  }

  #preset = ({ name, amount }) => [
    make("p", { text: this.#t(`preset.${name}`) }),
    make("p", { class: "pc-faint", text: this.#t(`preset.${name}.size`) }),
    numberField(this.#t("inspector.amount"), amount, (value) => this.#edit(setAmount(value)), { step: 0.1 }),
  ]

  #around = (path) => {
    const set = (field) => (value) => this.#edit(setAround({ [field]: value }))
    const { pivot, unit } = path
    const lengthUnit = this.#t(`unit.${unit}`)
    return [
      ...["x", "y", "z"].map((axis, i) => numberField(
        this.#t("inspector.pivot", { axis }), pivot[i],
        (value) => set("pivot")(this.#store.document.path.pivot.with(i, value)), { unit: lengthUnit, step: 0.05 },
      )),
      numberField(this.#t("inspector.yaw"), path.yaw_deg, set("yaw_deg"), { unit: "°", step: 1 }),
      numberField(this.#t("inspector.pitch"), path.pitch_deg, set("pitch_deg"), { unit: "°", step: 1 }),
      numberField(this.#t("inspector.roll"), path.roll_deg, set("roll_deg"), { unit: "°", step: 1 }),
      numberField(this.#t("inspector.distance"), path.distance, set("distance"), { unit: "×", step: 0.05 }),
      numberField(this.#t("inspector.focal"), path.focal_scale, set("focal_scale"), { unit: "×", step: 0.05 }),
    ]
  }

  #keyframes = (path) => {
    const { selection } = this.#store
    const add = button(this.#t("key.add"), () => addKeyAtPlayhead(this.#store))
    const rows = [make("p", { class: "pc-faint", text: this.#t("inspector.keys", { count: path.keyframes.length }) })]
    if (selection === null) return [...rows, make("p", { text: this.#t("inspector.no_key") }), add]
    const key = path.keyframes[selection]
    let index = selection // another time may move the key among the others
    const set = (field) => (value) => {
      if (this.#edit(updateKeyframe(index, { [field]: value }))) index = this.#store.selection
    }
    const lengthUnit = this.#t(`unit.${path.unit}`)
    return [
      make("p", { text: this.#t("inspector.key", { number: selection + 1, count: path.keyframes.length }) }),
      numberField(this.#t("inspector.time"), key.time, set("time"), { step: 0.01 }),
      ...["x", "y", "z"].map((axis, i) => numberField(
        this.#t(`inspector.${axis}`), key.position[i],
        (value) => set("position")(this.#store.document.path.keyframes[index].position.with(i, value)),
        { unit: lengthUnit, step: 0.05 },
      )),
      numberField(this.#t("inspector.pan"), key.pan_deg, set("pan_deg"), { unit: "°", step: 1 }),
      numberField(this.#t("inspector.tilt"), key.tilt_deg, set("tilt_deg"), { unit: "°", step: 1 }),
      numberField(this.#t("inspector.roll"), key.roll_deg, set("roll_deg"), { unit: "°", step: 1 }),
      numberField(this.#t("inspector.focal"), key.focal_scale, set("focal_scale"), { unit: "×", step: 0.05 }),
      choiceField(this.#t("inspector.interpolation"), key.interpolation, this.#choices("interpolation", INTERPOLATIONS),
        set("interpolation")),
      make("div", { class: "pc-buttons" }, add,
        button(this.#t("key.delete"), () => this.#edit(deleteKeyframes([index])))),
    ]
  }

  #segments = ({ segments }) => [
    ...segments.map((segment, index) => this.#segment(segment, index)),
    this.#appendField(),
  ]

  #segment({ path, duration, ease, scale: factor }, index) {
    const set = (field) => (value) => this.#edit(updateSegment(index, { [field]: value }))
    const name = path.kind === "preset" ? this.#t(`preset.${path.name}`) : this.#t(`inspector.kind.${path.kind}`)
    const rows = [
      make("p", { text: `${index + 1}. ${name}` }),
      numberField(this.#t("inspector.duration"), duration, set("duration"), { step: 0.1 }),
      numberField(this.#t("inspector.lengths"), factor, set("scale"), { unit: "×", step: 0.05 }),
      choiceField(this.#t("inspector.ease"), ease, this.#choices("ease", EASES), set("ease")),
    ]
    if (path.kind === "preset") {
      const setPresetAmount = (value) => this.#edit(updateSegment(index, { path: { ...path, amount: value } }))
      rows.splice(1, 0, numberField(this.#t("inspector.amount"), path.amount, setPresetAmount, { step: 0.1 }))
    }
    rows.push(button(this.#t("segment.delete"), () => this.#edit(deleteSegment(index))))
    return make("div", { class: "pc-rows", "data-segment": index }, ...rows)
  }

  #appendField() {
    const options = [["", this.#t("segment.choose")],
      ...PRESET_NAMES.map((name) => [name, this.#t(`preset.${name}`)])]
    const { nearestDepth = null } = this.#store.scene ?? {}
    return choiceField(this.#t("segment.append"), "", options, (name) => {
      if (name) this.#edit(appendSegment({ kind: "preset", name, amount: 1 }, { nearestDepth }))
    })
  }

  #whole() {
    const act = (name, change) => button(this.#t(`edit.${name}`), () => this.#edit(change))
    const { kind } = this.#store.document.path
    return [
      make("div", { class: "pc-buttons" },
        act("mirror", mirror("x")), act("flip", mirror("y")), act("reverse", reverse()),
        act("larger", scale(1.25)), act("smaller", scale(0.8)),
        ...(kind === "keyframes" ? [] : [act("bake", bakeToKeyframes())])),
      ...(kind === "segments" ? [] : [this.#appendField()]),
    ]
  }

  #pace() {
    const { start = 0, end = 1, ease = "linear" } = this.#store.document.pace ?? {}
    const set = (field) => (value) => this.#edit(setPace({ [field]: value }))
    return [
      numberField(this.#t("inspector.start"), start, set("start"), { step: 0.05, min: 0, max: 1 }),
      numberField(this.#t("inspector.end"), end, set("end"), { step: 0.05, min: 0, max: 1 }),
      choiceField(this.#t("inspector.ease"), ease, this.#choices("ease", EASES), set("ease")),
    ]
  }

  #source() {
    const { relative_to: relativeTo, smoothing_frames: frames, timing } = this.#store.document
    const rows = [
      choiceField(this.#t("inspector.relative_to"), relativeTo, this.#choices("relative", RELATIONS),
        (value) => this.#edit(setRelativeTo(value))),
    ]
    if (relativeTo === "smoothed_source") {
      rows.push(numberField(this.#t("inspector.smoothing"), frames,
        (value) => this.#edit(setRelativeTo(relativeTo, value)), { step: 1, min: 0.01 }))
    }
    rows.push(make("div", { class: "pc-buttons" },
      button(this.#t("time.freeze"), () => this.#freeze()),
      button(this.#t("time.reverse"), () => this.#edit(reverseTime())),
      ...(timing ? [button(this.#t("time.clear"), () => this.#edit(clearTiming()))] : [])))
    return rows
  }

  #freeze() {
    const { time } = this.#store
    const from = Math.min(time, 1 - FREEZE_SHARE)
    this.#edit(freeze(time, from, from + FREEZE_SHARE))
  }

  #choices(group, names) {
    return names.map((name) => [name, this.#t(`${group}.${name}`)])
  }
}

/** Put a key where the playhead is, and select it. */
export function addKeyAtPlayhead(store) {
  const time = pathTimeAt(store.document, store.time)
  if (!store.edit(addKeyframe(time))) return
  const { keyframes } = store.document.path
  const distances = keyframes.map((key) => Math.abs(key.time - time))
  store.setSelection(distances.indexOf(Math.min(...distances)))
}

/** Fields are made anew after each edit; whoever tabs through them must not be thrown out. */
function focusedPlace(element) {
  return element.contains(document.activeElement) ? nameOf(document.activeElement) : null
}

function focusAt(element, name) {
  if (name === null) return
  const controls = [...element.querySelectorAll("input, select, button, summary")]
  const control = controls.find((each) => nameOf(each) === name)
  control?.focus({ preventScroll: true })
  control?.select?.() // as Tab does
}

/** Moves in a row have fields of the same labels. */
function nameOf(control) {
  const { section } = control.closest("[data-section]")?.dataset ?? {}
  const { segment } = control.closest("[data-segment]")?.dataset ?? {}
  return [section, segment, control.labels?.[0]?.textContent ?? control.textContent].join(" / ")
}
