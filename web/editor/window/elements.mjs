// Making elements: text is always text, never markup.

/**
 * An element with attributes, listeners and children.
 * @param {string} tag
 * @param {{class?: string, text?: string, on?: Record<string, (event: Event) => void>, [attribute: string]: unknown}}
 *   given `on` holds listeners by event; true sets an attribute without value, null and false leave it out
 * @param {(Node|string|null)[]} children strings become text
 * @returns {HTMLElement}
 */
export function make(tag, { class: className, text, on = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text !== undefined) element.textContent = text
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "")
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value))
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener)
  element.append(...children.filter((child) => child !== null))
  return element
}

/** A button that says what it does; `label` is read aloud and shown as a tooltip where the text is a sign. */
export function button(text, onClick, { label = null, ...attributes } = {}) {
  return make("button", {
    type: "button", text, title: label, "aria-label": label, on: { click: onClick }, ...attributes,
  })
}
