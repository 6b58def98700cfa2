// Colours of the page around, and the editor's own: blue is the clip's camera, orange the new one.

const VARIABLES = {
  background: ["--comfy-input-bg", "#222222"],
  text: ["--input-text", "#dddddd"],
  faint: ["--descrip-text", "#999999"],
  border: ["--border-color", "#4e4e4e"],
}
const OWN = {
  dark: { source: "#5aa9ff", target: "#ff9d2e", selected: "#ffffff", pivot: "#3ddc97" },
  light: { source: "#0b62c4", target: "#c85a00", selected: "#000000", pivot: "#00794c" },
}
const BRIGHT = 128

/**
 * @param {HTMLElement} element in the page
 * @returns {{background: string, text: string, faint: string, border: string, source: string, target: string,
 *   selected: string, pivot: string}} CSS colours as #rrggbb
 */
export function readTheme(element) {
  const style = getComputedStyle(element)
  const given = Object.fromEntries(
    Object.entries(VARIABLES).map(([name, [variable, fallback]]) => [
      name,
      plainColour(style.getPropertyValue(variable).trim(), fallback),
    ]),
  )
  return { ...given, ...(brightness(given.background) > BRIGHT ? OWN.light : OWN.dark) }
}

/** Call back whenever the page may have changed its colours. @param {AbortSignal} signal ends it */
export function watchTheme(callback, signal) {
  const observer = new MutationObserver(callback)
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true, attributeFilter: ["style", "class", "data-theme"] })
  }
  signal.addEventListener("abort", () => observer.disconnect())
}

/** Any CSS colour as #rrggbb; the fallback for what is none. */
function plainColour(colour, fallback) {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })
  context.fillStyle = fallback
  context.fillRect(0, 0, 1, 1) // what is half transparent lies on the fallback
  context.fillStyle = colour || fallback
  context.fillRect(0, 0, 1, 1)
  const channels = [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)]
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`
}

function brightness(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16))
  return 0.3 * red + 0.59 * green + 0.11 * blue
}
