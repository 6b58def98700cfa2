// The bar at the top of the window: tools, undo and redo, help.
import { choosePreset, setAround } from "../state/edits.mjs"
import { copyKeyframes, pasteText } from "./clipboard_actions.mjs"
import { button, make } from "./elements.mjs"
import { choiceField } from "./fields.mjs"
import { toggleHelp } from "./help.mjs"
import { addKeyAtPlayhead } from "./inspector.mjs"

const NATURAL_YAW_DEG = 30
const AIMS = ["subject", "ahead", "keep"]

/**
 * @param {HTMLElement} element
 * @param {{store: object, texts: Function, host: object, window: object}} given
 */
export function createHeader(element, { store, texts: t, host, window }) {
  const state = { isOrbiting: false, aim: "subject" }
  const pressed = (name, isPressed) => buttons[name].setAttribute("aria-pressed", String(isPressed))
  const orbitAbout = (pivot) => {
    const { path } = store.document
    const fields = path.kind === "around" ? { pivot } : { pivot, yaw_deg: NATURAL_YAW_DEG }
    store.edit(setAround(fields))
  }
  const buttons = {
    undo: button("↶", () => store.undo(), { label: t("edit.undo") }),
    redo: button("↷", () => store.redo(), { label: t("edit.redo") }),
    key: button(t("key.add"), () => addKeyAtPlayhead(store), { label: t("key.add_help") }),
    orbit: button(t("tool.orbit"), () => {
      state.isOrbiting = !state.isOrbiting
      pressed("orbit", state.isOrbiting)
      if (state.isOrbiting && store.document.path.kind !== "around") orbitAbout([0, 0, 1])
    }, { label: t("tool.orbit_help"), "aria-pressed": "false" }),
    fly: button(t("tool.fly"), () => {
      if (window.fly.isOn) window.fly.stop(true)
      else window.fly.start()
      update()
    }, { label: t("tool.fly_help"), "aria-pressed": "false" }),
    copy: button(t("key.copy"), () => copyKeyframes(store)),
    paste: button(t("key.paste"), () => pasteText(store)),
    half: button("◧", () => pressed("half", window.toggleHalf()), { label: t("window.half"), "aria-pressed": "false" }),
    help: button("?", () => toggleHelp(window.root, t), { label: t("window.help") }),
    done: button(t("window.done"), () => window.close(), { class: "pc-main" }),
  }
  const aim = choiceField(t("tool.aim"), state.aim, AIMS.map((name) => [name, t(`aim.${name}`)]), (value) => {
    state.aim = value
  })
  element.append(
    make("h2", { text: host.title || t("window.title") }), buttons.undo, buttons.redo, buttons.key, buttons.orbit,
    buttons.fly, aim, buttons.copy, buttons.paste, make("span", { class: "pc-space" }), buttons.half, buttons.help,
    buttons.done,
  )
  const update = () => {
    buttons.undo.disabled = !store.canUndo
    buttons.redo.disabled = !store.canRedo
    pressed("fly", Boolean(window.fly?.isOn))
  }
  update()
  const dispose = store.subscribe(update)
  return {
    dispose,
    update,
    orbitAbout,
    choosePreset: (name) => store.edit(choosePreset(name)),
    get isOrbiting() {
      return state.isOrbiting
    },
    get aim() {
      return state.aim
    },
  }
}
