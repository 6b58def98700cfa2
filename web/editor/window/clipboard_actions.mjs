// Copying keyframes to the system's clipboard and back: between editors, workflows and machines.
import { keyframesFromText, keyframesToText } from "../state/clipboard.mjs"
import { pathTimeAt } from "../state/clip_times.mjs"
import { pasteKeyframes } from "../state/edits.mjs"

// Pages without permission for the clipboard still copy among their own editors.
let latest = ""

/** The selected keyframe, or all of them. */
export async function copyKeyframes(store) {
  // As an edit that changes nothing, so that a refusal is shown as any other.
  const isCopied = store.edit((document) => {
    latest = keyframesToText(document.path, store.selection === null ? null : [store.selection])
    return document
  })
  if (isCopied) await navigator.clipboard?.writeText(latest).catch(() => {})
}

/** Put copied keyframes in at the playhead. */
export async function pasteText(store) {
  const text = (await navigator.clipboard?.readText?.().catch(() => "")) || latest
  const { nearestDepth = null } = store.scene ?? {}
  store.edit((document) => {
    const { keyframes, unit } = keyframesFromText(text)
    return pasteKeyframes(keyframes, pathTimeAt(document, store.time), unit, nearestDepth)(document)
  })
}
