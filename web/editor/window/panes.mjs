// The four views side by side, each with a title and a button that gives it the whole place.
import { appendSvg } from "../views/view_style.mjs"
import { button, make } from "./elements.mjs"

const CORNERS = "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"

/**
 * @param {HTMLElement} parent
 * @param {{id: string, title: string}[]} views
 * @param {{enlarge: string, onResize: () => void}} given enlarge: what the button says to screen readers
 * @returns {Record<string, {body: HTMLElement, note: HTMLElement}>} by id: where the view goes, and a place for a word
 */
export function createPanes(parent, views, { enlarge, onResize }) {
  const panes = {}
  for (const { id, title } of views) {
    const note = make("span", { class: "pc-faint", role: "status" })
    const body = make("div", { class: id === "look" ? "pc-look" : "" })
    const toggle = button("", () => {
      const isLarge = pane.classList.toggle("pc-large")
      parent.classList.toggle("pc-one", isLarge)
      toggle.setAttribute("aria-pressed", String(isLarge))
      onResize()
    }, { label: `${enlarge}: ${title}`, "aria-pressed": "false" })
    appendSvg(appendSvg(toggle, "svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }), "path", { d: CORNERS })
    const header = make("header", {}, make("h3", { text: title }), note, make("span", { class: "pc-space" }), toggle)
    const pane = make("section", { class: "pc-pane", "aria-label": title, "data-pane": id }, header, body)
    parent.append(pane)
    panes[id] = { body, note }
  }
  return panes
}
