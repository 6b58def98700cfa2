// How views and their buttons look. ComfyUI's own variables give the colours.

const STYLE = `
.postcam-view { position: relative; width: 100%; height: 100%; min-height: 0; overflow: hidden;
  background: var(--comfy-input-bg, #222); color: var(--input-text, #ddd); font: 12px/1.4 sans-serif;
  user-select: none; -webkit-user-select: none; }
.postcam-view canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; outline: none; }
.postcam-view canvas:focus-visible { box-shadow: inset 0 0 0 2px var(--border-color, #4e4e4e); }
.postcam-view svg.postcam-overlay { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.postcam-tools { position: absolute; top: 6px; left: 6px; right: 6px; display: flex; flex-wrap: wrap; gap: 6px;
  pointer-events: none; }
.postcam-group { display: flex; pointer-events: auto; border: 1px solid var(--border-color, #4e4e4e);
  border-radius: 6px; overflow: hidden; background: var(--comfy-menu-bg, #353535); }
.postcam-group button { display: grid; place-items: center; width: 30px; height: 28px; padding: 0; border: 0;
  background: none; color: var(--input-text, #ddd); cursor: pointer; }
.postcam-group button + button { border-left: 1px solid var(--border-color, #4e4e4e); }
.postcam-group button:hover:enabled { background: color-mix(in srgb, currentColor 15%, transparent); }
.postcam-group button:focus-visible { outline: 2px solid currentColor; outline-offset: -3px; }
.postcam-group button[aria-pressed=true] { background: color-mix(in srgb, currentColor 28%, transparent); }
.postcam-group button:disabled { opacity: 0.35; cursor: default; }
.postcam-group svg { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.5;
  stroke-linecap: round; stroke-linejoin: round; }
.postcam-message { position: absolute; inset: auto 8px 8px 8px; width: fit-content; max-width: calc(100% - 32px);
  padding: 4px 8px; border-radius: 6px; background: var(--comfy-menu-bg, #353535);
  border: 1px solid var(--border-color, #4e4e4e); pointer-events: none; }
.postcam-message:empty { display: none; }
`

/**
 * The outer element of a view, empty but for its style.
 * @param {HTMLElement} parent
 * @returns {HTMLElement}
 */
export function createViewRoot(parent) {
  const root = document.createElement("div")
  root.className = "postcam-view"
  const style = document.createElement("style")
  style.textContent = STYLE
  root.append(style)
  parent.append(root)
  return root
}

/** An element of a class inside another. @returns {HTMLElement} */
export function appendElement(parent, tag, className = "") {
  const element = document.createElement(tag)
  if (className) element.className = className
  parent.append(element)
  return element
}

/** An SVG element with attributes inside another. @returns {SVGElement} */
export function appendSvg(parent, tag, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  parent.append(element)
  return element
}
