// Rows of buttons with drawn icons: they look alike whatever fonts there are.
import { appendElement, appendSvg } from "./view_style.mjs"

// Paths in a square of 16.
const ICONS = {
  closer: "M8 3v10M3 8h10",
  farther: "M3 8h10",
  fit: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4M8 7v2M7 8h2",
  turnView: "M13.5 8a5.5 5.5 0 1 1-1.8-4.1M13 1v3.2H9.8",
  slideView: "M8 1v14M1 8h14M6 3l2-2 2 2M6 13l2 2 2-2M3 6L1 8l2 2M13 6l2 2-2 2",
  moveKey: "M3 13V3M1 5l2-2 2 2M3 13h10M11 11l2 2-2 2M3 13l7-7M7 6h3v3",
  turnKey: "M2 8a6 3 0 0 0 12 0 6 3 0 0 0-12 0M8 2a3 6 0 0 0 0 12 3 6 0 0 0 0-12",
  ownAxes: "M2 11l7-3V4l5 8H9v-4",
  draw: "M2 14l1-4 8-8 3 3-8 8zM9 4l3 3",
  top: "M2 3h12v10H2zM5 3v10M2 8h12",
  side: "M2 13h12M4 13V6l4-3 4 3v7",
}

/**
 * Add groups of buttons.
 * @param {HTMLElement} parent
 * @param {{icon: string, label: string, onClick: () => void, isPressed?: () => boolean, isEnabled?: () => boolean}[][]}
 *   groups label: what it does, shown as a tooltip and read aloud
 * @returns {{update: () => void}} update: after what isPressed or isEnabled tell has changed
 */
export function createToolbar(parent, groups) {
  const bar = appendElement(parent, "div", "postcam-tools")
  const updates = groups.flatMap((buttons) => {
    const group = appendElement(bar, "div", "postcam-group")
    return buttons.map((button) => addButton(group, button))
  })
  const update = () => updates.forEach((updateButton) => updateButton())
  update()
  return { update }
}

function addButton(group, { icon, label, onClick, isPressed, isEnabled }) {
  const button = appendElement(group, "button")
  Object.assign(button, { type: "button", title: label })
  button.dataset.icon = icon
  button.setAttribute("aria-label", label)
  appendSvg(appendSvg(button, "svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }), "path", { d: ICONS[icon] })
  button.addEventListener("click", onClick)
  return () => {
    if (isPressed) button.setAttribute("aria-pressed", String(isPressed()))
    if (isEnabled) button.disabled = !isEnabled()
  }
}
