// What the keys do. Typing into a field is typing; everything else is kept from the page behind the window.

/** Where keys are typing. */
export const FIELDS = "input:not([type=range]), select, textarea"

/**
 * @param {HTMLElement} root the window
 * @param {Record<string, () => void>} actions by chord: "Space", "Mod+Shift+Z", "Shift+ArrowLeft"…; Mod is Ctrl or ⌘
 * @param {AbortSignal} signal ends it
 */
export function listenToKeys(root, actions, signal) {
  const keep = (event) => event.stopPropagation()
  const down = (event) => {
    event.stopPropagation()
    const chord = chordOf(event)
    const isTyping = event.target.matches?.(FIELDS) && chord !== "Escape"
    if (isTyping || event.defaultPrevented || !(chord in actions)) return
    // Buttons are pressed with the space bar.
    if (chord === "Space" && event.target.closest("button, summary")) return
    event.preventDefault()
    actions[chord]()
  }
  root.addEventListener("keydown", down, { signal })
  for (const type of ["keyup", "keypress", "copy", "paste", "cut"]) root.addEventListener(type, keep, { signal })
}

/** Without Mod, Shift chooses the character: "?" is one key or two, depending on the keyboard. */
export function chordOf({ code, key, ctrlKey, metaKey, shiftKey }) {
  const name = code === "Space" ? "Space" : key.length === 1 ? key.toUpperCase() : key
  const isMod = ctrlKey || metaKey
  return [isMod ? "Mod+" : "", shiftKey && (isMod || name.length > 1) ? "Shift+" : "", name].join("")
}
