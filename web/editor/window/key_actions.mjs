// The window's keyboard: see help.mjs for what is shown to people.
import { deleteKeyframes } from "../state/edits.mjs"
import { copyKeyframes, pasteText } from "./clipboard_actions.mjs"
import { toggleHelp } from "./help.mjs"
import { addKeyAtPlayhead } from "./inspector.mjs"

/**
 * @param {object} window the editor's
 * @param {import("../state/store.mjs").EditorStore} store
 * @returns {Record<string, () => void>} by chord, see keyboard.mjs
 */
export function keyActions(window, store) {
  const remove = () => store.selection !== null && store.edit(deleteKeyframes([store.selection]))
  return {
    Space: () => store.setPlaying(!store.isPlaying),
    ArrowLeft: () => window.timeline.step(-1),
    ArrowRight: () => window.timeline.step(1),
    "Shift+ArrowLeft": () => window.timeline.step(-10),
    "Shift+ArrowRight": () => window.timeline.step(10),
    Home: () => store.setTime(0),
    End: () => store.setTime(1),
    K: () => addKeyAtPlayhead(store),
    Delete: remove,
    Backspace: remove,
    "Mod+Z": () => store.undo(),
    "Mod+Y": () => store.redo(),
    "Mod+Shift+Z": () => store.redo(),
    "Mod+C": () => copyKeyframes(store),
    "Mod+V": () => pasteText(store),
    "?": () => toggleHelp(window.root, window.texts),
    Escape: () => window.escape(),
  }
}
