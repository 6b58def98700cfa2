// Undo in an editor's window is the editor's alone.

let isKept = false

/**
 * ComfyUI's undo listens before every element of the page and asks only this hook whether the keys are somebody else's.
 * @param {object} app ComfyUI's own
 */
export function keepUndoKeys(app) {
  if (isKept) return
  isKept = true
  const page = app.constructor
  const before = page.maskeditor_is_opended
  page.maskeditor_is_opended = () => Boolean(before?.() || document.activeElement?.closest(".pc-window"))
}
